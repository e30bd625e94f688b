"""What servers for mail, files, the web, names and databases write."""

from __future__ import annotations

from lumber.privacy.phrases.phrase import ADDRESS, HOST, NAMED, S0, USER, Phrase, S

# Unlike the number of a process: `sshd[1234]`.
_IN_BRACKETS = r"\[\[?(?:[0-9]{1,3}\.[0-9]|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]|ip_[0-9a-f]{16}|address)"
PHRASES = (
    Phrase(
        "Dovecot",
        ("imap", "pop3", "lmtp", "lda(", "sieve", "indexer", "auth", "doveadm", "submission", "quota-status"),
        r"\b(?:imap|pop3|lmtp|lda|indexer-worker|quota-status|managesieve|submission|doveadm)"
        r"(?:\([0-9a-f]{1,12}\))?\((?![0-9]{1,9}\))(?P<user>[^\s(),<>]++)\)",
        "dovecot: imap(«bob»)<7><x1>: Logged out in=7 out=9",
        "dovecot: imap-login: Aborted login (no auth attempts)",
        hint=(
            r"(?:imap|pop3|lmtp|lda|indexer-worker|quota-status|managesieve|submission|doveadm)(?:\([0-9a-f]{"
            r"1,12}\))?\("
        ),
    ),
    Phrase(
        "Dovecot",
        ("pam(", "passwd(", "passwd-file(", "sql(", "ldap(", "static(", "shadow(", "userdb(", "passdb("),
        r"\b(?:(?:pam|passwd|passwd-file|sql|ldap|static|shadow|userdb|passdb)\((?P<user>[^\s(),<>?]++),"
        r"|(?:userdb|passdb)\((?P<user>[^\s(),<>?]++)\))",
        "auth-worker(7): pam(«bob»,192.0.2.1): unknown user",
        "auth: sql(?,192.0.2.1): no name",
    ),
    Phrase(
        "Postfix",
        ("[",),
        rf"\b(?:from|to|by|with|for|client=|relay=|connect|mx=|host|peer|server)\s?{HOST}(?={_IN_BRACKETS})",
        "NOQUEUE: reject: RCPT from «mail.example.net»[192.0.2.1]: 554 5.7.1",
        "connect from unknown[192.0.2.1]",
        hint=_IN_BRACKETS,
    ),
    Phrase(
        "Postfix",
        ("helo=", "ehlo=", "helo ", "ehlo "),
        rf"(?i)\b(?:helo|ehlo)(?:=| command rejected:? | )<?\[?{HOST}",
        "to=<x> proto=ESMTP helo=<«mail.example.net»>",
        "helo=<192.0.2.1>",
    ),
    Phrase(
        "Postfix",
        ("hostname ", "does not resolve"),
        rf"(?i)\bhostname {HOST} does not resolve",
        "warning: hostname «mail.example.net» does not resolve to address 192.0.2.1",
        "hostname lookup does not resolve",
    ),
    Phrase(
        "Postfix",
        ("to=<", "from=<", "orig_to=<"),
        r"\b(?:orig_to|to|from)=<(?P<user>[^\s@<>/:,=]++)>",
        "7F1A: to=<«bob»>, relay=local, delay=0.1, status=sent",
        "7F1A: from=<>, size=17",
    ),
    Phrase(
        "Postfix",
        ("authid=", "sasl_username=", "sasl_sender="),
        r"\b(?:sasl_username|sasl_sender|authid)=<?(?P<user>[^\s,;<>@]++)(?!@)",
        "7F1A: client=x, sasl_method=PLAIN, sasl_username=«bob»",
        "sasl_username=, sasl_method=PLAIN",
    ),
    Phrase(
        "vsftpd",
        (
            "login: client",
            "upload: client",
            "download: client",
            "mkdir: client",
            "delete: client",
            ': client "',
        ),
        rf"\[(?P<user>[^\s\[\]]++)\] (?:(?:(?:OK|FAIL) )?[A-Z]{{2,10}}(?: LOGIN)?|FTP (?:response|command)):"
        rf" Client{S}\"",
        '[pid 3] [«alice»] FTP LOGIN: Client "192.0.2.1"',
        '[pid 3] CONNECT: Client "192.0.2.1"',
    ),
    Phrase(
        "ProFTPD",
        ("user ", "anon "),
        rf"\b(?:USER|ANON) {USER}(?=:? ?(?:\(Login|: Login|: no such|: Limit|\(no such|Login))",
        "nas (192.0.2.1[192.0.2.1]) - USER «bob» (Login failed): Incorrect password",
        "USER command accepted",
        hint=r"(?:USER|ANON) ",
    ),
    Phrase(
        "ProFTPD",
        ("(", "["),
        rf"(?:^|[\s:,(])(?:{HOST}(?: ?\[|\()|{NAMED} \(|(?:(?<=^)|(?<=from )|(?<=to )|(?<=by )|(?<=with )|(?<"
        rf"=host )"
        rf"|(?<=for )|(?<=connect ))(?<!\S){HOST} \()(?:{HOST}\[)?"
        rf"(?=(?:(?:[0-9]{{1,3}}\.){{3}}[0-9]{{1,3}}|[0-9A-Fa-f]{{0,4}}:[0-9A-Fa-f:.]{{2,45}})"
        r"[\])\[])",
        "nas («pc9.example.net»[192.0.2.1]) - FTP session opened.",
        "unknown[192.0.2.1] and (192.0.2.1[192.0.2.1])",
        reads_digits=True,
        hint=r"[\[(](?:[0-9]{1,3}\.[0-9]|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{2})",
    ),
    Phrase(
        "Pure-FTPd",
        ("is now logged in", "authentication failed for"),
        rf"(?:^|[\s\]]){USER} is now logged in",
        "(?@192.0.2.1) [INFO] «bob» is now logged in",
        "user is now logged in",
    ),
    Phrase(
        "Samba",
        ("for user", "mapped to", "become user", "user [", "mapped user", "-> ["),
        r"(?i)(?:\buser|mapped to(?: user)?|->)\s{0,4}(?:\[(?P<host>[^\s\[\]\\]*+)\]\\{1,2})?\[(?!(?:secret"
        r":|address\]"
        r"|removed\]))(?P<user>[^\s\[\]\\]++)\]",
        "check_ntlm_password:  authentication for user [«bob»] -> [x] FAILED",
        "authentication for user [] FAILED",
        folds_case=True,
        hint=r"(?i)(?:user|mapped to(?: user)?|->)\s{0,4}\[",
    ),
    Phrase(
        "Samba",
        ("workstation",),
        rf"(?i)\b(?:source )?workstation(?: ?name)?(?:{S0}[:=]{S0}|{S})[\[\"'<]?(?:\\{{2,4}})?{HOST}",
        "status [NT_STATUS_OK] workstation [«WS-07»] remote host [ipv4:192.0.2.1:49200]",
        "the workstation is idle",
    ),
    Phrase(
        "Samba",
        ("connect to service", "closed connection to service"),
        rf"(?i)(?:^|[\s\]]){HOST} \((?:ipv[46]:)?{ADDRESS}[^()]{{0,8}}\) (?:connect|closed connection|signe"
        rf"d connect) to "
        rf"service \S{{1,64}}(?: initially as user {USER})?",
        "«ws-07» (ipv4:192.0.2.1:5000) connect to service data initially as user «bob» (uid=1000)",
        "connect to service data failed",
    ),
    Phrase(
        "nginx",
        ("host:", "server:", "upstream:"),
        rf"(?:, (?:server: |host: \"|upstream: \"[a-z]{{2,10}}://)){HOST}(?=[\",:/]|\Z)",
        'client: 192.0.2.1, server: «shop.example.net», request: "GET / HTTP/1.1"',
        "client: 192.0.2.1, server: _, request",
    ),
    Phrase(
        "nginx",
        ('user "', "user '"),
        rf"\buser [\"']{USER}[\"']",
        'user "«bob»": password mismatch, client: 192.0.2.1',
        'user "": password mismatch',
    ),
    Phrase(
        "Apache",
        (" - ",),
        rf"(?:^|[\s\"'>\]])(?:{HOST}|{ADDRESS}|[\w.-]{{1,80}})(?::[0-9]{{1,5}})? (?:-"
        rf"|\S{{1,40}}) (?![0-9]{{1,9}} ){USER} (?"
        rf"=\[[0-9]{{1,2}}/[A-Z]"
        r"[a-z]{2}/[0-9]{4}:)",
        '192.0.2.1 - «alice» [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 5',
        '192.0.2.1 - - [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 5',
        reads_digits=True,
        # A user other than `-`, or a host with a letter.
        hint=(
            r"(?:[^\s-]|\S-|[^\s0-9.:-][\w.-]*(?::[0-9]{1,5})? \S{1,40} -) "
            r"\[[0-9]{1,2}/[A-Z][a-z]{2}/[0-9]{4}:"
        ),
    ),
    Phrase(
        "Apache",
        ("authentication failure", "not found:", "password mismatch"),
        rf"\buser {USER}(?:: authentication failure|: password mismatch| not found)",
        'AH01617: user «bob»: authentication failure for "/": Password Mismatch',
        "user authentication failure",
    ),
    Phrase(
        "Squid",
        ("hier_", "direct/", "tcp_", "none/-", "first_up"),
        rf"\b(?:GET|POST|PUT|HEAD|CONNECT|DELETE|OPTIONS|PATCH) \S++ {USER} "
        r"(?=(?:HIER_|DIRECT|NONE|FIRST|DEFAULT|TIMEOUT|PARENT|SIBLING|CD_|CLOSEST|ORIGINAL_DST)[A-Z_]{0,30"
        r"}/)",
        "1 9 192.0.2.1 TCP_MISS/200 7 GET http://x/ «bob» HIER_DIRECT/192.0.2.9 text/html",
        "1 9 192.0.2.1 TCP_MISS/200 7 GET http://x/ - HIER_DIRECT/192.0.2.9 text/html",
    ),
    Phrase(
        "DHCP",
        ("dhcp",),
        r"(?i)\bDHCP(?:ACK|REQUEST|OFFER|DISCOVER|INFORM|NAK|RELEASE|DECLINE|EXPIRE)\b[^()\n]{0,120}?"
        rf"\((?!(?:eth|en|wl|br|vlan|bond|lo|ens)[0-9]){HOST}\)",
        "DHCPACK on 192.0.2.1 to 02:00:5e:00:53:01 («Bobs-iPhone») via eth0",
        "DHCPACK(eth0) 192.0.2.1 02:00:5e:00:53:01",
        hint=r"(?i)dhcp(?:ack|request|offer|discover|inform|nak|release|decline|expire)[^()\n]{0,120}\(",
    ),
    Phrase(
        "dnsmasq",
        ("dhcpack(", "dhcpack on"),
        rf"(?i)\bDHCPACK\(\S{{1,20}}\) {ADDRESS} (?:[0-9A-Fa-f]{{2}}[:-]){{5}}[0-9A-Fa-f]{{2}} {HOST}",
        "dnsmasq-dhcp[7]: DHCPACK(eth0) 192.0.2.1 02:00:5e:00:53:01 «bobs-laptop»",
        "dnsmasq-dhcp[7]: DHCPACK(eth0) 192.0.2.1 02:00:5e:00:53:01",
    ),
    Phrase(
        "DHCP",
        ("client-hostname", "hostname"),
        rf"(?i)\b(?:client-hostname|client provides name:|set hostname to|hostname set to|hostname is|stati"
        rf"c hostname:|"
        rf"hostname changed (?:from \S{{1,80}} )?to){S}[\"'<]?{HOST}",
        "systemd-hostnamed[7]: Hostname set to <«nas7»>.",
        "hostname is unknown",
    ),
    Phrase(
        "MySQL",
        ("user@host:",),
        rf"(?i)\bUser@Host: {USER}(?:\[{USER}\])? @ {S0}{HOST}?",
        "# User@Host: «bob»[«bob»] @ «nas7» [192.0.2.1]  Id: 5",
        "# Query_time: 0.1",
    ),
    Phrase(
        "MySQL",
        ("'@'",),
        rf"'{USER}'@'(?:{HOST}|[^']{{0,80}})'",
        "Access denied for user '«bob»'@'«nas7.example.net»' (using password: YES)",
        "Access denied for user ''@'%' (using password: YES)",
    ),
    Phrase(
        "PostgreSQL",
        ("role", "entry for host", "owner of"),
        rf"(?i)\brole{S}\\?[\"']{USER}|\bentry for host \"{HOST}\"",
        'FATAL: role "«bob»" does not exist',
        "the role is unknown",
    ),
    Phrase(
        "MongoDB",
        ("principal",),
        rf"(?i)\bprincipal(?:name)?(?![a-z]){S0}(?:[:=]{S0}|as )?[\"']?{USER}(?= (?:on|from)\b|[\"'])",
        "Successfully authenticated as principal «bob» on admin",
        "the principal cause is unknown",
    ),
    Phrase(
        "Oracle",
        ("user:[", "userid:[", "userhost:["),
        rf"(?i)\b(?:USERID|CLIENT USER|DATABASE USER|OS_?USER(?:ID)?|CURRENT_USER)\s?:\s?\[[0-9]{{1,4}}\] ["
        rf"\"']{USER}"
        rf"|\bUSERHOST\s?:\s?\[[0-9]{{1,4}}\] [\"']{HOST}",
        'SESSIONID:[3] "117" USERID:[3] "«BOB»" ACTION:[3] "100"',
        'USERID:[0] "" ACTION:[3] "100"',
    ),
    Phrase(
        "FreeRADIUS",
        ("login ok", "login incorrect", "invalid user", "(from client "),
        r"(?i)\b(?:login ok|login incorrect|invalid user|rejected)\b(?: \([^()]{0,120}\))?: \[(?P<user>[^\s"
        r"\[\]/]++)"
        rf"(?=[/\]])|\(from client {HOST} port",
        "Auth: Login OK: [«bob»] (from client «nas7» port 0 cli 02-00-5E-00-53-01)",
        "Auth: Login incorrect: []",
    ),
    Phrase(
        "resolver",
        (
            "server not found",
            "could not resolve",
            "can't resolve",
            "cannot resolve",
            "not known",
            "unable to resolve",
            "name resolution",
            "unknown host",
            "unknownhost",
            "no route to host",
            "lookup ",
            "enotfound",
            "nxdomain",
        ),
        rf"(?i)(?:could not resolve(?: host(?:name)?)?(?: address)?|(?:can't|cannot|unable to|failed to) reso"
        rf"lve(?: host"
        rf"(?:name)?)?(?: address(?: of)?)?"
        rf"|unknown ?host(?:exception)?|server not found(?: in \S{{1,40}}+)?|lookup|enotfound|name resolutio"
        rf"n of)"
        rf"{S0}[:=]?{S0}(?:the )?[\"'`<\[]?\b{HOST}(?=[\"'`>\]:]|\s(?!(?:host)?names?\b)|,|\.?\Z|\.\s)",
        "curl: (6) Could not resolve host: «db2.example.net»",
        "lookup failed: server misbehaving",
    ),
    Phrase(
        "clients",
        ("connect",),
        r"(?i)\bconnect(?:ed|ing|ion)?(?: \w{1,12})? (?:to|with)(?: (?:host|server|peer|node|broker|ldap"
        r" server))?"
        rf" [\"'`<\[]?{HOST}(?=:[0-9]{{1,5}}\b|[\"'`>\]]|,? port\b| \({ADDRESS}\)| \[{ADDRESS}\])",
        "connected to «db2.example.net»:5432 after 7 ms",
        "connected to port 5432",
        hint=r"(?i)connect(?:ed|ing|ion)?(?: \w{1,12})? (?:to|with) ",
    ),
    Phrase(
        "clients",
        (
            "ldap://",
            "ldaps://",
            "smb://",
            "nfs://",
            "ssh://",
            "rsync://",
            "ftp://",
            "tcp://",
            "amqp://",
            "redis://",
            "mongodb://",
            "postgres",
            "mysql://",
            "sftp://",
            "kafka://",
            "udp://",
            "unix://",
            "cifs://",
            "ldapi://",
            "telnet://",
            "amqps://",
            "rediss://",
            "imap://",
            "imaps://",
            "smtp://",
            "smtps://",
            "vnc://",
            "rdp://",
        ),
        r"\b(?:ldaps?|smb|nfs|ssh|rsync|s?ftp|tcp|udp|amqps?|rediss?|mongodb(?:\+srv)?|postgres(?:ql)?|mysq"
        r"l|kafka|cifs"
        rf"|telnet|imaps?|smtps?|vnc|rdp)://(?:[^\s/@]{{1,200}}@)?{HOST}",
        "bind to ldaps://«dc1.example.net»:636 failed",
        "bind to ldaps://192.0.2.1:636 failed",
    ),
)
