"""What clusters, monitoring, name services and clients write about hosts."""

from __future__ import annotations

from lumber.privacy.phrases.phrase import ADDRESS, HOST, NAMED, S0, USER, USER_AT, Phrase, S
from lumber.privacy.versions import PRODUCTS

# An address with four numbers, or what replaced one.
_IPV4 = r"(?:(?:[0-9]{1,3}\.){3}[0-9]{1,3}|ip_[0-9a-f]{16}|\[address\])"
# Files of programs have line numbers where hosts have ports.
_NO_FILE = (
    r"(?![\w./-]{1,120}\.(?:cc?|cpp|h|go|py|m?js|jsx?|tsx?|java|scala|kt|rb|rs|php|cs|pl|pm|lua|sh|exs?|erl|h"
    r"s"
    r"|swift|mm?|sql|s|S):)"
)
_NOUN = r"(?:host|server|node|machine|computer|workstation|minion|checkable|broker|datanode|nameserver)"

PHRASES = (
    Phrase(
        "Java",
        ("/",),
        rf"(?<![\w./:@%-])(?!(?i:{PRODUCTS})/|[A-Z_]++/){HOST}/(?={_IPV4})",
        "Retrying connect to server: «db2.example.net»/192.0.2.1:8020. Already tried 0 time(s)",
        "nginx/192.0.2.1 and src: /192.0.2.1:50010 and 24/7",
        reads_digits=True,
        hint=r"[A-Za-z0-9]/(?:[0-9]{1,3}\.[0-9]|ip_[0-9a-f]{16}|\[address)",
    ),
    Phrase(
        "addresses",
        ("(",),
        rf"(?<![\w.]){_IPV4}(?:[:#][0-9]{{1,5}})?(?:\({HOST}\)| \({HOST}\)(?= failed)| \((?!ntp\.|time[.\d]|"
        rf"\w{{0,20}}\.?pool\.ntp){NAMED}\))",
        "neighbor 192.0.2.1(«edge7») Up and source 192.0.2.1 («ntp1.example.net»)",
        "192.0.2.1(5000) and 192.0.2.1 (tcp) and 192.0.2.1 (failed)",
        reads_digits=True,
        hint=r"(?:[0-9]|ip_[0-9a-f]{16}|address\]) ?\([A-Za-z]",
    ),
    Phrase(
        "IPsec",
        ("[",),
        rf"(?<!\w)(?<![0-9]\.){_IPV4}\[{HOST}\]",
        "IKE_SA home[7] established between 192.0.2.1[«vpn.example.net»]...192.0.2.2[192.0.2.2]",
        "192.0.2.1[500] to 192.0.2.2[500]",
        reads_digits=True,
        hint=r"(?:[0-9]|ip_[0-9a-f]{16}|address\])\[[A-Za-z]",
    ),
    Phrase(
        "SMB",
        ("\\\\",),
        rf"(?<![\w\\:.*?+)\]]){chr(92) * 2}{{2,4}}{HOST}(?=\\{{1,2}}[\w$%]|[\s,;)'\"]|\Z)",
        "CIFS: VFS: \\\\«ws-07»\\share error -112",
        "C:\\\\Windows\\\\x and \\\\.\\pipe\\x and a\\\\d+",
    ),
    Phrase(
        "SMB",
        ("//",),
        rf"(?i)\b(?:smbclient|cifs|smbfs|mount\S{{0,8}}|net|smb)\b[^\n|;]{{0,80}}?[\s\"']//{HOST}/",
        "mount -t cifs //«ws-07»/share /mnt",
        "smbclient -L /srv//x",
        hint=r"[\s\"']//[A-Za-z0-9]",
    ),
    Phrase(
        "monitoring",
        ("host", "server", "node", "machine", "computer", "workstation", "minion", "checkable", "broker"),
        rf"(?i)\b{_NOUN}s?(?: name)?{S0}[:=]?{S0}(?:\\{{0,2}}[\"'`]|[<\[]){HOST}(?:!\w{{1,40}})?(?:\\{{0,2}}"
        rf"[\"'`]|[>\]])",
        'Zabbix agent item "system.cpu.load" on host "«saturn»" failed: first network error',
        'server "" and host "localhost" and node [192.0.2.1]',
        hint=(
            r"(?i)(?:host|server|node|machine|computer|workstation|minion|checkable|broker)s?(?: name)?\s{0,8"
            r"}[:=]?\s{0,8}[\\\"'`<\[]"
        ),
    ),
    Phrase(
        "monitoring",
        (
            *("host ", "server ", "node ", "machine ", "computer ", "peer ", "minion ", "broker ", "nodes "),
            *("member ", "suspect ", "workstation "),
        ),
        rf"(?i)\b(?:{_NOUN}s?|peer|member|suspect){S}{HOST}(?={S}(?:(?:is|was|are) (?:now |currently |already"
        rf" |no longer )?"
        r"(?:up|down|(?:un)?reachable|on-?line|off-?line|alive|dead|back|ready|healthy|unhealthy|(?:not )?res"
        r"ponding"
        r"|rebooting|shutting|lost|gone|a member|cordoned|drained|tainted)\b"
        r"|(?:status|state) (?:is|was|changed|now)|(?:has )?(?:re)?joined\b|has (?:left|failed|gone|been|rebo"
        r"oted|joined)"
        r"|hasn't been|left the|not (?:responding|found|reachable)|rebooted|unreachable|timed out|did not (?:"
        r"return|respond)"
        r"|went (?:down|up|on-?line|off-?line)|came (?:up|back|on-?line)|became|OK\s*+$|state jump|from Contr"
        r"oller|is now a ))",
        "nfs: server «saturn» not responding, still trying",
        "the server process is down, the node is up and peer connection was lost",
        hint=(
            r"(?i)(?:host|server|nodes?|machine|computer|peer|minion|broker|member|suspect|workstation)\s{1,8"
            r"}\S+\s{1,8}(?:is|was|are|stat|has|left|not|(?:re)?boot|(?:re)?join|unreach|timed|did|went|came|"
            r"became|ok|from)"
        ),
    ),
    Phrase(
        "monitoring",
        (
            *(" host ", " node ", " server ", " machine ", " computer ", " workstation ", " broker "),
            *(" minion ", " datanode ", " nameserver "),
        ),
        rf"(?i)\b(?:on|from|to|at|of|for|with|by|via|remote|against){S}(?:the )?(?:remote |local |client |tar"
        rf"get )?{_NOUN}"
        rf"(?: name)?{S}(?:{NAMED}(?=[\s\"'>\]),:;]|\.?\s|\.?\Z)|{HOST}(?=[:,;)]|\.?\Z| port\b| on behalf))",
        "Removing pod web from node «ip-7.example.net» and restart of computer «SATURN» on behalf of x",
        "connected to server side and to node number five",
        hint=(
            r"(?i)(?:on|from|to|at|of|for|with|by|via|remote|against)\s{1,8}(?:the )?(?:remote |local |client"
            r" |target )?(?:host|server|node|machine|computer|workstation|minion|broker|datanode|nameserver)"
            r"\s"
        ),
    ),
    Phrase(
        "clients",
        (":",),
        r"(?i)(?<![\w.-])(?:to|from|at|on|with|by|via|for|in|member|host|node|server|broker|coordinator|upstr"
        r"eam|backend|peer"
        r"|primary|master|slave|replica|source|endpoint|target|hostport|bootstrap|dial tcp|dial udp|idx=|conn"
        r"ecting"
        rf"|connected)[:=]? ?[\"'`<(\[]?{_NO_FILE}(?P<host>[A-Za-z][\w.-]*+)(?=:[0-9]{{2,5}}(?![\w.-]|:[0-9A"
        rf"-Fa-f]))",
        "rsyslogd: cannot connect to «db2.example.net»:514 and on «ws-07»:45454",
        "at line:12 and in main.c:120 and to port:80",
        hint=r"[A-Za-z0-9]:[0-9]{2,5}",
    ),
    Phrase(
        "clients",
        ("://",),
        r"\b(?:https?|wss?|grpc|h2c?|plaintext|PLAINTEXT|SASL_SSL|SSL|SASL_PLAINTEXT|tls|zk|nats|clickhouse|b"
        r"olt|neo4j"
        r"|memcached?|cassandra|cql|ws|mqtts?|sip|rtsp|rtmp|svn(?:\+ssh)?|git\+ssh|ssh\+git|jdbc:[a-z:]{2,20}"
        r")://"
        r"(?:[^\s/@]{1,200}@)?(?P<host>[A-Za-z][\w-]*+)(?=:[0-9]{2,5}(?:/|\"|'|\s|,|\)|\Z))",
        "target=http://«saturn»:9100/metrics",
        "GET http://localhost:9100/ and http://www.example.org:80/",
        hint=r"://[^\s.:]+:[0-9]{2}",
    ),
    Phrase(
        "tcpdump",
        ("ip ", "ip6 "),
        r"\bIP6? (?:(?P<host>[A-Za-z][\w-]*+(?:\.[\w-]{1,63}){0,7})\.[\w-]{1,40}|[\w.:\[\]]{2,60}) >"
        r"(?: (?P<host>[A-Za-z][\w-]*+(?:\.[\w-]{1,63}){0,7})\.[\w-]{1,40}:)?",
        "IP «db2.example.net».40022 > «ws-07».ssh: Flags [.], ack 1, win 501, length 0",
        "IP 192.0.2.1.40022 > 192.0.2.2.53: UDP, length 9",
        hint=r"IP6? \S+ >",
    ),
    Phrase(
        "tcpdump",
        ("who-has ", "is-at "),
        rf"\bwho-has (?:{HOST}|{ADDRESS})(?: \([^()]{{1,40}}\))? tell {HOST}|\bwho-has {HOST}|\bReply {HOST}"
        rf" is-at",
        "ARP, Request who-has «ws-07» tell «db2.example.net», length 28",
        "ARP, Request who-has 192.0.2.1 tell 192.0.2.2, length 28",
    ),
    Phrase(
        "named",
        (
            "resolving '",
            "query: ",
            "rr at '",
            "rrset at '",
            "resolving ",
            "/in: ",
            "a? ",
            "ptr? ",
            "mx? ",
            "srv? ",
            "txt? ",
            "any? ",
        ),
        rf"(?i)\b(?:resolving '|(?:RR|rrset) at '){HOST}(?=[/'])|\bquery: {HOST} (?=(?:IN|CH|HS) )"
        rf"|/IN: {HOST}/(?=[A-Z]{{1,6}}\b)|\b(?:A|AAAA|PTR|MX|SRV|TXT|ANY)\? {HOST} \(|\bresolving <?{HOST}("
        rf"?=\.? (?:A|AAAA|PTR|MX|NS|SRV|TXT|CNAME|HTTPS) )",
        "error (unexpected RCODE REFUSED) resolving '«db2.example.net»/A/IN': 192.0.2.2#53",
        "error resolving 'x",
    ),
    Phrase(
        "unbound",
        (" in", ". udp", ". tcp"),
        rf"(?:info: |\s|<|\"(?:A|AAAA|PTR|MX|NS|SRV|TXT|HTTPS) IN ){HOST}(?:(?<=\.)|\.) ?(?=(?:A|AAAA|PTR|MX"
        rf"|NS|SRV|TXT|CNAME|HTTPS) IN\b|udp |tcp )",
        "[7:0] info: 192.0.2.1 «db2.example.net». A IN",
        "the end. A IN",
        hint=r"\. ?(?:A|AAAA|PTR|MX|NS|SRV|TXT|CNAME|HTTPS) IN|\. (?:udp|tcp) ",
    ),
    Phrase(
        "dnsmasq",
        ("dhcp ", "/etc/hosts ", "reply ", "cached ", "forwarded ", "query[", "config "),
        rf"(?:^|[\s:])(?:(?:DHCP|/etc/hosts|reply|cached|config) {HOST} (?=is )|forwarded {HOST} (?=to )|quer"
        rf"y\[[\w=]{{1,10}}\] "
        rf"{HOST} (?=from ))",
        "DHCP «ws-07» is 192.0.2.1",
        "reply error is SERVFAIL and DHCP 192.0.2.1 is 192.0.2.1",
    ),
    Phrase(
        "dnsmasq",
        ("not giving name", "client provides name"),
        rf"\b(?:not giving name|provides name:) {HOST}",
        "not giving name «ws-07» to the DHCP lease of 192.0.2.1 because the name exists in /etc/hosts",
        "not giving name",
    ),
    Phrase(
        "DHCP",
        ("forward map", "reverse map", "entries for fqdn", "assigned "),
        rf"(?i)\b(?:forward map from|reverse map from \S{{1,90}} to|entries for FQDN|assigned {ADDRESS} (?:t"
        rf"o|for) \S{{12,17}}) {HOST}",
        "Added new forward map from «db2.example.net» to 192.0.2.1",
        "assigned 192.0.2.1 for 02:00:5E:00:53:01",
    ),
    Phrase(
        "DHCP",
        ("assign,", "renew,", "release,", "dns update "),
        rf"(?:Assign|Renew|Release|NACK|Conflict|DNS Update [A-Z]\w{{5,10}}),{ADDRESS},{HOST}(?=,)",
        "10,03/02/26,10:00:00,Assign,192.0.2.1,«ws-07.example.net»,02005E005301,,7,0",
        "10,03/02/26,10:00:00,Assign,192.0.2.1,,02005E005301",
    ),
    Phrase(
        "hostnamed",
        ("hostname", "host name"),
        rf"(?i)\bchanged from [\"']{HOST}[\"'] to [\"']{HOST}[\"']|"
        r"\b(?:host ?name|fqdn)(?:[:,]? (?:was|is|from|to|changed|set|conflict|retrying|with|outside|networkm"
        r"anager|currently"
        rf"|now|using|hostname:?)[:,]?){{0,9}} (?:[\"'<]{HOST}[\"'>]|(?<= is ){NAMED}|(?<= with ){NAMED})",
        "Changed static host name to '«saturn»'",
        "hostname lookup failed and Host name is not set",
    ),
    Phrase(
        "Windows",
        (" from ",),
        r"(?i)\b(?:log(?:ged|ging|s)?[ -]?(?:on|in|off|out)|logon|login|log-?out|logoff|sign(?:ed|s)?[ -](?:i"
        r"n|out)|session)"
        r"(?: of \S{1,80}| successfully| remotely| again| back){0,2} from (?:(?:the )?(?:host|computer|workst"
        r"ation|client|machine)"
        rf"(?: name)? )?(?:\\{{2,4}}|[\"'\[])?{HOST}(?=[\s\"'\]),;.(]|\Z)(?: \(via (?:\\{{2,4}})?{HOST}\))?",
        "CORP: SamLogon: Network logon of CORP\\x from «WS-07» (via «DC1») Entered",
        "logged in from 192.0.2.1 and login from unknown",
        hint=r"(?i)(?:on|in|off|out|session)(?: of \S{1,80}| successfully| remotely| again| back){0,2} from ",
    ),
    Phrase(
        "Windows",
        ("computer ", "client name ", "time source ", "owned by "),
        rf"(?i)\b(?:the computer|from computer|of computer|client name|time source) (?:\\{{2,4}}|[\"'])?"
        rf"{NAMED}"
        rf"|\bowned by \S{{1,80}} on (?:\\{{2,4}})?{HOST} was printed",
        "The computer «WS-07» tried to connect to the server",
        "the computer was off",
    ),
    Phrase(
        "Windows",
        (
            "schtasks ",
            "wmic ",
            "cmdkey ",
            "mstsc ",
            "psexec",
            "winrs ",
            "systeminfo ",
            "tasklist ",
            "taskkill ",
        ),
        rf"(?i)\b(?:schtasks|wmic|cmdkey|mstsc|tasklist|taskkill|winrs|systeminfo|reg|sc|psexec\w{{0,2}})\b[^"
        rf"\n|;]{{0,80}}?"
        rf" (?:/s |/node:|/add:|/v:|/m |-r:|-computername |\\{{2,4}})\\{{0,4}}[\"']?{HOST}",
        "ran schtasks /create /s «saturn» /tn x",
        "ran schtasks /s",
    ),
    Phrase(
        "Kubernetes",
        ("system:node:", "assigned ", "node/", "node ", "object="),
        rf"\bsystem:node:{HOST}|\bassigned \S{{1,140}} to {HOST}(?=[\s\",.;]|\Z)|(?<![\w/.-])nodes?/{HOST}(?="
        rf"[\s\",]|\Z)"
        rf"|\bobject=\"{HOST}(?=\" kind=\"Node)|\bNode {HOST}(?= (?:status is|event: |hasn't|state|condition"
        rf"))",
        "Successfully assigned default/web-1 to «aks-7» and node/«aks-7» cordoned",
        "assigned to x and src/node/index.js",
    ),
    Phrase(
        "Nagios",
        ("alert: ", "notification: ", "state: ", "command: ", "handler: "),
        r"\b(?:(?:HOST|SERVICE) (?:DOWNTIME |FLAPPING |COMMENT )?(?:ALERT|NOTIFICATION|EVENT HANDLER)"
        r"|(?:CURRENT|INITIAL) (?:HOST|SERVICE) STATE|PASSIVE (?:HOST|SERVICE) CHECK|EXTERNAL COMMAND)"
        rf": (?:(?:{USER};)(?=[^;\s]{{1,64}};[^;]{{1,80}};(?:UP|DOWN|OK|WARNING|CRITICAL|UNKNOWN|UNREACHABLE"
        rf"))|[A-Z_]{{6,60}};)?+{HOST};",
        "SERVICE ALERT: «saturn»;PING;CRITICAL;HARD;3;CRITICAL - Host Unreachable",
        "EXTERNAL COMMAND: ENABLE_NOTIFICATIONS;",
    ),
    Phrase(
        "Ansible",
        (
            "ok: [",
            "changed: [",
            "fatal: [",
            "failed: [",
            "unreachable: [",
            "skipping: [",
            "ignored: [",
            "rescued: [",
        ),
        rf"\b(?:ok|changed|fatal|failed|unreachable|skipping|ignored|rescued): \[{HOST}(?: -> {HOST})?\]",
        "changed: [«saturn»]",
        "ok: [] and failed: [192.0.2.1]",
    ),
    Phrase(
        "Puppet and Chef",
        (
            "catalog for ",
            "client run for ",
            "authentication accepted from ",
            "forbidden request: ",
            "certificate request for ",
        ),
        rf"(?i)\b(?:catalog for|client run for|accepted from|forbidden request:|certificate request for) "
        rf"{HOST}",
        "Compiled catalog for «db2.example.net» in environment production in 0.5 seconds",
        "compiled catalog for the environment",
    ),
    Phrase(
        "Serf",
        ("eventmember", "eventnode", "memberlist: ", "serf: "),
        rf"\bEvent(?:Member|Node)(?:Join|Leave|Failed|Update|Reap): {HOST}|\b(?:Suspect|Marking) {HOST}(?= ("
        rf"?:has|as) )",
        "serf: EventMemberJoin: «saturn» 192.0.2.1",
        "serf: EventMemberJoin",
    ),
    Phrase(
        "clusters",
        ("(tid ", "executor ", "running on ", "remotely on ", "in memory on ", "targeting ", "nodelist="),
        rf"\(TID [0-9]{{1,12}}, {HOST},|\b(?:executor [0-9]{{1,9}} on|remotely on|in memory on|targeting) "
        rf"{HOST}(?: on {HOST})?"
        rf"|\b(?:running on|Running on|started on) (?!runner-)(?:{NAMED}|{HOST} in /)|\bNodeList={HOST}",
        "Starting task 0.0 in stage 1.0 (TID 7, «saturn», executor 1, partition 0)",
        "(TID 7, 192.0.2.1, executor 1) is running on port 80",
    ),
    Phrase(
        "clusters",
        ("node ", "member ", "peer "),
        rf"(?i)\b(?:node|member|peer) [\w.:-]{{1,40}} \({HOST}\)(?= (?:is|has|joined|left|synced|requested|d"
        rf"esynced|became))",
        "WSREP: Member 1.0 («saturn») synced with group.",
        "node 1 (primary) is up",
    ),
    Phrase(
        "Ceph",
        ("mon.", "mgr.", "mds."),
        r"\b(?:mon|mgr|mds|rgw)\.(?P<host>[A-Za-z][\w-]{2,62}+)(?=@[0-9-]{1,3}\(|\(| |:|\Z)(?! \d)",
        "mon.«saturn»@0(leader).osd e7: 3 total, 3 up, 3 in",
        "mon.a@0(leader) and mon.0 up",
    ),
    Phrase(
        "Erlang",
        ("rabbit@", "ejabberd@", "celery@", "couchdb@", "emqx@", "riak@", "ups@", "upid:"),
        rf"\b(?:rabbit|ejabberd|celery|couchdb|emqx|riak|ups)@{HOST}|\bUPID:{HOST}:",
        "Node rabbit@«saturn» is down",
        "Node rabbit@localhost is down",
    ),
    Phrase(
        "clouds",
        ("/instances/", "/virtualmachines/"),
        rf"(?i)/(?:zones/[\w-]{{1,40}}/instances|virtualMachines)/{HOST}",
        "projects/x/zones/europe-west1-b/instances/«saturn» stopped",
        "GET /instances/7",
    ),
    Phrase(
        "Cisco",
        (", with ",),
        rf"\bdiscovered on \S{{1,40}} \([^()]{{1,40}}\), with {HOST} \S",
        "%CDP-4-DUPLEX_MISMATCH: duplex mismatch discovered on Gi0/1 (not half duplex), with «saturn» Gi0/2 "
        "(half duplex)",
        "discovered on Gi0/1, with no name",
    ),
    Phrase(
        "Exim",
        (" h=", "relay=", "arg1=", "for name=", "for (", "(unknown ["),
        rf"(?<![\w.])(?:H=\(?|relay=|arg1=|for name=){HOST}(?=\)? \(|\)? ?\[|,| type=)(?: \({HOST}\) ?\[)?|"
        rf"\bfor \({HOST}\) \[|\bfrom {HOST} \(unknown \[",
        "1abCDe-0001-AB <= x H=«mail.example.net» («saturn») [192.0.2.1] P=esmtps",
        "H=[192.0.2.1] and relay=none, delay=1",
    ),
    Phrase(
        "clients",
        (
            "getaddrinfo(",
            "ping ",
            "mounting ",
            "ssh: connect",
            "resolve address of ",
            "find host ",
            "using ",
            "parent: ",
            "to backend: ",
            'upstream "',
            "fingered by ",
            " provided via ",
        ),
        rf"\bgetaddrinfo\({HOST}(?=,)|\bPING {HOST}(?= \()|\b(?i:mount(?:ing|ed)?) {HOST}(?=:/)|\bconnect to "
        rf"host {HOST}"
        rf"|\b(?:resolve address of|find host) {HOST}|qualified domain name, using {HOST}|\b(?:DEAD|REVIVED)"
        rf" Parent: {HOST}|\bto backend: {HOST}|\bupstream \"{HOST}\"|\b[Hh]ostname {HOST} provided|\bfinger"
        rf"ed by {HOST}|\bMX for {HOST}",
        "PING «saturn» (192.0.2.1) 56(84) bytes of data.",
        "ping failed and mounting failed",
    ),
    Phrase(
        "clients",
        (
            "ssh ",
            "scp ",
            "rsync ",
            "sftp ",
            "rsync:",
            "mosh ",
            "sftp:",
            "fetchmail",
            "ssh-copy-id ",
            "at request of",
            "rlogind",
            "rshd",
        ),
        rf"\b(?:ssh|scp|rsync|sftp|mosh|ssh-copy-id|at request of|rlogind|rshd|restic|borg|sftp)\b[^\n|;]"
        rf"{{0,160}}?[\s:'\"/]{USER_AT}@{HOST}(?:(?<=d) as {USER}:)?",
        "ran scp report.csv «bob»@«saturn»:/tmp/",
        "ran scp report.csv x:/tmp/",
        hint=r"@[A-Za-z]",
    ),
    Phrase(
        "clients",
        (
            "docker ",
            "psql ",
            "mysql ",
            "redis-cli ",
            "mysqldump ",
            "pg_dump ",
            "pg_restore ",
            "mongo",
            "ldapsearch ",
            "mariadb ",
        ),
        r"\b(?:docker|psql|pg_dump|pg_restore|mysql|mysqldump|mysqladmin|mariadb|redis-cli|mongo(?:sh|dump|re"
        r"store)?|ldapsearch|createdb)\b"
        rf"[^\n|;]{{0,160}}? (?:-h|--host)[ =]?(?:ldaps?://)?[\"']?{HOST}",
        "ran mysql -h «saturn» -u x shop",
        "ran mysql -h localhost and psql -h",
    ),
    Phrase(
        "haproxy",
        ("server ", "/"),
        rf"\b[Ss]erver [\w.~-]{{1,64}}/{HOST}(?= (?:is|was|failed|succeeded|has|\())",
        "Server back/«saturn» is DOWN, reason: Layer4 timeout, check duration: 2001ms.",
        "Server is DOWN",
        hint=r"erver [^\s/]+/",
    ),
    Phrase(
        "haproxy",
        ("] ",),
        rf"\] [\w.~-]{{1,64}} [\w.-]{{1,64}}/{HOST} (?=[0-9-]{{1,9}}/[0-9-]{{1,9}}/)",
        "192.0.2.1:5000 [02/Mar/2026:10:00:00.123] front back/«saturn» 0/0/1/25/26 200 100 - -",
        "192.0.2.1:5000 [02/Mar/2026:10:00:00.123] front back/<NOSRV> 0/-1/-1/-1/0 503 100",
        hint=r"/[^\s/]+ [0-9-]+/[0-9-]+/",
    ),
    Phrase(
        "Elasticsearch",
        ("[o.e.",),
        rf"\[o\.e\.[\w.-]{{1,60}} *+\] ?\[{HOST}\]",
        "[2026-03-02T10:00:00,000][INFO ][o.e.n.Node] [«saturn»] started",
        "[INFO ][o.e.n.Node] [7] started",
    ),
    Phrase(
        "Apache",
        (" - ",),
        rf"^{HOST}:[0-9]{{2,5}} {ADDRESS} \S{{1,40}} \S{{1,80}} (?=\[[0-9]{{1,2}}/[A-Z])",
        '«shop.example.net»:443 192.0.2.1 - - [02/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5',
        '192.0.2.1 - - [02/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5',
        hint=r"^[A-Za-z][^\s:]+:[0-9]+ ",
    ),
    Phrase(
        "TLS",
        ("cn=",),
        r"(?<!\w)CN ?= ?(?P<host>[A-Za-z0-9*][\w*-]{0,62}(?:\.[\w-]{1,63}){2,8})(?=[\s,/'\"]|\Z)",
        "CTRL-EVENT-EAP-PEER-CERT depth=0 subject='/CN=«radius.example.net»'",
        "subject=/CN=R3",
    ),
    Phrase(
        "syslog",
        ("<",),
        rf"^<[0-9]{{1,3}}>(?:1 \S{{1,40}} {HOST} |[A-Z][a-z]{{2}} [ 0-9][0-9] [0-9:]{{8}} {HOST} )",
        "<34>1 2026-03-01T00:00:00Z «saturn» su - ID47 - x",
        "<34>1 2026-03-01T00:00:00Z - su - ID47 - x",
        hint=r"^<[0-9]{1,3}>",
    ),
    Phrase(
        "syslog",
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
        rf"^[A-Z][a-z]{{2}} [ 0-9][0-9] [0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}} {HOST} (?=[\w./-]{{1,48}}(?:\[[0-9]"
        rf"{{1,9}}\])?: )",
        "Mar  2 10:00:00 «saturn» sshd[7]: Connection closed",
        "Mar  2 10:00:00 error: not found",
        hint=r"^[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:",
    ),
)
