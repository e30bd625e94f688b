"""Accounts that systems and programs bring, and words in their place: texts mean other things by them."""

from __future__ import annotations

from lumber.privacy.ordinary_words import ORDINARY_WORDS
from lumber.privacy.phrases.words import NO_USERS

# In lower case. Names of fewer than four characters are never known values.
_ACCOUNTS = """
    administrator administrators adminuser aiuser ansible anonymous apache authenticated avahi azureuser
    backup batch billing centos chrony cloud contact customer daemon debian default defaultaccount demo
    deploy deployer developer dispatch docker ec2-user elastic exim fedora finance games gdm gitlab gnats
    grafana guest guests haproxy hadoop hdfs hosting httpd iis_iusrs info irc jenkins kafka kernel kubelet
    kubernetes landscape localservice localsystem logstash marketing messagebus minecraft monitor mosquitto
    mysql nagios named networkservice news nginx nobody nogroup none ntpd office oper operator oracle orderer
    pcap pgbouncer pollinate polkitd postfix postgres postgresql postmaster prometheus proxy puppet rabbitmq
    redis reporter robot root rpcuser runner sales sample scanner service shipping squid sshd staff student
    sudo superuser supervisor support sync sysadmin syslog sysop system systemd-network systemd-resolve
    systemd-timesync tester toor tomcat trustedinstaller ubnt ubuntu unauthenticated unbound unknown upload
    usbmux user user1 uucp uuidd vagrant webadmin webmaster whoopsie www-data zabbix zookeeper
    active basic bronze business enterprise free gold internal member owner personal platinum premium
    public silver standard trial
"""

ORDINARY_USERS = ORDINARY_WORDS | NO_USERS | frozenset(_ACCOUNTS.split())
