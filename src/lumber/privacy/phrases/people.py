"""What mail servers, databases, applications, network devices and commands write about people."""

from __future__ import annotations

from lumber.privacy.phrases.phrase import ADDRESS, HOST, USER, USER_AT, Phrase, S

# Words with capitals, as people are called.
_FULL = r"(?P<user>[A-Z][\w.'\u2019-]{1,30}(?: [A-Z][\w.'\u2019-]{0,30}){1,3})"
# After `-u`: neither a file, nor a number, nor an option.
_GIVEN = r"[\"']?(?:[A-Z][\w.-]{0,20}\\{1,2})?(?![0-9]{1,9}(?:[\s:]|\Z))(?P<user>[A-Za-z_][\w.$-]*+)(?![/\\])"

PHRASES = (
    Phrase(
        "mail",
        ("@", "email_"),
        rf"(?:^|[\s,;:(\"'\[=])(?:\"(?P<user>[^\"<>@\r\n]{{2,80}}+)\"|{_FULL}) <(?=[^\s<>@]{{1,80}}@|email_["
        rf"0-9a-f])",
        'Delivered to "«Bob Builder»" <bob@example.net>',
        "see <bob@example.net> and Delivered to <bob@example.net>",
        hint=r" <[^\s<>@]+@| <email_",
    ),
    Phrase(
        "OpenVPN",
        ("multi", "push", "peer", "sent", "verify", "tls", "connection", "sig", "data", "control", "learn:"),
        rf"(?:^|\s|-> ){USER}/(?=(?:(?:[0-9]{{1,3}}\.){{3}}[0-9]{{1,3}}|ip_[0-9a-f]{{16}}|\[address\]):[0-9]"
        rf"{{2,5}}(?: (?:MULTI|PUSH"
        rf"|SENT|VERIFY|TLS|Connection|SIG|Data|peer|\[|WARNING|Outgoing|Incoming|Control)|\s*+\Z))|\[{USER}"
        rf"\]"
        rf" Peer Connection|'{USER}'"
        rf" \[CN SET\]|\bSENT CONTROL \[{USER}\]|\bdepth=0, [^\n]{{0,160}}?\bCN={USER}",
        "«bob»/192.0.2.1:5000 MULTI_sva: pool returned IPv4=192.0.2.9",
        "192.0.2.1:5000 TLS: Initial packet",
        reads_digits=True,
        hint=r"/(?:[0-9]{1,3}\.[0-9]|ip_[0-9a-f]{16}|\[address)|Peer Connection|CN SET|SENT CONTROL|depth=0",
    ),
    Phrase(
        "strongSwan",
        ("identity '", "established for '", "authentication of '", "found for '"),
        rf"\b(?:identity|established for|authentication of|found for) '(?:{HOST}' - '{USER}'|{USER}'(?=\s|\Z"
        rf"|,))",
        "received EAP identity '«bob»'",
        "EAP identity ''",
    ),
    Phrase(
        "pppd",
        ("ppp", "peer ", "remote host "),
        rf"\bip-(?:up|down) ppp[0-9]{{1,4}} {USER}|\b(?:authentication failed: peer|failed for remote host) "
        rf"{USER}"
        rf"|<(?:pppoe|pptp|l2tp|sstp|ovpn)-{USER}>",
        "pptpd-logwtmp.so ip-up ppp0 «bob» 192.0.2.1",
        "peer from calling number 192.0.2.1 authorized",
        hint=r"ppp[0-9]{1,4} |(?:peer|remote host) \S|<(?:pp|l2|ss|ov)",
    ),
    Phrase(
        "RADIUS",
        ("logins (max", "login query", "authorization query", "login failure"),
        rf"\bMultiple logins \([^()]{{1,20}}\) ?: \[{USER}[\]/]|\b(?:login|authorization) query for '{USER}'"
        rf"|\blogin failure: {USER} ",
        "login query for '«bob»' port tty1 from 192.0.2.1 accepted",
        "login failure: [] and authorization query for ''",
    ),
    Phrase(
        "spamd",
        ("spam", "message", "setuid to ", "for "),
        rf"\bfor {USER}:(?=[0-9]{{1,10}}(?: in\b|\s*+\Z))|\bsetuid to {USER} succeeded",
        "clean message (0.1/5.0) for «bob»:1168 in 0.5 seconds, 900 bytes.",
        "waiting for port:80 and for 10:30 in June",
        hint=r"for [^\s:]+:[0-9]|setuid to ",
    ),
    Phrase(
        "Cyrus",
        ("login: ",),
        rf"\b(?:bad)?login: (?:\S{{1,90}} )?\[?{ADDRESS}\]? (?:(?:plaintext|PLAIN|LOGIN|plain|login) )?(?!pl"
        rf"aintext){USER}(?= (?:plaintext|PLAIN|LOGIN|SASL|plain))",
        "login: nas [192.0.2.1] «bob» plaintext User logged in",
        "badlogin: [192.0.2.1] plaintext SASL(-13): authentication failure",
    ),
    Phrase(
        "Exim",
        (" a=", " u=", "set_id=", "=> "),
        rf"(?<=\s)A=\w{{3,20}}(?:_\w{{1,20}})?:{USER}|(?<=\s)U={USER}(?= P=)|\bset_id={USER}\)|=> {USER} <",
        "1abCDe-0001-AB <= x H=x [192.0.2.1] P=esmtpa A=login:«bob» S=1024",
        "1abCDe-0001-AB => /srv/mail R=dnslookup",
    ),
    Phrase(
        "sendmail",
        ("from=", "to=", "ctladdr="),
        rf"\b(?:from|to|ctladdr)={USER}(?=, (?:size|delay|ctladdr|mailer)=| \([0-9]{{1,9}}/[0-9]{{1,9}}\))",
        "x1: from=«bob», size=300, class=0, nrcpts=1",
        "from=<>, size=300 and from=192.0.2.1",
    ),
    Phrase(
        "Dovecot",
        ("master in: ", "login("),
        rf"\bmaster in: (?:USER|PASS)\s[0-9]{{1,9}}\s{USER}|\blogin\({USER},",
        "auth: Debug: master in: USER 1 «bob» service=lda",
        "auth: login(?,192.0.2.1): Empty username",
    ),
    Phrase(
        "SASL",
        ("[user=", "sip", "'client.", "call from '"),
        rf"\[user={USER}\]|<?sips?:{USER}@|\"{USER}\" <sip|\bSIP '{USER}'|\bCall from '{USER}'|entity='clien"
        rf"t\.{USER}'",
        "do_auth : auth failure: [user=«bob»] [service=smtp]",
        "[user=] and sip: registered",
    ),
    Phrase(
        "shadow",
        (
            *(
                "add '",
                "add `",
                "delete '",
                "delete user",
                "change user",
                "lock user",
                "owned by '",
                "changed user",
            ),
            *(
                "password for '",
                "password for `",
                "password expiry for",
                "from group '",
                "to group '",
                "group '",
            ),
        ),
        rf"\bgroup ['`]{USER}' owned|\b(?:add|delete|removed|changed?|lock|unlock) (?:user (?:name )?)?['`]"
        rf"{USER}'(?= (?:to|from|password|shell|home|information|UID|GID"
        rf"|expiration|inactive|primary)|\s*+\Z|,)|\bowned by ['`]{USER}'|\bto ['`](?!/"
        rf"|[0-9]{{1,9}}'){USER}'\s*+\Z"
        rf"|\bpassword (?:expiry )?for ['`]?{USER}'?(?:\s*+\Z|,| changed by ['`]{USER}')",
        "add '«bob»' to shadow group 'sudo'",
        "group 'x' removed from /etc/group",
        hint=r"(?:['`]|for )[^\s'`]{1,64}",
    ),
    Phrase(
        "su",
        ("bad su ", "/dev/pts", "/dev/tty"),
        rf"\bBAD SU {USER} to {USER} on\b|(?:^|\s)[+-] \S{{1,30}} {USER}:{USER}(?=\s|\Z)|(?:^|\s){USER} to "
        rf"{USER} on /dev/",
        "BAD SU «bob» to root on /dev/ttyp0",
        "moved to archive on /dev/sda1",
    ),
    Phrase(
        "doas",
        ("ran command", "failed auth for", "not permitted for"),
        rf"(?:^|\s){USER} ran command|\b(?:failed auth|not permitted) for {USER}"
        rf"(?:: .{{1,200}} as {USER}\s*+\Z)?",
        "doas: «bob» ran command /usr/bin/id as root from /",
        "the shell ran command x and it is not permitted for the",
    ),
    Phrase(
        "cron",
        ("unsafe (", "crontab of ", "home of ", "reload (", "failed to authorize", "orphan"),
        rf"\((?P<user>[^\s()*]++)\) (?:UNSAFE|DEATH|RELOAD|FAILED)|\((?:cron|crontabs|tabs)/{USER}\)|\b(?:cr"
        rf"ontab|home) of {USER}",
        "(«bob») RELOAD (crontabs/«bob»)",
        "(*system*) RELOAD (/etc/crontab)",
    ),
    Phrase(
        "FTP",
        (" ftp ", 'client "', "ftp login"),
        rf"\b[ab] [_CUT] [io] [arg] {USER} ftp [01] |\bClient \"[^\"]{{1,60}}\", \"USER {USER}\"|\bFTP LOGIN "
        rf"(?:FAILED )?FROM"
        rf" (?:{HOST} ?)?\[{ADDRESS}\], {USER}",
        "1 192.0.2.1 1024 /in/x.csv b _ i r «bob» ftp 0 * c",
        'CONNECT: Client "192.0.2.1"',
    ),
    Phrase(
        "SQL",
        (" role ", "owner to ", "grant ", "revoke ", "set role", "setuser ", "session authorization"),
        rf"\b(?:(?:CREATE|ALTER|DROP|SET) ROLE|OWNER TO|GRANT [^;\n]{{1,160}}? TO|REVOKE [^;\n]{{1,160}}? FRO"
        rf"M|SESSION AUTHORIZATION"
        rf"|(?:create|alter|drop) role|owner to|SETUSER|setuser)(?: IF (?:NOT )?EXISTS)? [\"'`]?{USER}",
        "ALTER TABLE orders OWNER TO «bob»",
        "grant access to the table and SET ROLE NONE",
    ),
    Phrase(
        "PostgreSQL",
        ("user name (", '"host', "host all", "role"),
        rf"\buser name \({USER}\)|\b(?:host|hostssl|hostnossl|local)\s{{1,8}}\S{{1,64}}\s{{1,8}}{USER}\s"
        rf"{{1,8}}{ADDRESS}(?:/[0-9]{{1,3}})?\s{{1,8}}"
        r"(?:md5|scram-sha-256|trust|peer|ident|cert|ldap|password|reject)",
        "provided user name («bob») and authenticated user name («bob2») do not match",
        "host all all 192.0.2.1/32 md5",
        hint=r"user name \(|(?:md5|scram-sha-256|trust|peer|ident|cert|ldap|password|reject)",
    ),
    Phrase(
        "MySQL",
        ("connect", "error connecting", "entry '"),
        rf"\bConnect\s{{1,4}}{USER_AT}@(?:{HOST} )?|\b(?:to master|entry) '{USER_AT}@{HOST}",
        "7 Connect   «bob»@«saturn» on shop using TCP/IP",
        "Connect failed",
        hint=r"@",
    ),
    Phrase(
        "Redis",
        ('"auth" "', '"setuser"'),
        rf"\"(?:AUTH|auth|SETUSER)\" \"{USER}\" \"",
        '1772445600.123 [0 192.0.2.1:5000] "AUTH" "«bob»" "x"',
        '"AUTH" "x"',
    ),
    Phrase(
        "databases",
        (
            "db::exception: ",
            "authentication of [",
            "authenticated successfully",
            "permissions: set(",
            "u'",
            'users "',
        ),
        rf"\bDB::Exception: {USER}: Authentication|\bpermissions: Set\({USER}(?:, {USER})?\)|, u'{USER}'\)|"
        rf"\bAuthentication of \[{USER}\]|\busers \"{USER}\" not found|(?:^|:\s){USER} (?:has )?authenticate"
        rf"d successfully",
        "DB::Exception: «bob»: Authentication failed: password is incorrect",
        "users with view permissions: Set()",
        hint=r"DB::Exc|Set\(|u'|uthentication of \[|users .|authenticated successfully",
    ),
    Phrase(
        "Hadoop",
        (
            *("(auth:", "ugi=", "src=/user/", "dst=/user/", "path=/user/", "auth failed for"),
            "/.staging",
        ),
        rf"(?<![\w/.@]){USER_AT}(?:/(?P<host>[A-Za-z][\w.-]*+))?(?:@[\w.-]{{1,60}})? \(auth:[A-Z]|\bAuth fai"
        rf"led for [\d.:]{{7,30}}:{USER}|\bugi={USER}|\b(?:src|dst|path)=/user/{USER}"
        rf"|/staging/{USER}/\.staging",
        "allowed=true ugi=«bob» (auth:SIMPLE) ip=/192.0.2.1 cmd=open src=/x",
        "ugi= cmd=open (auth:SIMPLE)",
    ),
    Phrase(
        "Kafka",
        ("user:",),
        rf"\bUser:{USER}(?= (?:is|has|cannot|can)\b)",
        "Principal = User:«bob» is Denied Operation = Write",
        "User: is denied",
    ),
    Phrase(
        "AWS",
        ("arn:aws",),
        rf"\barn:aws[\w-]{{0,10}}:(?:iam|sts)::(?:[0-9]{{0,12}}|\S{{0,30}}):(?:user|federated-user|assumed-ro"
        rf"le/[\w+=,.@-]{{1,64}})(?:/[\w+=,.@-]{{1,64}}(?=/))"
        rf"{{0,4}}/{USER}",
        "arn:aws:iam::123456789012:user/dev/«bob» is not authorized to perform: s3:GetObject",
        "arn:aws:iam::123456789012:role/admin assumed",
    ),
    Phrase(
        "AWS",
        ("principalid",),
        rf"(?i)principalid\\{{0,3}}[\"']?\s{{0,2}}[:=]\s{{0,2}}\\{{0,3}}[\"']?(?:[A-Z0-9]{{16,40}}|\[secret:"
        rf"\w{{1,30}}\]):{USER}",
        'x "principalId":"AROAEXAMPLEEXAMPLE12:«bob»"',
        '"principalId":"[secret:aws_key]"',
    ),
    Phrase(
        "FreeIPA",
        ("user_", "givenname=", "sn='"),
        rf"\buser_[a-z]{{2,20}}(?:/[0-9])?\('{USER}'|\b(?:givenname|sn|cn|displayname)='(?P<user>[^'\r\n]"
        rf"{{1,80}}+)'",
        "INFO: x: user_add/1('«carol»', givenname='«Carol»', sn='«Meyer»'): SUCCESS",
        "user_show/1(): SUCCESS",
    ),
    Phrase(
        "Kerberos",
        ("client=", "authenticate as: ", "domain "),
        rf"\bclient=(?P<user>[A-Za-z][\w.-]*+)(?=/(?![0-9])|@[A-Z])|\bauthenticate as: {USER}|\bJoined d"
        rf"omain \S"
        rf"{{1,90}} as {USER}",
        "kadm5_get_principal, x, success, client=«adm»/admin@EXAMPLE.COM, service=kadmin",
        "client=192.0.2.1",
        hint=r"client=[A-Za-z]|authenticate as|Joined domain",
    ),
    Phrase(
        "nslcd",
        ("<passwd=", "<authc=", "<authz=", "<shadow=", "<group/member=", 'key "'),
        rf"<(?:passwd|authc|authz|group/member|shadow)=\"{USER}\">|\bkey \"{USER}\" not found in map",
        '[8b4567] <passwd="«bob»"> no available LDAP server found',
        '<passwd=""> x',
    ),
    Phrase(
        "Samba",
        ("|",),
        rf"(?:^|\s|\\){USER}\|{ADDRESS}\|(?:{HOST}\|)?[\w$-]{{1,64}}\|(?=\w{{2,40}}\|(?:ok|fail))",
        "CORP\\«bob»|192.0.2.1|share|mkdir|ok|x",
        "a|b|c|d|ok|x",
        hint=r"\|(?:ok|fail)",
    ),
    Phrase(
        "applications",
        (
            "name ",
            "login failed",
            "login failure",
            "tried to login",
            "logged in from",
            "session opened for",
            "session closed for",
        ),
        rf"(?i)\b(?:user ?name|login name|account name)s?{S}(?:[\"'`\[<]|\\\"){USER}|\buser ?name{S}{USER}(?="
        rf",|\s*+\Z| \[|\s(?:and/or|or|and) password|\.\s|\.?\Z)"
        rf"|\blogin fail(?:ed|ure):? [\"'`]{USER}[\"'`]|[\"'`]{USER}[\"'`] tried to log|\[{USER}\]:? (?:has )"
        rf"?logged (?:in|out)"
        rf"|\bsession (?:opened|closed) for {USER}(?=\.|\s*+\Z)",
        "Login failed: '«bob»' (Remote IP: '192.0.2.1')",
        "Unknown user name or bad password; login failed: no",
        hint=r"(?i)name\s|login fail|tried to log|\] ?:? ?(?:has )?logged |session (?:opened|closed) for ",
    ),
    Phrase(
        "applications",
        (
            "user denied: ",
            "new user: ",
            "requested-by: ",
            "denied to ",
            "for client : ",
            "queued by ",
            "operator ",
            "context ",
        ),
        rf"(?i)\b(?:user denied:|new user:|requested-by:|denied to|for client :|queued by){S}[\"']?(?!name=)"
        rf"{USER}(?=[\s\"'.,(/]|\Z)",
        "remote: Permission to x/y.git denied to «bob».",
        "access denied to the server, queued by a",
    ),
    Phrase(
        "applications",
        ("started by user ", "author: ", "-by: ", "submitted by ", "approved by ", "assigned to "),
        rf"\bStarted by user (?:{_FULL}|{USER})|\b(?:Author|Committer|[A-Z][a-z]{{2,12}}(?:-[a-z]{{2,12}})?-b"
        rf"y): {_FULL}(?=\s*+\Z| <|,)"
        rf"|\b(?:[Ss]ubmitted|[Aa]pproved|[Rr]eviewed|[Aa]ssigned|[Rr]equested|[Cc]reated|[Cc]hanged) (?:by|"
        rf"to) {_FULL}",
        "Started by user «Bob Builder»",
        "Started by user request; approved by the Board",
    ),
    Phrase(
        "applications",
        ("user=", ") for ", "[", "chrooted to"),
        rf"\buser=[\w.$-]{{1,64}}\({USER}\)|\bfrom \S{{1,90}} \({ADDRESS}\) for {USER}:|(?:^|\s)\[{USER}\]: "
        rf"logged|(?:^|\s){USER} chrooted",
        "AUDIT - user=x(«bob») partition=[All]",
        "user=(1) and [7]: started",
        hint=r"user=[^\s(]+\(|\) for [^\s:]+:|\]: logged|chrooted",
    ),
    Phrase(
        "applications",
        (" @",),
        r"\b(?:from|by|to|for|user|mention(?:ed)?|reply) @(?P<user>[A-Za-z_][\w.-]*+)(?![\w@/])",
        "Update 7 from @«bob»: /start",
        "imported from @angular/core",
    ),
    Phrase(
        "commands",
        (" -u", " --user", " -l ", "/user:", "/u ", " /ru "),
        r"(?i)\b(?:sudo|runuser|su|mysql\w{0,8}|mariadb[\w-]{0,8}|psql|pg_\w{3,10}|createdb|curl|docker|podma"
        r"n|mongo\w{0,8}|cqlsh|smbclient|net"
        r"|psexec\w{0,2}|runas|schtasks|wmic|cmdkey|ssh|slogin|rlogin|sqlcmd|redis-cli|svn|rabbitmqadmin|mosq"
        r"uitto_\w{3}|wget|az|influx|chpst"
        r"|bcp|isql|osql|tsql|pkill|pgrep|ps|crontab|cadaver|lftp|ldapsearch|rdesktop|xfreerdp|oc|helm|p"
        r"kexec|sshpass|rsync|ipmi"
        r"tool|snmpwalk|vncviewer|vault)"
        rf"\b[^\n|;]{{0,160}}? (?:(?:-u|--user(?:name)?|--http-user|-username|--login|-l|/ru|/u)[ =]|/user:)"
        rf"{_GIVEN}",
        "ran mysql -h db -u «bob» -p shop",
        "sort -u names; mysql -u 1000; tar -u x",
        hint=r"(?i) (?:-u|--user|--http-user|-username|--login|-l|/r?u )|/user:",
    ),
    Phrase(
        "commands",
        (
            "su - ",
            "su -l ",
            "kinit ",
            "chpasswd",
            "add_user ",
            "change_password ",
            "htpasswd ",
            "net user ",
            "chown ",
        ),
        rf"\b(?:(?<![\w-])su (?:- |-l )(?=[^\s]{{1,64}}(?:\s*+\Z| -c|[;&|\"']))|kinit (?:-\w{{1,8}} ){{0,4}}|"
        rf"("
        rf"?:add_user|change_password|set_user_tags|delete_user|authenticate_user) |net user )"
        rf"[\"']?{USER}(?=[\s\"'@;]|\Z)|\becho [\"']?{USER}:\S{{1,90}} \| chpasswd|\bhtpasswd (?:-\w{{1,8}} )"
        rf"{{1,4}}\S{{1,120}} {USER}"
        rf"|\bchown (?:-R )?(?!root|www-data|[0-9]){USER}(?=:)",
        "ran rabbitmqctl add_user «bob» x",
        "ran su - 7 and kinit",
    ),
    Phrase(
        "commands",
        (";user id=", ";uid=", "thin:", "sqlplus ", "impdp ", "expdp ", "machine ", "username="),
        rf"(?i);\s?(?:user id|uid)={USER}(?=;|\Z|\")"
        rf"|\bthin:{USER}/|\b(?:sqlplus|impdp|expdp) (?:-\w{{1,4}} )?{USER}/"
        rf"|\bmachine {HOST} login {USER}",
        "Server=x;Database=shop;User Id=«bob»;Password=x",
        "uid=1000;gid=1000",
    ),
    Phrase(
        "Windows",
        ("on behalf of user ",),
        rf"(?i)\bon behalf of user (?:\S{{1,20}}\\)?{USER}",
        "initiated the restart of the computer on behalf of user CORP\\«bob» for the following reason",
        "on behalf of the user",
        folds_case=True,
    ),
    Phrase(
        "hashes and honeypots",
        ("login attempt [", ":$", ":[secret:"),
        rf"\blogin attempt \[(?:b')?{USER}'?/|(?<![\w./-]){USER}:(?=\$(?:[1256y]|2[abxy]|apr1|gy|argon\w"
        rf"{{1,4}})\$|\[secret:(?:b?crypt|hash))",
        "login attempt [b'«bob»'/b'x'] succeeded",
        "login attempt []",
    ),
)
