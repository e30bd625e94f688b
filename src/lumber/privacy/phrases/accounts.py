"""What daemons write about accounts beside the usual forms of log-ins: refusals, checks and changes."""

from __future__ import annotations

from lumber.privacy.phrases.phrase import ADDRESS, HOST, USER, USER_AT, Phrase

_FULL = r"(?P<user>[A-Z][\w.'-]{1,30}(?: [A-Z][\w.'-]{0,30}){1,3})"

PHRASES = (
    Phrase(
        "OpenSSH",
        (
            *("login name ", "locked account ", "authentication tried for ", "options do not permit "),
            *(
                "authorized principal for ",
                "account has expired for ",
                "authctxt for ",
                "authorizedkeyscommand ",
            ),
        ),
        rf"\bLogin name {USER} does not match|\bLocked account {USER} tried"
        rf"|\bAuthentication tried for {USER} with "
        rf"|\boptions do not permit {USER} on |\bauthorized principal for {USER}"
        rf"|\baccount has expired for {USER} from"
        rf"|\bauthctxt for {USER}|\bAuthorizedKeysCommand \S{{1,120}} {USER} failed",
        "Locked account «bob» tried to log in",
        "key options do not permit agent forwarding; login name is missing",
    ),
    Phrase(
        "OpenSSH",
        ("initializing for ", "ruser ", " as '"),
        rf"\binitializing for \"{USER}\"|\bruser {USER} luser {USER}"
        rf"|\bAuthenticating to \S{{1,120}} as '{USER}'",
        "debug1: Authenticating to 192.0.2.1:22 as '«bob»'",
        "opened the file as 'binary', initializing for \"\"",
    ),
    Phrase(
        "PAM",
        (
            "getpwnam(",
            "too many logins ",
            "not permitted to log in at",
            "tally file for ",
            "already used for ",
        ),
        rf"\bgetpwnam\(\"?{USER}\"?\)|\bToo many logins \([^()]{{1,20}}\) for {USER}"
        rf"|:\s{USER} not permitted to log in at"
        rf"|\btally file for {USER}|\balready used for {USER}\s*+\Z",
        "pam_unix(cron:account): could not identify user (from getpwnam(«bob»))",
        "getpwnam() failed, too many logins for now",
    ),
    Phrase(
        "PAM",
        ("access denied to '", "access granted to '", "access to ", "failed to read ", "user unknown: "),
        rf"\bAccess (?:denied|granted) to '{USER}' for '{USER}'|\baccess to {USER_AT}@{HOST} as {USER}"
        rf"|\bFailed to read \"[^\"]{{1,200}}\" for \"{USER}\"|\bUser unknown: {USER}\s*+\Z",
        "pam_wheel(su:auth): Access denied to '«bob»' for '«carol»'",
        "user unknown: no entry; access to the share as a guest",
    ),
    Phrase(
        "PAM",
        ("account for ",),
        rf"\b(?:Unix )?account for {USER}(?= not found|\s*+\Z)",
        "Failed to find a Unix account for «bob»",
        "a new account for the project is free",
    ),
    Phrase(
        "sudo",
        ("tty=",),
        rf"^\s{{0,8}}{USER} : [^;\n]{{3,120}} ; TTY=",
        "«bob» : parse error in /etc/sudoers near line 17 ; TTY=pts/2 ; PWD=/tmp",
        "state : ok ; TTYS free",
    ),
    Phrase(
        "login",
        ("login failure",),
        rf"\bLOGIN FAILURES? (?:ON \S{{1,32}}|FROM {HOST}), {USER}|\bLOGIN FAILURES? FROM {HOST}",
        "2 LOGIN FAILURES ON ttyv0, «bob»",
        "LOGIN FAILURE on the console",
    ),
    Phrase(
        "rshd",
        (": cmd='", "login from ", "unix"),
        rf"@\S{{1,120}} as {USER}: cmd='|\blogin from {HOST} as {USER}"
        rf"|\bUSERID ?: ?(?:\w{{1,20}} )?UNIX ?: ?{USER}",
        "rexecd[7]: login from «nas7.example.net» as «bob»",
        "USERID: ftp UNIX :",
    ),
    Phrase(
        "systemd",
        ("(uid ", ": changing state "),
        rf"\(UID [0-9]{{1,10}}/{USER},|:\s{USER}: changing state ",
        "Delay lock is active (UID 1001/«bob», PID 7/gnome-shell) but inhibitor timeout is reached.",
        "(UID 1001, PID 7) and link: changing state",
    ),
    Phrase(
        "cron",
        ("failed to ", "error ", "can't open", "unauthorized", "wrong inode", "/cron/"),
        r"\((?P<user>[^\s()*/]{1,64}+)\) (?:FAILED to |ERROR chdir|CAN'T OPEN|UNAUTHORIZED|WRONG INODE)"
        r"|/spool/cron/(?!crontabs|tabs|at)(?P<user>[^\s()/]{1,64}+)(?=\)|\s|\Z)",
        "(«bob») WRONG INODE INFO (/var/spool/cron/«bob»)",
        "(pid 7) failed to start, error in /var/spool/cron/crontabs/",
    ),
    Phrase(
        "shadow",
        ("members of ", "(login '", " was added to group", " was removed from group"),
        rf"\bmembers of group \S{{1,64}} set by {USER} to {USER}|\bset members of \S{{1,64}} to {USER}"
        rf"|\(login '{USER}' on |(?:^|: ){USER} was (?:added to|removed from) group ",
        "members of group docker set by «carol» to «bob»",
        "the rule was added to group 7 of the members of the board",
    ),
    Phrase(
        "SSSD",
        ("input name: ",),
        rf"\bInput name: {USER}(?=\s*+\Z|@)",
        "[nss] [nss_getby_name] (0x0400): Input name: «bob»",
        "Input name: missing",
    ),
    Phrase(
        "Apache",
        ("file owner ", "gid: ("),
        rf"\bfile owner {USER} does not match|\buid: \([0-9]{{1,10}}/{USER}\) gid: \(",
        "uid: (1001/«bob») gid: (1001/www) cmd: form.cgi",
        "file owner does not match; gid: (1001/www)",
    ),
    Phrase(
        "Cisco ASA",
        ("built ",),
        rf"\bBuilt [^\n]{{20,240}}?/[0-9]{{1,5}}\)(?:\(LOCAL\\\S{{1,64}}\))? \({USER}\)\s*+\Z",
        "Built inbound TCP connection 7 for outside:192.0.2.1/4295 (192.0.2.1/64020) to inside:192.0.2.9/443 "
        "(192.0.2.9/443) («bob»)",
        "Built inbound TCP connection 7 for outside:192.0.2.1/4295 (192.0.2.1/64020)",
    ),
    Phrase(
        "Cisco IOS",
        ("privilege level ", "@pts/", "@tty"),
        rf"(?i)\bprivilege level (?:set to )?[0-9]{{1,2}} (?:failed |set )?by {USER} on "
        rf"|\b(?:start|update|stop):{ADDRESS}@(?:pts/|tty)[0-9]{{1,4}}:{USER}:",
        "%SYS-5-PRIV_AUTH_PASS: Privilege level set to 15 by «bob» on vty0 (192.0.2.1)",
        "privilege level 15 set by default",
    ),
    Phrase(
        "FortiGate",
        ("administrator ",),
        rf"\bAdministrator {USER} (?=(?:login|logged|added|changed|edited|deleted|restored)\b)",
        'msg="Administrator «bob» login failed from ssh(192.0.2.1) because of invalid password"',
        "the Administrator of this site was asked",
    ),
    Phrase(
        "Dovecot",
        ("cache(", "policy(", "oauth2(", "lua(", "checkpassword(", "dict("),
        r"\b(?:cache|policy|oauth2|lua|checkpassword|dict)\((?P<user>[^\s(),<>?]++),(?=(?:[0-9]{1,3}\.){3}"
        r"|[0-9a-fA-F]{0,4}:[0-9a-fA-F:]|ip_|\[address)",
        "auth: policy(«bob»,192.0.2.1,<x>): Authentication failure due to policy server refusal",
        "cache(7): expired and dict(x, y)",
    ),
    Phrase(
        "Asterisk",
        (
            "authenticate as '",
            "registration for peer '",
            "manager '",
            "to aor '",
            "endpoint ",
            "pjsip/",
            "sip/",
        ),
        rf"\bauthenticate as '{USER}'|\bregistration for peer '{USER}'|\bManager '{USER}' logged o"
        rf"|\bto AOR '{USER}'"
        rf"|\bEndpoint {USER} is now (?=Reach|Unreach)|\b(?:PJ)?SIP/(?![0-9]{{1,20}}[,\s\"]|UDP|TCP|TLS"
        rf"|WSS?\b)(?P<user>[A-Za-z][\w.-]{{1,60}}+)"
        r"(?=[,\"]|\s*+\Z)(?<!-[0-9a-f]{8})",
        "manager.c: Manager '«bob»' logged on from 192.0.2.1",
        "the endpoint is now ready, SIP/2.0 200 OK and Manager 'x'",
    ),
    Phrase(
        "mail",
        (">: recipient address", ">: sender address", ">: user unknown", " r="),
        rf"\s<(?P<user>[^\s@<>/:,=]++)>: (?:(?:Recipient|Sender) address|User unknown)|=> {USER} R=",
        "550 5.1.1 <«bob»>: Recipient address rejected: User unknown in local recipient table",
        "554 5.7.1 <mail.example.net>: Helo command rejected and => R=dnslookup",
    ),
    Phrase(
        "mail",
        ("authenticator failed for ", "argument(s): ", "(decimal): "),
        rf"\bfailed for (?:\S{{1,120}} )?\({HOST}\) \[|\bargument\(s\): {HOST}|\(decimal\): {HOST}",
        "login authenticator failed for x («WS-ANNA») [192.0.2.1]: 535 Incorrect authentication data",
        "login authenticator failed for ([192.0.2.1]) [192.0.2.1]",
    ),
    Phrase(
        "Cyrus",
        ("usage ", "mailbox: user.", "message to user.", "messages from user."),
        rf"\bUSAGE {USER} user: |\b(?:mailbox:|message to|messages from) user\.(?P<user>[^\s./@]++)",
        "Delivered: <x> to mailbox: user.«bob»",
        "USAGE of the mailbox: user. unknown",
    ),
    Phrase(
        "Kerberos",
        ("/admin@", "/root@", "/cron@"),
        r"(?<![\w.@/=-])(?P<user>[A-Za-z][\w.-]*+)(?<!kadmin)(?<!krbtgt)/(?:admin|root|cron)@(?=[A-Z])",
        "kadmind: Request: kadm5_init, «bob»/admin@EXAMPLE.COM, success",
        "for kadmin/admin@EXAMPLE.COM",
    ),
    Phrase(
        "LDAP",
        ('authcid="', 'authzid="'),
        rf"\bauth[cz]id=\"(?:u:)?{USER}\"",
        'conn=7 op=0 BIND authcid="«bob»" authzid="«bob»"',
        'authcid="" mech=EXTERNAL',
    ),
    Phrase(
        "SQL",
        ("user if ",),
        rf"(?i)\buser if (?:not )?exists [\"'`]?{USER}",
        "DROP USER IF EXISTS «bob»",
        "ask the user if exists",
    ),
    Phrase(
        "VPN",
        ("by client '", "' - '", "secret for ", "]: invalid shell", " : eap ", " : xauth ", " : ntlm "),
        rf"\bnew connection by client '{USER}'|\bfor hosts '[^']{{1,120}}' - '{USER}'"
        rf"|\bEAP secret for {USER}\s*+\Z"
        rf"|\[{USER}\]: invalid shell|^{USER} : (?:EAP|XAUTH|NTLM) \"",
        "MULTI: new connection by client '«bob»' will cause previous active sessions to be dropped.",
        "found for hosts '' - '' by client 'x'",
    ),
    Phrase(
        "CUPS",
        ('by "', '" is not a member of', "] total "),
        rf"\bQueued on \"[^\"]{{1,80}}\" by \"{USER}\"|\"{USER}\" is not a member of group"
        rf"|(?:^|\s)\S{{1,80}} {USER} [0-9]{{1,9}} \[[0-9]{{1,2}}/[A-Z][a-z]{{2}}/[^\]\n]{{1,30}}\] total ",
        "HP «bob» 17 [02/Mar/2026:10:00:00 +0000] total 2 - x invoice.pdf - -",
        'x 17 [02/Mar/2026:10:00:00 +0000] total 2; grouped by "day"',
    ),
    Phrase(
        "applications",
        ('user "', 'alias="', "iam user (", " remotecontrol {"),
        rf"\b[Uu]ser \"{_FULL}\"|\balias=\"id:\\\"\S{{36}}\\\" name:\\\"{USER}\\\"|\bIAM User \({USER}\)"
        rf"|:[0-9]{{2}}\s{USER}\sRemoteControl \{{",
        'User "«Bob Builder»" (x) was created',
        'user "Groups" and IAM User (unknown)',
    ),
    Phrase(
        "trackers",
        (
            " assigned to ",
            " changed status ",
            " changed priority ",
            "owner changed from ",
            "assignee changed from ",
        ),
        rf"\b(?:Issue|Ticket|Case|Incident) \S{{1,40}} (?:was |is )?assigned to {USER}(?: by {USER})?(?=[.,;]"
        rf"|\s*+\Z)|(?:^|: ){USER} changed (?:status|priority) from (?!Up|Down|On|Off|Run|Stop)(?=[A-Z][a-z])"
        rf"|\b(?:owner|assignee) changed from {USER} to {USER}",
        "Issue SHOP-17 was assigned to «bob»",
        "task assigned to node 7 by the scheduler; the state changed status code",
    ),
    Phrase(
        "applications",
        (
            *(
                "login attempt ",
                " group",
                "granted to ",
                "impersonation of ",
                "(/",
                "sudo rights for ",
                "kicked ",
            ),
            *("with password",),
        ),
        rf"(?i)\bfailed login attempt {USER}\s*+\Z|\b(?:role"
        rf"|access) (?:[\w-]{{1,40}} )?granted to (?:user )?{USER} by {USER}"
        rf"|(?:^|: ){USER} (?:has been|was) (?:added to|removed from) the group\b"
        rf"|\bimpersonation of {USER} by {USER}"
        rf"|\([^\s()]{{1,200}} started by {USER} in /|\bsudo rights for {USER}\s*+\Z|\bkicked {USER}(?=:"
        rf"|\s*+\Z)"
        rf"|\blogin {USER} with password\b",
        "Impersonation of «bob» by «carol» started",
        "failed login attempt threshold was reached; access granted to the group by default",
        hint=(
            r"(?i)failed login attempt |granted to |the group|impersonation of |started by "
            r"|sudo rights for |kicked "
            r"|with password"
        ),
    ),
    Phrase(
        "applications",
        (" of ", "lock held by ", "uid=", "who=", "whoami: "),
        rf"(?i)\b(?:download|upload|export|deletion|import"
        rf"|restore) of [\w/-]{{1,100}}\.[\w.]{{1,20}} by {USER}(?=[.,;]"
        rf"|\s*+\Z)"
        rf"|\b(?:home directory|mailbox|inbox) of {USER} (?:is|was|has|created|deleted|moved)\b"
        rf"|\block (?:is )?held by {USER}(?=[.,;]|\s*+\Z)|\b(?:who=|whoami: ){USER}(?=\s|\Z)"
        r"|(?<![\w./-])uid=(?P<user>[A-Za-z][a-z._-]{2,40}+[0-9]{0,4})(?=\s|;|\Z)",
        "Download of report.csv by «bob»",
        "the mailbox of the user is full, uid=1000 and export of all rows by default",
        hint=(
            r"(?i)(?:download|upload|export|deletion|import|restore|directory|mailbox|inbox) of |held by "
            r"|uid=|who"
        ),
    ),
    Phrase(
        "chat",
        (" joined channel", " left channel", " has quit ("),
        rf"(?:^|\s){USER} (?:has )?(?:joined|left) channel |\* {USER} has quit \(",
        "«bob» joined channel #ops",
        "the bridge has left channel 7",
    ),
)
