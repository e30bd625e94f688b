"""What applications, stores, clients and commands of shells write about users."""

from __future__ import annotations

from lumber.privacy.phrases.phrase import HOST, USER, USER_AT, Phrase

_QUOTE = r"\\{0,3}[\"']"

PHRASES = (
    Phrase(
        "OpenSSH",
        (' id "', "krb5 principal", "authorized to "),
        rf"\bID \"{USER}\" (?:\(?serial|CA)|\b[Aa]uthorized to {USER}, krb5 principal {USER_AT}@",
        'matching cert: ID "«bob»" serial 7 CA ED25519 SHA256:x',
        "authorized to run, ID 7",
    ),
    Phrase(
        "Dropbear",
        ("exit (",),
        rf"\bExit \({USER}\) from <",
        "Exit («bob») from <192.0.2.1:5000>: Disconnect received",
        "Exit (1) from the shell",
    ),
    Phrase(
        "Kerberos",
        ("principal ",),
        rf"(?i)\b(?:for|krb5|client|user) principal [\"']?{USER_AT}(?=@[A-Z]|[\"']?(?:\s*+\Z|[,;:]))",
        "Preauthentication failed for principal «bob»",
        "for principal reasons and the user principal name",
    ),
    Phrase(
        "auditd",
        ('a0="', "argc="),
        rf"\ba0=\"(?:/usr)?(?:/s?bin/)?(?:useradd|userdel|usermod|adduser|deluser|passwd|chage|su|gpasswd|ki"
        rf"nit)\"(?: a[0-9]{{1,2}}=\"-[^\"\s]{{0,40}}\"){{0,6}} a[0-9]{{1,2}}=\"(?!-){USER}\"",
        'argc=3 a0="useradd" a1="-m" a2="«bob»"',
        'argc=2 a0="ls" a1="x"',
    ),
    Phrase(
        "PostgreSQL",
        ('identity="',),
        rf"\bidentity=\"{USER}\" method=",
        'connection authenticated: identity="«bob»" method=scram-sha-256',
        'identity="" method=trust',
    ),
    Phrase(
        "Hadoop",
        ("namesystem.", "hdfs://"),
        rf"(?:\bNameSystem\.\w{{3,40}}: |\bhdfs://[^\s/]{{0,100}})/user/{USER}/",
        "BLOCK* NameSystem.allocateBlock: /user/«bob»/part-0. blk_7",
        "NameSystem.addBlock: /tmp/x",
    ),
    Phrase(
        "Vault",
        ("login/", '"userpass-', '"ldap-', '\\"userpass-', '\\"ldap-'),
        rf"\bauth/[\w-]{{1,40}}/login/{USER}|{_QUOTE}(?:userpass|ldap)-(?P<user>[^\s\"'\\]++)(?={_QUOTE})",
        '"display_name":"userpass-«bob»" and auth/userpass/login/«bob»',
        "GET /login/ and auth/token/create",
    ),
    Phrase(
        "Dovecot",
        ("imap-hibernate(", "imap-urlauth(", "dsync", "lmtp-proxy("),
        r"\b(?:imap-hibernate|imap-urlauth|dsync(?:-\w{1,12})?|lmtp-proxy)\((?P<user>[^\s(),<>]++)\)",
        "imap-hibernate(«bob»): Connection closed",
        "imap-hibernate: Connection closed",
    ),
    Phrase(
        "Ceph",
        ("entity_name client.",),
        rf"\bClient (?:{USER} )?\(?entity_name client\.{USER}",
        "Client «bob» (entity_name client.«bob») failing to respond to capability release",
        "Client failing",
    ),
    Phrase(
        "applications",
        ("token", "ticket", "invitation", "api key", "otp"),
        r"(?i)\b(?:token|ticket|invitation|api key|otp)(?: (?:was |has been )?(?:issued|created|revoked|refr"
        rf"eshed|expired|generated|sent|renewed))? (?:for|to) (?:user )?[\"'`]?{USER}"
        r"(?=[\"'`]|\s*+\Z|[,.;:)]|\s(?:exp|from|on|at|in|until|via|expires|with|by|ip|is|was|has)\b)",
        "INFO auth: token issued for «bob» exp=7",
        "token for the session, ticket for this request",
    ),
    Phrase(
        "applications",
        (" by", "(by"),
        r"(?i)(?:\b(?:archived|rebuilt|merged|published|deployed|invited|banned|kicked|renamed|imported|expor"
        r"ted|pushed|paused|resumed|cleared|enabled|disabled|promoted|demoted|muted|signed|booked|confirmed|d"
        rf"ismissed|escalated|closed|resolved) by (?:user )?[\"'`]?|(?<![\w.-])by=\"?){USER}"
        r"(?=[\"'`]|\s*+\Z|[.,;)]|\s(?:on|at|from|to|via|in|using|with|for)\b)",
        "Repository group/app was archived by «bob»",
        "closed by peer, disabled by default and signed by the CA",
        hint=r"(?i)ed by |rebuilt by |by=",
    ),
    Phrase(
        "applications",
        ("logging in as", "login failed: ", "failed to log", "with login ", "authid"),
        rf"(?i)\blogging (?:in|on) as {USER}|\blogin failed: {USER} \(|\bwith login [\"'`]{USER}"
        rf"|\bfailed to log ?in (?:as )?[\"'`]?{USER}(?=[\"'`]|\s*+\Z)|\bAUTHID\s{{0,4}}: {USER}",
        "Login failed: «bob» (Remote IP: 192.0.2.1)",
        "Login failed: wrong password",
    ),
    Phrase(
        "Rails",
        ('["login"', '["username"', '["user_name"', '["email"'),
        r"\[\\{0,3}\"(?:login|username|user_name|email)\\{0,3}\", \\{0,3}\"(?P<user>[^\s\"\\]++)\\{0,3}\"\]",
        '[["login", "«bob»"], ["LIMIT", 1]]',
        '[["LIMIT", 1]]',
    ),
    Phrase(
        "LDAP",
        ("newrdn=", "newrdn:"),
        rf"(?i)\bnewrdn[=:] ?\"?(?:uid|cn)={USER}",
        'MODRDN dn="x" newrdn="uid=«bob»"',
        'MODRDN newrdn="ou=people"',
    ),
    Phrase(
        "PowerShell",
        ("-aduser", "-localuser", "-adaccount", "-credential ", "-identity ", "-mailbox"),
        r"(?i)(?:-(?:AD(?:User|Account|AccountPassword)|LocalUser|Mailbox)\b(?: -(?:Identity|Name|SamAccountN"
        r"ame))?|-Credential) [\"']?(?:[\w.-]{1,30}\\{1,2})?(?P<user>(?!-)[^\s\"'\\$()@{,;|]++)",
        "Get-ADUser -Identity «bob» -Properties *",
        "Get-ADUser -Filter * and -Credential (Get-Credential)",
        folds_case=True,
    ),
    Phrase(
        "Windows",
        ("display name:", "full name:"),
        r"(?i:\b(?:display|full) name):\s{1,24}(?P<user>(?!(?-i:[A-Z][a-z]{1,20} Name:))[A-Z][\w'.-]{1,40}"
        r"(?: [A-Z][\w'.-]{0,40}){1,3}?)(?=\s\s|\s*+\Z|[\t\r\n,;]"
        r"|\s(?:[A-Z][a-z]{1,20} ){0,2}[A-Z][\w-]{0,40}:)",
        "Display Name:\t\t«Dave Miller»",
        "Display Name:\t\t-",
    ),
    Phrase(
        "chat",
        ("@", "client connected '", "> authenticated", "] connected", "authenticated user "),
        rf"(?<![\w@/.:])@(?P<user>[A-Za-z_][\w.=-]{{0,60}}):(?=[A-Za-z][\w-]*+\.[A-Za-z])"
        rf"|\bclient connected '{USER}'\(id:|<[0-9]{{1,8}}:{USER}\([0-9-]{{1,8}}\)>|\[{USER}\] "
        rf"(?:dis)?connected from |\bauthenticated user [0-9]{{1,10}} as {USER}",
        "matrix: @«bob»:chat.example.net joined",
        "@angular/core: 17 and [7] connected",
        hint=r"@[A-Za-z_][\w.=-]*:[A-Za-z]|client connected|\)> |connected from|authenticated user",
    ),
    Phrase(
        "CouchDB",
        (" get /", " put /", " post /", " head /", " delete /"),
        rf"\b(?:[0-9]{{1,3}}\.){{3}}[0-9]{{1,3}} {USER} "
        r"(?=(?:GET|PUT|POST|HEAD|DELETE) /\S{0,250} [0-9]{3} )",
        "x:5984 192.0.2.1 «bob» GET /db/_all_docs 200 ok 5",
        '192.0.2.1 - - [x] "GET / HTTP/1.1" 200 5',
        reads_digits=True,
        hint=r"[0-9] \S+ (?:GET|PUT|POST|HEAD|DELETE) /",
    ),
    Phrase(
        "Minecraft",
        ("[/", " game", "info]: <"),
        rf"(?:\]: |^){USER}\[/|\]: {USER} (?:joined|left) the game|INFO\]: <{USER}>",
        "[Server thread/INFO]: «bob»[/192.0.2.1:5000] logged in with entity id 7",
        "started the game, [/etc]",
    ),
    Phrase(
        "commands",
        ("mysql", "mariadb"),
        r"\b(?:mysql|mariadb)\w{0,10}(?:-\w{1,10})?\b[^\n|;]{0,80}? -u(?P<user>[A-Za-z][^\s\"']*+)",
        "ran mysql -u«bob» -p shop",
        "ran mysql -u",
    ),
    Phrase(
        "commands",
        ("/u:", "mc alias set ", "mc config host add "),
        rf"(?i)\b(?:xfreerdp|wfreerdp|freerdp|rdesktop)\b[^\n|;]{{0,120}}? /u:(?:[\w.-]{{1,30}}\\)?{USER}"
        rf"|\bmc (?:alias set|config host add) \S{{1,40}} https?://{HOST}(?::[0-9]{{1,5}})?/? {USER} ",
        "ran xfreerdp /u:«bob» /p:x",
        "ran mc alias list",
    ),
    Phrase(
        "commands",
        ("useradd ", "usermod "),
        rf"\b(?:useradd|usermod)(?: -[\w-]{{1,20}}){{0,6}} (?:-p|--password) '?[^\s']{{4,200}}'? {USER}"
        r"(?=\s*+\Z|[\s;&|\"'])",
        "ran useradd -p '[secret:crypt_hash]' «bob»",
        "ran useradd -p",
    ),
)
