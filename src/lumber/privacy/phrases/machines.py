"""What name services, monitoring, networks and clients write about hosts."""

from __future__ import annotations

from lumber.privacy.phrases.phrase import ADDRESS, HOST, NAMED, S0, Phrase, S
from lumber.privacy.versions import PRODUCTS

# An address with four numbers, or what replaced one.
_IPV4 = r"(?:(?:[0-9]{1,3}\.){3}[0-9]{1,3}|ip_[0-9a-f]{16}|\[address\])"
# Before a host with its port.
_TOWARDS = (
    r"to|from|at|on|with|by|via|for|in|member|host|node|server|broker|coordinator|upstream|backend|peer"
    r"|primary|master|slave|replica|source|endpoint|target|hostport|bootstrap|dial tcp|dial udp|idx="
    r"|connecting|connected"
)
# Files of programs have line numbers where hosts have ports.
_NO_FILE = (
    r"(?![\w./-]{1,120}\.(?:cc?|cpp|h|go|py|m?js|jsx?|tsx?|java|scala|kt|rb|rs|php|cs|pl|pm|lua|sh|exs?|erl|h"
    r"s"
    r"|swift|mm?|sql|s|S):)"
)
_NAMED_PORT = r"[A-Za-z][\w.-]*+:[0-9]{2,5}(?![\w.-]|:[0-9A-Fa-f])"
_NOUN = r"(?:host|server|node|machine|computer|workstation|minion|checkable|broker|datanode|nameserver)"

PHRASES = (
    Phrase(
        "Java",
        ("/",),
        # A look at what is cheap to tell comes first.
        rf"(?<![\w./:@%-])(?=[^\W_][\w.-]*+/(?:[0-9]|ip_|\[address))(?!(?i:{PRODUCTS})/|[A-Z_]++/)"
        rf"{HOST}/(?={_IPV4})",
        "Retrying connect to server: «db2.example.net»/192.0.2.1:8020. Already tried 0 time(s)",
        "nginx/192.0.2.1 and src: /192.0.2.1:50010 and 24/7",
        reads_digits=True,
        hint=r"[A-Za-z0-9]/(?:[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]|ip_[0-9a-f]{16}|\[address)",
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
        rf"(?i)(?<![\w.-])(?:{_TOWARDS})[:=]? ?[\"'`<(\[]?(?={_NAMED_PORT}){_NO_FILE}"
        r"(?P<host>[A-Za-z][\w.-]*+)",
        "rsyslogd: cannot connect to «db2.example.net»:514 and on «ws-07»:45454",
        "at line:12 and in main.c:120 and to port:80",
        hint=rf"(?i)(?:{_TOWARDS})[:=]? ?[\"'`<(\[]?[A-Za-z][\w.-]*:[0-9]{{2,5}}",
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
        ("computer ", "client name ", "time source ", "owned by ", "has initiated the "),
        rf"(?i)\b(?:the computer|from computer|of computer|client name|time source) (?:\\{{2,4}}|[\"'])?"
        rf"{NAMED}"
        rf"|\bowned by \S{{1,80}} on (?:\\{{2,4}})?{HOST} was printed|\({HOST}\) has initiated the ",
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
)
