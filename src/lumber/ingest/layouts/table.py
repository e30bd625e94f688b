"""The table of all layouts, in the order in which a line is compared with them."""

from __future__ import annotations

from collections.abc import Mapping

from lumber.ingest.layouts.access import ACCESS
from lumber.ingest.layouts.golang import GLOG, GO, KLOG
from lumber.ingest.layouts.layout import Layout
from lumber.ingest.layouts.programs import LOGCAT, RUBY, SPARK, TOMCAT
from lumber.ingest.layouts.server_errors import APACHE_ERRORS, NGINX_ERRORS
from lumber.ingest.options import Format

LAYOUTS: Mapping[Format, tuple[Layout, ...]] = {
    Format.ACCESS: (ACCESS,),
    Format.APACHE_ERROR: (APACHE_ERRORS,),
    Format.NGINX_ERROR: (NGINX_ERRORS,),
    Format.KLOG: (KLOG, GLOG),
    Format.GO: (GO,),
    Format.LOG4J: (SPARK,),
    Format.TOMCAT: (TOMCAT,),
    Format.LOGCAT: (LOGCAT,),
    Format.RUBY: (RUBY,),
}
