"""What logs people in on Unix writes: OpenSSH, PAM, su, sudo, login, cron, systemd-logind and their like."""

from __future__ import annotations

from lumber.privacy.phrases.phrase import ADDRESS, HOST, QUOTED, USER, Phrase, S

_INVALID = rf"(?:(?:invalid|illegal|unknown|authenticating){S})?(?:(?:user|account|login){S})?"

PHRASES = (
    Phrase(
        "OpenSSH",
        ("for",),
        r"(?i)\b(?:password|publickey|keyboard-interactive(?:/pam)?|hostbased|none|gssapi[\w-]{0,20}"
        rf"|failure|exceeded|attempts?|logins?|challenge|certificate|information|timeout|directory|google_au"
        rf"thenticator){S}for{S}{_INVALID}{QUOTED}",
        "Failed keyboard-interactive/pam for invalid user «bob» from 192.0.2.1 port 40022 ssh2",
        "Timeout, none for client",
        hint=(
            r"(?i)(?:password|publickey|interactive(?:/pam)?|hostbased|none|gssapi[a-z-]{0,20}|failure|exceed"
            r"ed|attempts?|logins?|challenge|certificate|information|timeout|directory|authenticator)\s{1,8}f"
            r"or\s"
        ),
    ),
    Phrase(
        "OpenSSH",
        ("starting session", "postponed"),
        rf"(?i)\b(?:starting session: [^\n]{{1,60}}? for|postponed [\w/-]{{1,40}} for){S}{_INVALID}{QUOTED}",
        "Starting session: shell on pts/0 for «bob» from 192.0.2.1 port 40022 id 0",
        "Starting session: nothing to do",
    ),
    Phrase(
        "OpenSSH",
        (" port ", "preauth]"),
        rf"(?i)\b(?:from|with|by|to)[ =]\[?{HOST}\]?(?= port [0-9]{{1,5}}\b| \[?preauth\])",
        "Connection closed by «nas7.example.net» port 40022 [preauth]",
        "Connection closed by 192.0.2.1 port 40022 [preauth]",
    ),
    Phrase(
        "OpenSSH",
        ("getaddrinfo", "reverse mapping"),
        rf"(?i)\bgetaddrinfo(?:\([^()]{{0,80}}\))?(?: for)? \[?{HOST}\]?(?=[\s:,)]|\Z)",
        "reverse mapping checking getaddrinfo for «nas7.example.net» [192.0.2.1] failed - POSSIBLE BREAK-IN"
        " ATTEMPT!",
        "getaddrinfo failed: Temporary failure in name resolution",
    ),
    Phrase(
        "OpenSSH",
        ("maps to",),
        rf"(?i)\bmaps to {HOST},? but this does(?:n't| not)",
        "Address 192.0.2.1 maps to «nas7.example.net», but this does not map back to the address",
        "0x7f00 maps to 0x8000, but it is not used",
    ),
    Phrase(
        "OpenSSH",
        ("authorized_keys", "authorized to", "listed in", "keyboard-int", "allowusers", "denyusers"),
        rf"(?i)\b(?:account|login for|access for){S}{QUOTED}(?=.{{0,40}}(?:authorized|listed in|allowusers))",
        "Access for «bob» not authorized to login",
        "Account is not listed in the table",
    ),
    Phrase(
        "OpenSSH",
        ("certificate id",),
        rf"(?i)\bcertificate id \"{USER}\"",
        'Accepted certificate ID "«bob»" (serial 7) signed by RSA CA',
        "certificate id 7 was revoked",
    ),
    Phrase(
        "PAM",
        ("(uid=",),
        rf"\b(?:by|user|from|for){S}{USER}\(uid=",
        "session opened for user root(uid=0) by «alice»(uid=1000)",
        "session opened by (uid=0)",
    ),
    Phrase(
        "PAM",
        ("rhost=",),
        rf"\brhost={HOST}",
        "pam_unix(sshd:auth): authentication failure; tty=ssh ruser= rhost=«nas7.example.net»  user=x",
        "authentication failure; ruser= rhost=192.0.2.1",
    ),
    Phrase(
        "PAM",
        ("pam_", "faillock", "tally"),
        rf"(?i)\b(?:received for|failures? for|denied for|lock(?:ed|out) for|tally for){S}(?:user{S})?"
        rf"{QUOTED}",
        "pam_sss(sshd:auth): received for user «bob»: 7 (Authentication failure)",
        "pam_unix: received for the service",
        hint=r"(?i)(?:received|failures?|denied|lock(?:ed|out)|tally) for\s",
    ),
    Phrase(
        "su",
        ("(to ",),
        rf"\(to{S}{USER}\)(?:{S}{USER}{S}on\b)?",
        "FAILED SU (to «admin2») «bob» on pts/0",
        "moved (to archive/2026) by rotation",
    ),
    Phrase(
        "su",
        ("su",),
        rf"(?i)\bsu(?:\[[0-9]++\])?:?{S}for{S}{USER}{S}by{S}{USER}",
        "Successful su for «carol» by «bob»",
        "su for help",
        hint=r"(?i)su(?:\[[0-9]+\])?:?\s{1,8}for\s",
    ),
    Phrase(
        "su",
        ("'su ", "su to "),
        rf"(?i)(?:'su|\bsu to) {QUOTED}'?(?= (?:failed|succeeded)?(?: ?for {USER})?)",
        "'su «carol»' failed for «bob» on /dev/pts/0",
        "the command su was not found",
    ),
    Phrase(
        "sudo",
        (" :", "\t:"),
        rf"(?:^|\bsudo(?:\[[0-9]++\])?:|\]|\s-\s)\s{{0,8}}{USER}{S}:{S}"
        r"(?:[0-9]++ incorrect password|TTY=|PWD=|USER=|COMMAND=|HOST=|user NOT|command not|problem with"
        r"|a password|unable to|\(command)",
        "   «ada» : TTY=pts/4 ; PWD=/ ; COMMAND=/bin/ls",
        "state : TTYS free",
    ),
    Phrase(
        "sudo",
        ("sudo ", "runuser ", "doas ", "pkexec "),
        rf"\b(?:sudo|runuser|doas|pkexec)(?: -[A-Za-tv-z-]{{1,20}})*+ (?:-u|--user)[ =]{QUOTED}",
        "running: sudo -n -u «bob» /usr/bin/id",
        "running: sudo -n /usr/bin/id",
    ),
    Phrase(
        "sudo",
        (" is not in the sudoers", " is not allowed to run", " not in sudoers"),
        rf"(?:^|[\s:]){USER}(?= (?:is )?not (?:in (?:the )?sudoers|allowed to run))",
        "«bob» is not in the sudoers file.  This incident will be reported.",
        "user is not allowed to run this",
    ),
    Phrase(
        "login",
        ("login on", "failed login", "dialup at", "login tries", "invalid password for"),
        rf"\b(?:LOGIN ON \S{{1,32}} BY|DIALUP AT \S{{1,32}} BY|(?:FAILED LOGIN|LOGIN TRIES)\b.{{0,200}}?\bFOR"
        rf"|invalid password for){S}{QUOTED}"
        rf"(?:(?<!,) FROM {HOST})?",
        "LOGIN ON tty1 BY «bob» FROM «nas7.example.net»",
        "ROOT LOGIN ON tty1",
    ),
    Phrase(
        "login",
        ("failed login", "login tries", "' from '"),
        rf"\b(?:FAILED LOGIN|LOGIN TRIES)(?: SESSION)?(?: \(?[0-9]{{1,5}}\)?)? FROM {HOST}(?= FOR )|\bon '/d"
        rf"ev/\w{{1,16}}' from '{HOST}'",
        "FAILED LOGIN 1 FROM «nas7.example.net» FOR x, Authentication failure",
        "FAILED LOGIN 1 FROM 192.0.2.1",
    ),
    Phrase(
        "cron",
        (") ",),
        rf"\((?P<user>[^\s()*]++)\){S}(?:CMD|END(?= \([0-9])|RELOAD|LIST|REPLACE|BEGIN EDIT|END EDIT|INFO|M"
        rf"AIL|AUTH|ORPHAN|D"
        rf"ELETE|"
        r"CMDOUT|CMDEND|WRONG|BAD|ERROR|STARTUP|PAM ERROR)\b(?:(?<=CMD)|(?=\s{1,4}\("
        r"|\s{0,8}\Z))(?:\s\((?![0-9.]{1,12}\))(?P<us"
        r"er>[^\s()"
        r"/*]{1,64}+)\)(?=\s{0,8}\Z)"
        r")?",
        "crontab[7]: («root2») BEGIN EDIT («bob»)",
        "(pid 7) waits",
        hint=(
            r"\)\s{1,8}(?:CMD|RELOAD|LIST|REPLACE|BEGIN|END|INFO|MAIL|AUTH|ORPHAN|DELETE|WRONG|BAD|ERROR|STAR"
            r"TUP|PAM)"
        ),
    ),
    Phrase(
        "systemd-logind",
        ("user slice of", "session for", "sessions for", "session closed for", "session opened for"),
        rf"(?i)\b(?:user slice of|sessions? (?:\S{{1,20}} )?(?:opened |closed |created |started |ended )?for)"
        rf"{S}(?:user{S})?{QUOTED}",
        "Created slice User Slice of «bob».",
        "session for the client",
    ),
    Phrase(
        "polkit",
        ("unix-user:", "pkexec", "executing command"),
        rf"\bunix-user:{USER}|\b{USER}: Executing command \[",
        "pkexec[7]: «bob»: Executing command [USER=root] [TTY=unknown]",
        "pkexec: Executing command",
    ),
    Phrase(
        "shadow",
        (
            "useradd",
            "usermod",
            "userdel",
            "groupadd",
            "gpasswd",
            "passwd",
            "chage",
            "chfn",
            "adduser",
            "groupmod",
        ),
        r"(?i)\b(?:useradd|usermod|userdel|gpasswd|passwd|chage|chfn|adduser)(?:\[[0-9]++\])?:? "
        rf"[^\n]{{0,80}}?\b(?:user|add|delete|remove|change|changed|for|lock|unlock) [\"'`]{USER}"
        rf"[\"'](?:[^\n]{{0,40}}? by [\"'`]?{USER})?",
        "usermod[7]: add '«bob»' to group 'sudo'",
        "useradd[7]: failed adding user, exit code: 9",
    ),
    Phrase(
        "shadow",
        ("name=",),
        rf"\bnew user: name={USER}",
        "useradd[7]: new user: name=«bob», UID=1001, GID=1001, home=/srv/x",
        "new group: name=staff, GID=1001",
    ),
    Phrase(
        "shell",
        ("useradd ", "userdel ", "adduser ", "usermod ", "deluser ", "passwd ", "chage ", "ssh "),
        r"\b(?:useradd|userdel|adduser|usermod|deluser|passwd|chage|ssh)(?: -[\w-]{1,20}(?:[ =](?!-)[\w,./:"
        r"-]{1,60}"
        rf"(?= \S))?){{1,8}} {USER}(?= *+(?:$|[;&|\)\"']))",
        "COMMAND=/usr/sbin/usermod -aG wheel «bob»",
        "passwd file changed",
    ),
    Phrase(
        "shell",
        ("ssh ", "scp ", "rlogin ", "slogin "),
        rf"\b(?:ssh|slogin|rlogin|sftp)(?: -(?!l)[\w-]{{1,40}}(?:[ =][\w./:-]{{1,60}})?){{0,6}} -l ?{USER} "
        rf"{HOST}",
        "ran ssh -p 2222 -l «bob» «nas7.example.net» uptime",
        "ran ssh -V",
    ),
    Phrase(
        "id",
        ("uid=", "gid=", "groups="),
        r"(?:(?:[ug]id|groups)=|,)[0-9]{1,10}\((?P<user>[^\s()]++)\)",
        "uid=1000(«bob») is logged on",
        "uid=1000 (none)",
        hint=r"[=,][0-9]{1,10}\(",
    ),
    Phrase(
        "shell",
        ("home/", "home\\", "users/", "users\\", "documents and settings\\"),
        r"(?i)[/\\]{1,2}(?:home|users|documents and settings)[/\\]{1,2}(?P<user>[^\s/\\:;,'\"<>|()\[\]{}&?#"
        r"]++)",
        "open /home/«bob»/.ssh/id_rsa",
        "open /home",
    ),
    Phrase(
        "shell",
        ("/mail/", "/crontabs/", "/cron/tabs/", "/~", " ~", "=~"),
        r"(?:/var/(?:spool/)?mail/|/cron(?:tabs|/tabs)/|(?<=[\s=:\"'])~|/~)(?P<user>[A-Za-z_][\w.-]*+)(?=[/"
        r"\s\"',;)]|\Z)",
        "delivered to /var/spool/mail/«bob»",
        "about ~5 seconds in /var/spool/mail/",
    ),
    Phrase(
        "tcpd",
        ("connect from", "connection from", "refused from", "connected from", "login from"),
        rf"(?i)\b(?:connect(?:ion|ed)?|refused|login) from {HOST}(?= ?[\[(]{ADDRESS}|\s*+$|[;,.:]? (?:port|"
        rf"at|on|closed|failed)\b|[,;])",
        "refused connect from «nas7.example.net» (192.0.2.1)",
        "connection from unknown (192.0.2.1)",
    ),
    Phrase(
        "ftpd",
        ("connection from",),
        rf"(?i)\bconnection from {ADDRESS} \({HOST}\)",
        "connection from 192.0.2.1 («nas7.example.net») at Mon Jun 5 10:00:00 2026",
        "connection from 192.0.2.1 () at Mon Jun 5 10:00:00 2026",
    ),
)
