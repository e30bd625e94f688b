"""The table of all layouts, in the order in which a line is compared with them."""

from __future__ import annotations

from collections.abc import Mapping

from lumber.ingest.layouts.access import ACCESS
from lumber.ingest.layouts.golang import COCKROACH, GLOG, GO, KLOG
from lumber.ingest.layouts.ios_xr import IOS_XR
from lumber.ingest.layouts.java import JUL
from lumber.ingest.layouts.layout import Layout
from lumber.ingest.layouts.network import (
    ALERTS,
    ALERTS_WITH_SHORT_YEAR,
    ALERTS_WITH_YEAR,
    BIND,
    PROCURVE,
)
from lumber.ingest.layouts.plain import ASCTIME, EPOCH, JOURNAL_FULL, JOURNAL_UNIX
from lumber.ingest.layouts.programs import (
    LEVEL_FIRST,
    LOG4J_DATE,
    LOGCAT,
    LOGCAT_TIME,
    RUBY,
    SPARK,
    TOMCAT,
)
from lumber.ingest.layouts.proxies import ALB, S3, SQUID, SQUID_CACHE
from lumber.ingest.layouts.samba import SAMBA
from lumber.ingest.layouts.server_errors import APACHE_ERRORS, NGINX_ERRORS
from lumber.ingest.layouts.stores import CLICKHOUSE, MYSQL, REDIS, REDIS_WITHOUT_YEAR
from lumber.ingest.layouts.web_programs import CUPS, DJANGO, PHP, UWSGI
from lumber.ingest.layouts.weblogic import WEBLOGIC
from lumber.ingest.options import Format

LAYOUTS: Mapping[Format, tuple[Layout, ...]] = {
    Format.ACCESS: (ACCESS,),
    Format.APACHE_ERROR: (APACHE_ERRORS,),
    Format.NGINX_ERROR: (NGINX_ERRORS,),
    Format.KLOG: (KLOG, GLOG, COCKROACH),
    Format.SQUID: (SQUID, SQUID_CACHE),
    Format.GO: (GO,),
    Format.LOG4J: (SPARK, LOG4J_DATE, LEVEL_FIRST),
    Format.TOMCAT: (TOMCAT, JUL),
    Format.LOGCAT: (LOGCAT, LOGCAT_TIME),
    Format.RUBY: (RUBY,),
    Format.REDIS: (REDIS, REDIS_WITHOUT_YEAR),
    Format.CLICKHOUSE: (CLICKHOUSE,),
    Format.MYSQL: (MYSQL,),
    Format.AWS_ACCESS: (S3, ALB),
    Format.PHP: (PHP,),
    Format.UWSGI: (UWSGI,),
    Format.DJANGO: (DJANGO,),
    Format.CUPS: (CUPS,),
    Format.BIND: (BIND,),
    Format.IOS_XR: (IOS_XR,),
    Format.SAMBA: (SAMBA,),
    Format.SNORT: (ALERTS, ALERTS_WITH_SHORT_YEAR, ALERTS_WITH_YEAR),
    Format.PROCURVE: (PROCURVE,),
    Format.WEBLOGIC: (WEBLOGIC,),
    Format.JOURNAL: (JOURNAL_FULL, JOURNAL_UNIX),
    Format.EPOCH: (EPOCH,),
    Format.ASCTIME: (ASCTIME,),
}
