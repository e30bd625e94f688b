"""What daemons write about sessions and changes in further forms: logins, databases, builds and devices."""

from __future__ import annotations

from lumber.privacy.phrases.phrase import ADDRESS, HOST, QUOTED, USER, Phrase, S

_FULL = r"(?P<user>[A-Z][\w.'-]{1,30}(?: [A-Z][\w.'-]{0,30}){1,3})"
_END = r"(?=[.,;:]?(?:\s|\Z))"

PHRASES = (
    Phrase(
        "Junos",
        ("n/a)",),
        rf"\s(?!N/A\(){USER}\(N/A\)",
        "source rule 1 N/A N/A 6 allow trust untrust 17 «bob»(N/A) ge-0/0/1.0",
        "6 allow trust untrust 17 N/A(N/A) ge-0/0/1.0",
    ),
    Phrase(
        "Palo Alto",
        ("globalprotect,",),
        r"GLOBALPROTECT,(?:[^,\n]{0,60},){3}\S{1,20} ?[^,\n]{0,20},(?:[^,\n]{0,60},){3,6}?"
        rf"(?:(?:[\w.-]{{1,40}}\\{{1,2}}){USER}"
        r"|(?P<user>[A-Za-z][\w.-]*+)(?=,[A-Z]{2},)),",
        "7,GLOBALPROTECT,0,2305,2026/03/02 10:00:00,vsys1,gateway-auth,login,LDAP,,corp\\«bob»,DE,x,",
        "7,GLOBALPROTECT,0,2305,2026/03/02",
        folds_case=True,
    ),
    Phrase(
        "OpenSSH",
        ("id ",),
        rf"\sID {USER} \(serial [0-9]",
        "ssh2: RSA-CERT SHA256:x ID «bob» (serial 0) CA ED25519",
        "the ID of the message (serial 7)",
        hint=r" ID \S{1,64} \(serial",
    ),
    Phrase(
        "OpenSSH",
        ("root directory to ", "authorized keys for ", "status from "),
        rf"\broot directory to \"?/(?:[\w.-]{{1,30}}/){{1,3}}(?P<user>[a-z][\w.-]*+)\"?"
        rf"\s*+\Z|\bauthorized keys for {USER}{_END}|\bchanged status from [01] to [01] for {USER}{_END}",
        "Failed to get authorized keys for «bob»",
        'Changed root directory to "/" and the status from 0 to 1 for',
    ),
    Phrase(
        "shadow",
        ("' home from ", "' to '/", "wrong file owner", "wrong inode", "login on :", "bad file mode"),
        rf"\bchange user '{USER}' home from '/[^']{{0,60}}' to '/(?:[\w.-]{{1,30}}/){{1,3}}{USER}'"
        r"|\((?P<user>[^\s()*]++)\) (?:WRONG|BAD) (?:FILE OWNER|INODE|FILE MODE)"
        rf"|(?:^|:\s){USER} login on :[0-9]",
        "usermod: change user '«bob»' home from '/home/x' to '/srv/«bob»'",
        "(*system*) WRONG FILE OWNER (/etc/cron.d/job)",
        hint=r"home from|WRONG|BAD|login on :",
    ),
    Phrase(
        "auditd",
        ('id="',),
        r"(?<![A-Za-z_-])(?:[OSFE]|O[UG]|S[UG]|FS[UG]|E[UG]|OLD-A?U)?ID=\"(?P<user>(?!unset|unknown|root\")"
        r"[A-Za-z_][^\s\"]{1,63}+)\"",
        'ouid=1000 rdev=00:00 nametype=NORMAL OUID="«bob»" OGID="«bob»"',
        'AUID="unset" OUID="0" and id="title"',
        hint=r"ID=\"[A-Za-z_]",
    ),
    Phrase(
        "Windows",
        (',"ias",',),
        rf"\"{HOST}\",\"IAS\",[^,\n]{{1,12}},[^,\n]{{1,10}},[0-9]{{1,3}},\"(?:[\w.-]{{1,40}}\\{{1,2}})?{USER}\",",
        '"«nps1»","IAS",03/02/2026,10:00:00,1,"«bob»",,"x"',
        '"x","IAS",03/02/2026',
        folds_case=True,
    ),
    Phrase(
        "IIS",
        (" get /", " post /", " head /", " put /", " options /"),
        rf"\s(?:GET|POST|HEAD|PUT|DELETE|OPTIONS|PROPFIND) /\S{{0,200}} \S{{1,200}} [0-9]{{2,5}} (?!-){USER} "
        rf"{ADDRESS} \S",
        "192.0.2.1 GET /portal - 443 «bob» 192.0.2.2 Mozilla/5.0 - 200 0 0 31",
        "192.0.2.1 GET /portal - 443 - 192.0.2.2 Mozilla/5.0 - 200 0 0 31",
        folds_case=True,
        hint=r"(?:GET|POST|HEAD|PUT|DELETE|OPTIONS|PROPFIND) /\S{0,200} \S{1,200} [0-9]{2,5} ",
    ),
    Phrase(
        "name services",
        ("with input [", "getpwnam ", "sec_context failed for ", "session setup for ", "getgrouplist "),
        rf"\bwith input \[{USER}\]|\bgetpwnam:? {USER}{_END}|sec_context failed for {USER}{_END}"
        rf"|\bsession setup for {USER} (?:failed|succeeded)",
        "winbindd: getpwnam «bob»",
        "with input [] and getpwnam failed, session setup for the client failed",
    ),
    Phrase(
        "Samba",
        ("make_connection_snum",),
        r"\bmake_connection_snum: '/(?:[\w.-]{1,40}/){0,3}(?P<user>[^/']{2,40})' does not exist",
        "make_connection_snum: '/srv/«bob»' does not exist or permission denied when connecting to [homes]",
        "make_connection_snum: failed",
    ),
    Phrase(
        "Dovecot",
        ("auth(",),
        rf"\bauth\({USER},{ADDRESS}",
        "auth: Debug: auth(«bob»,192.0.2.1): Auth request finished",
        "auth(?,192.0.2.1)",
    ),
    Phrase(
        "Postfix",
        (" command: <",),
        rf"\bin (?:MAIL|RCPT) command: <{USER}>",
        "warning: Illegal address syntax from x[192.0.2.1] in MAIL command: <«bob»>",
        "in MAIL command: <>",
    ),
    Phrase(
        "mail",
        ("messages for ", "message for ", "delivered to ", " sent file "),
        rf"\b[0-9]{{1,9}} (?:new )?messages? for {USER} at {HOST} \(|\b(?:getmail|msg \S{{1,40}}): "
        rf"delivered to {USER}{_END}|(?:^|:\s){USER} (?:sent|received|deleted|renamed) file /",
        "fetchmail: 3 messages for «bob» at «mail.example.net» (12345 octets).",
        "no messages for the queue, delivered to mailbox",
        hint=r"messages? for \S+ at |delivered to |file /",
    ),
    Phrase(
        "FTP",
        ("> retr", "> stor", "> user", "> pass", "> list", "> quit", "> cwd", "> logged on", "> 2", "> 5"),
        rf"\s- {USER} \({ADDRESS}\)> ?(?:[A-Z]{{3,4}}\b|[0-9]{{3}} |[Ll]ogged)",
        "(000001) 3/2/2026 10:00:00 AM - «bob» (192.0.2.1)> RETR a.txt",
        "(000001) 3/2/2026 10:00:00 AM - (not logged in) (192.0.2.1)> QUIT",
        hint=r"\)> ?[A-Z0-9]",
    ),
    Phrase(
        "autofs",
        (":/export/", ":/home/", ":/users/"),
        rf"(?<![\w/])[A-Za-z][\w.-]{{1,80}}:/(?:export|home|users)(?:/home)?/{USER}"
        r"(?= failed| on /|\s*+\Z|:)",
        "mount(nfs): nas7:/export/«bob» failed",
        "nas7:/export failed",
    ),
    Phrase(
        "SQL",
        ("mapping for ", "permissions for '", "user tags for '", "password for '", "limits for '"),
        rf"(?i)\buser mapping (?:if (?:not )?exists )?for {QUOTED}(?= server\b)"
        rf"|\b(?:permissions|tags|limits|password) for '{USER}'",
        "CREATE USER MAPPING FOR «bob» SERVER remote",
        "user mapping for the server is missing, permissions for ''",
        hint=r"(?i)mapping |(?:permissions|tags|limits|password) for '",
    ),
    Phrase(
        "PostgreSQL",
        (' utc,"', ' cet,"', ' cest,"', ' gmt,"', ' est,"', ' pst,"'),
        rf"^[0-9-]{{10}} [0-9:.]{{8,12}} [A-Z]{{3,4}},\"{USER}\",\"[^\"]{{0,63}}\",[0-9]{{1,9}},",
        '2026-03-02 10:00:00.123 UTC,"«bob»","shop",4711,"x",y.1a,1,"SELECT"',
        "2026-03-02 10:00:00.123 UTC,,,4711,,y.1a,1",
    ),
    Phrase(
        "MariaDB",
        (",failed_connect,", ",connect,", ",disconnect,", ",query,", ",read,", ",write,"),
        rf"^[\w:. -]{{0,60}},{HOST},{USER},(?:{HOST}|{ADDRESS}),[0-9]{{1,12}},[0-9]{{1,12}},[A-Z_]{{3,20}},",
        "20260302 10:00:00,«db7»,«bob»,«ws-07»,12,0,FAILED_CONNECT,,,1045",
        "a,b,c,d,CONNECT,",
    ),
    Phrase(
        "Kafka",
        ("authenticationid=", "authorizationid="),
        rf"\bauth(?:entication|orization)ID=(?!null){USER}",
        "Successfully authenticated client: authenticationID=«bob»; authorizationID=«bob».",
        "authenticationID=null",
    ),
    Phrase(
        "authentication",
        (
            "finally failed for ",
            "unable to authenticate ",
            "login successful: ",
            "two-factor authentication ",
            "do not match: ",
            "running as ",
            "radius: ",
            "failed login",
            "logged in as ",
        ),
        rf"(?i)\b(?:authentication finally failed for|unable to authenticate|(?<!\[)login successful:"
        rf"|two-factor authentication (?:enabled|disabled|reset|required) for|do not match:){S}(?:user{S})?"
        rf"{QUOTED}(?:@\S{{1,90}})?(?=['\"`>\]]?(?:[.,;:]?\s*+\Z| from\b))"
        rf"|\bradius: {USER} authenticated|(?:^|:\s){USER} failed login\b",
        "Authentication finally failed for «bob» from 192.0.2.1:40022",
        "unable to authenticate because of the timeout; Login successful: yes, running as service",
        hint=r"(?i)finally failed for|unable to auth|successful:|two-factor|not match:|radius:|failed login",
    ),
    Phrase(
        "credentials",
        ("creds", "credentials ", "auth ", "tried ", "trying ", "login ", ":::"),
        r"(?i)\b(?:basic auth|auth(?:enticat(?:ed|ion|ing))? (?:with|using)|logged in (?:with|using)|tried"
        r"|trying|credentials|creds|login)(?:[:=]\s{0,2}|\s)(?!https?:|tcp|udp|/)(?P<user>[A-Za-z][\w.$-]{0,63})"
        r"(?=[:/](?:\[secret|\Z))|^(?!Administrator|Guest)(?P<user>[A-Za-z][\w.$-]{0,63}):[0-9]{1,10}:[0-9a-f]{32}:",
        "basic auth «bob»:[secret:password] used",
        "tried tcp/443 and auth with key:value",
        hint=r"(?i)[:/](?:\[secret|$)|:[0-9]{1,10}:[0-9a-f]{32}:",
    ),
    Phrase(
        "Jenkins",
        (
            *("running as ", "created by ", "triggered by ", "started by ", " executed job "),
            " aborted ",
        ),
        rf"\bRunning as (?!SYSTEM|root|uid|user\b|PID){USER}\s*+\Z"
        rf"|\b(?:[Cc]reated|[Tt]riggered|[Ss]tarted) by {_FULL}\s*+\Z"
        rf"|(?:^|:\s){USER} (?:#[0-9]{{1,9}} Started by |executed job |aborted (?:build|job) )",
        "Running as «bob»",
        "Running as SYSTEM; created by Continuous Integration pipeline",
        hint=r"Running as |(?:reated|riggered|tarted) by |executed job |aborted ",
    ),
    Phrase(
        "version control",
        ("doer ", "] git-", " commit r", " commented on ", "review requested from ", "push by "),
        rf"\bDoer {USER} (?:pushed|created|deleted|forked)|(?:^|\s)\[{USER}\] git-(?:upload|receive)-"
        rf"|{ADDRESS} {USER} \S{{1,60}} commit r[0-9]|(?:^|\s)@?{USER} commented on (?:issue|PR|pull|#|merge)"
        rf"|\breview requested from @?{USER}{_END}|\bgit push by {USER}{_END}",
        "Gerrit: [«bob»] git-upload-pack.acme/app",
        "review requested from team; push by force",
        hint=r"Doer |git-|commit r|commented on|review requested|push by",
    ),
    Phrase(
        "GitLab",
        ('("', "(user "),
        rf"(?:^|:\s){_FULL} \(\"\S{{1,120}}\"\) (?:created|removed|updated|deleted|added|was)",
        '«Carol Meyer» ("x") created a new project "group / app"',
        'the error ("x") was set',
        hint=r"\(\"\S+\"\) (?:created|removed|updated|deleted|added|was)",
    ),
    Phrase(
        "SonarQube",
        ("[login|",),
        rf"\[login\|{USER}\]",
        "login failure[method|FORM][provider|LOCAL|local][IP|192.0.2.1|][login|«bob»]",
        "[login|]",
    ),
    Phrase(
        "Nagios",
        ("acknowledge_", "add_host_comment;", "add_svc_comment;", "schedule_host_", "schedule_svc_"),
        rf"\b(?:ACKNOWLEDGE_HOST_PROBLEM|ADD_HOST_COMMENT);{HOST};(?:[0-9]{{1,12}};){{1,5}}{USER};"
        rf"|\b(?:ACKNOWLEDGE_SVC_PROBLEM|ADD_SVC_COMMENT);{HOST};[^;\n]{{1,80}};(?:[0-9]{{1,12}};){{1,5}}{USER};"
        rf"|\bSCHEDULE_HOST_\w{{1,20}};{HOST};(?:[0-9]{{1,12}};){{2,7}}{USER};"
        rf"|\bSCHEDULE_SVC_\w{{1,20}};{HOST};[^;\n]{{1,80}};(?:[0-9]{{1,12}};){{2,7}}{USER};",
        "EXTERNAL COMMAND: ACKNOWLEDGE_SVC_PROBLEM;«saturn»;HTTP;1;1;0;«bob»;working on it",
        "EXTERNAL COMMAND: DISABLE_NOTIFICATIONS;1",
    ),
    Phrase(
        "VPN",
        ("main[", "worker[", "sec-mod["),
        rf"\b(?:main|worker|sec-mod)\[{USER}\]: ?{ADDRESS}",
        "ocserv: main[«bob»]:192.0.2.1:40022 user logged in",
        "main[4711]: started",
    ),
    Phrase(
        "TACACS",
        (" task_id=",),
        rf"{ADDRESS} {USER} (?:tty|vty|con)\S{{0,8}} \S{{1,45}} (?:start|stop|update) task_id=",
        "192.0.2.1 «bob» tty1 192.0.2.2 stop task_id=12 service=shell",
        "start task_id=12",
    ),
    Phrase(
        "CAS",
        ("who: ",),
        rf"\bWHO: (?!audit:unknown){USER} (?=WHAT:)|\bWHO: (?!audit:unknown){USER}\s*+\Z",
        "WHO: «bob» WHAT: [result=Service Access Granted]",
        "WHO: audit:unknown WHAT: x",
    ),
    Phrase(
        "sentences",
        (
            *("executed by ", "invoked by ", "rejected by ", "committed by ", "released by ", "bind as "),
            *("connected as ", "login failed: ", "user not found: ", "permissions of ", "api key of "),
            *("last login of ", "session of ", "key added for ", "assertion for ", "2fa failed for "),
            *("crontab for ", "kerberos ticket for ", " uploaded ", " downloaded "),
        ),
        rf"(?i)\b(?:executed|invoked|rejected|committed|released) by {USER}(?=[.,;:]?\s*+\Z)"
        rf"|\b(?:bind|connected) as {USER}(?=[.,;]?\s*+\Z| failed| from )"
        rf"|\b(?:login failed|user not found): {USER}(?=[.,;]?\s*+\Z)"
        rf"|\b(?:permissions|api key|last login|session) of {USER}(?= (?:updated|changed|revoked|terminated"
        r"|expired|opened|closed|ended)\b|: )"
        rf"|\b(?:key added|assertion|2fa failed|crontab|kerberos ticket) for {USER}(?=\s*+\Z| (?:accepted"
        r"|rejected|expired|installed|removed))"
        r"|(?:^|:\s)(?P<user>[a-z][\w.-]*+) (?:up|down)loaded [\w-]{1,60}\.[a-z0-9]{2,5}(?=[.,;]?\s*+\Z)",
        "API key of «bob» revoked",
        "permissions of the folder updated, rejected by filter",
        hint=r"(?i) (?:by|as|of|for) |: |loaded ",
    ),
    Phrase(
        "leases",
        ("by ",),
        r"\b(?:held|acquired lease \S{1,120}|lost lease \S{1,120}) by (?P<host>[A-Za-z][A-Za-z0-9.-]*+)"
        r"(?=_[0-9a-f]{8}-[0-9a-f]{4}-)",
        "lock is held by «ws-07»_8d5f1c2e-0000-4000-8000-000000000000 and has not yet expired",
        "held by another process",
        hint=r"by \S{1,120}_[0-9a-f]{8}-",
    ),
)
