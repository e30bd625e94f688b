"""One record of each format of input, for the benchmark of the parsers."""

# ruff: noqa: E501 -- a record is one line

from __future__ import annotations

from dataclasses import dataclass

BASE = "RFC 3164"


@dataclass(frozen=True)
class Sample:
    """One record of a format, of one line or several, and what stands above all of them.

    In `record`, $date is 2026-01-02, $month Jan, $day ` 2`, $day0 02, $clock 10:00:00, $epoch the seconds
    since 1970, $ip an address, $n a number and $word a word.
    `pattern` is that of `--pattern`.
    """

    name: str
    record: str
    header: str = ""
    pattern: str | None = None


_ZEEK = "\n".join(
    "\t".join(parts)
    for parts in (
        ("#separator \\x09\n#set_separator", ","),
        ("#empty_field", "(empty)"),
        ("#unset_field", "-"),
        ("#path", "conn"),
        ("#fields", "ts", "uid", "id.orig_h", "id.orig_p", "service", "duration"),
        ("#types", "time", "string", "addr", "port", "string", "interval"),
        (),
    )
)
_VPC = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n"
_EVENT = "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
SAMPLES = (
    Sample(BASE, "<38>$month $day $clock web01 sshd[$n]: Failed password for $word from $ip port $n ssh2"),
    Sample("RFC 5424", '<34>1 ${date}T$clock.003Z web01 su $n ID47 [a@1 ip="$ip"] failed for $word'),
    Sample("ISO 8601", "${date}T$clock.5+00:00 web01 sshd[$n]: Failed password for $word from $ip port $n"),
    Sample("labelled", "- $epoch 2026.01.02 dn228 $month $day $clock dn228/dn228 crond(pam_unix)[$n]: $word"),
    Sample(
        "Cisco, with PRI and host",
        "<189>$month $day $clock $ip 000123: r1: *$month $day $clock.123 UTC: %SYS-5-CONFIG_I: by $word",
    ),
    Sample(
        "pfSense filterlog",
        "<134>$month $day $clock filterlog[71]: 5,,,1000000103,igb0,match,block,in,4,0x0,,64,$n,0,DF,17,udp,76,$ip,198.51.100.7,5353,53,48",
    ),
    Sample("log4j", "$date $clock,123 ERROR [main] com.example.$word: request $n of $ip failed"),
    Sample(
        "log4j with a trace of 9 lines",
        "$date $clock,123 ERROR [main] com.example.$word: request $n of $ip failed\n"
        "java.lang.IllegalStateException: $word" + "\n\tat com.example.Shop.order(Shop.java:12)" * 8,
    ),
    Sample("zap", '${date}T$clock.123Z\tINFO\tapi\tmain.go:12\trequest of $word\t{"ip": "$ip", "took": $n}'),
    Sample("Kubernetes CRI", "${date}T$clock.669794202Z stdout F request $n of $word from $ip"),
    Sample("PostgreSQL", "$date $clock.123 UTC [$n] $word@shop LOG:  duration: $n ms  statement: SELECT 1"),
    Sample("MySQL", "${date}T$clock.123456Z $n [Note] [MY-010914] [Server] Aborted connection of $word"),
    Sample(
        "access",
        '$ip - $word [02/Jan/2026:$clock +0100] "GET /$word?id=$n HTTP/1.1" 200 $n "https://example.com/" "Mozilla/5.0 (X11; Linux x86_64)"',
    ),
    Sample(
        "Apache error",
        "[Fri Jan 02 $clock.123456 2026] [core:error] [pid $n:tid 4328] [client $ip:23] AH00124: too many redirects of $word",
    ),
    Sample(
        "nginx error",
        '2026/01/02 $clock [error] 123#456: *$n open() "/$word" failed (2: No such file or directory), client: $ip, server: example.com, request: "GET /$word HTTP/1.1", host: "example.com"',
    ),
    Sample("klog", "E0102 $clock.123456 $n server.go:12] connection of $word from $ip lost"),
    Sample("Go", "2026/01/02 $clock main.go:12: request $n of $word from $ip"),
    Sample("Spark", "26/01/02 $clock WARN executor.Executor: lost task $n of $word on $ip"),
    Sample("Cassandra", "INFO  [main] $date $clock,123 Loader.java:$n - location of $word"),
    Sample(
        "java.util.logging",
        "Jan 02, 2026 10:00:00 AM org.apache.catalina.Server start\nINFO: request $n of $word from $ip",
    ),
    Sample("WildFly", "$date $clock,123 INFO  [org.jboss.as] (main) request $n of $word from $ip"),
    Sample("Envoy", "[$date $clock.123][7][warning][config] [source/a.cc:12] request $n of $word"),
    Sample("Redis", "12:M 02 Jan 2026 $clock.123 # request $n of $word from $ip"),
    Sample("Squid", "$epoch.123    215 $ip TCP_MISS/200 $n GET http://a/$word - HIER_DIRECT/$ip text/html"),
    Sample("BIND", "02-Jan-2026 $clock.123 queries: info: client $ip#$n: query: $word IN A"),
    Sample("PHP", "[02-Jan-2026 $clock UTC] PHP Warning:  Undefined variable $word in /a.php on line $n"),
    Sample("Snort", "01/02/2026-$clock.123456  [**] [1:$n:3] $word [**] [Priority: 2] {TCP} $ip:80 -> $ip:5"),
    Sample("Tomcat", "02-Jan-2026 $clock.123 SEVERE [main] org.apache.catalina.Server cannot start $word"),
    Sample("logcat", "01-02 $clock.123  $n  2395 W ActivityManager: slow start of $word"),
    Sample("Ruby", "W, [2026-01-02T$clock.123456 #$n]  WARN -- worker: queue of $word is full"),
    Sample(
        "auditd",
        'type=SYSCALL msg=audit($epoch.243:$n): arch=c000003e syscall=2 success=no exit=-13 a0=7fffd19c5592 ppid=2686 pid=$n auid=1000 comm="$word"',
    ),
    Sample(
        "FortiGate",
        '<188>date=$date time=$clock devname="FG" devid="FGT60F" tz="+0100" logid="0100032002" type="event" level="warning" user="$word" srcip=$ip srcport=$n msg="Login failed"',
    ),
    Sample(
        "Cisco", "<189>000123: r1: *$month $day $clock.123 UTC: %SYS-5-CONFIG_I: Configured by $word from $ip"
    ),
    Sample("OpenWrt", "Fri $month $day $clock 2026 daemon.info dnsmasq[$n]: query[A] $word from $ip"),
    Sample("hostapd", "$epoch.123456: wlan0: STA 02:00:00:aa:bb:cc IEEE 802.11: authenticated $word"),
    Sample(
        "VPC flow", "2 012345678901 eni-0a1b $ip 198.51.100.7 $n 22 6 20 4249 $epoch $epoch REJECT OK", _VPC
    ),
    Sample(
        "JSON Lines", '{"ts": "${date}T${clock}Z", "level": "info", "msg": "$word", "ip": "$ip", "took": $n}'
    ),
    Sample(
        "MongoDB",
        '{"t":{"$$date":"${date}T$clock.123+00:00"},"s":"I","c":"NETWORK","id":$n,"ctx":"conn","msg":"$word of $ip"}',
    ),
    Sample(
        "W3C",
        "$date $clock WEB1 GET /$word $ip 200 $n",
        "#Fields: date time s-computername cs-method cs-uri-stem c-ip sc-status time-taken\n",
    ),
    Sample(
        "journal export",
        "__CURSOR=a$n\n__REALTIME_TIMESTAMP=${epoch}000000\nPRIORITY=6\n_HOSTNAME=web01\nMESSAGE=$word of $ip\n",
    ),
    Sample("Erlang", "=INFO REPORT==== 2-Jan-2026::$clock ===\nrequest $n of $word from $ip\n"),
    Sample(
        "logfmt", 'ts=${date}T${clock}Z level=info caller=main.go:12 msg="request of $word" ip=$ip took=$n'
    ),
    Sample("Zeek", "$epoch.243000\tCuid$n\t$ip\t$n\tdns\t0.25", _ZEEK),
    Sample(
        "Windows XML",
        _EVENT
        + "<Provider Name='Disk'/><EventID>7</EventID><Level>2</Level><TimeCreated SystemTime='${date}T$clock.5Z'/><Channel>System</Channel><Computer>PC</Computer></System><EventData><Data Name='a'>$word</Data></EventData></Event>",
    ),
    Sample("CSV", "$date $clock,$word,info,request of $ip,$n", "timestamp,process_name,level,message,took\n"),
    Sample(
        "pattern",
        "$date $clock [$word] INFO $ip took $n ms",
        pattern=r"%{TIMESTAMP_ISO8601:timestamp} \[%{WORD:logger}\] %{LOGLEVEL:level} %{IP:client} took %{INT:ms:int} ms",
    ),
)
