"""Passwords by what is said before them: in sentences, commands and statements."""

from __future__ import annotations

from lumber.privacy.secret_rules.rule import SecretRule

_BARE = r"[^\s\"'<>,;)\]}]++"
_QUOTED = r"\"(?:[^\"\\]|\\.)*+\"?|'(?:[^'\\]|\\.)*+'?"
# What a password may be instead of a word: `expired`, `reusable`, `weak`.
_STATES = (
    r"(?:\w{1,20}(?:ed|able|ible|ing|less|ory)|wrong|weak|strong|empty|blank|in?correct|in?valid|short|s"
    r"imple|unknown"
    r"|default|expire|secret|hidden|secure|insecure|obsolete|stale|plain|plaintext|public|ready|active|i"
    r"nactive|common"
    r"|there|null|false|nothing|stdin|string|value|random|never|always|identical|unique|complex|different"
    r"|similar|trivial|unchanged|unset|required|needed|okay|fine|here|known|longer|shorter|sensitive|optional"
    r"|mandatory|temporary|permanent|initial|previous|current|password|username)"
)

SPOKEN = (
    SecretRule(
        "password",
        ("identified",),
        r"(?i)\bidentified (?:with \S{1,40} )?(?:by|as) (?:password )?(?P<value>'[^'\r\n]{1,255}+'|\"[^\"\r"
        r"\n]{1,255}+\")",
        "CREATE USER x IDENTIFIED BY '«tuna-77»'",
        "host identified by name",
    ),
    SecretRule(
        "password",
        ("password",),
        r"(?i)\bpassword(?:\s?=\s?|\s?\(|\s(?:to\s)?)N?(?P<value>'[^'\r\n]{1,255}+'|\"[^\"\r\n]{1,255}+\")",
        "ALTER ROLE x WITH PASSWORD '«tuna-77»'",
        "ALTER ROLE x WITH PASSWORD NULL",
    ),
    SecretRule(
        "password",
        ("sshpass", "plink", "smbclient"),
        rf"(?i)\b(?:sshpass -p|plink (?:-\w{{1,8}} ){{0,4}}-pw) ?(?P<value>{_QUOTED}|{_BARE})",
        "COMMAND=/usr/bin/sshpass -p «tuna77» ssh x",
        "sshpass -f /etc/x ssh y",
    ),
    SecretRule(
        "password",
        ("mysql", "mariadb"),
        rf"(?i)\b(?:mysql|mariadb)[\w-]{{0,20}}\b[^\n|;]{{0,120}}? -p(?P<value>(?:{_QUOTED})|(?!ort|assword"
        rf"|rotocol|ipe)[^\s\"']++)",
        "COMMAND=/usr/bin/mysqldump -u x -p«tuna77» shop",
        "COMMAND=/usr/bin/mysql -u x --port 3306 -p",
    ),
    SecretRule(
        "password",
        (" -p ", " -pw ", " -w ", " -a ", " --pass ", "-passwd "),
        rf"(?i)\b(?:mysql|mariadb|redis-cli|ldapsearch|ldapmodify|ldapadd|mongo(?:sh|dump|restore)?|docker "
        rf"login|podman login"
        rf"|htpasswd|ipmitool|expect|vncviewer|xfreerdp|sqlcmd|mosquitto_(?:pub|sub)|zip|unzip|keytool|open"
        rf"ssl|login)\b[^\n|;]{{0,120}}?"
        rf" -(?:p|pw|w|a|P|passwd|pass) (?P<value>{_QUOTED}|(?!-|[0-9]{{1,5}}(?:\s|$)){_BARE})",
        "ran docker login -u x -p «tuna77» registry",
        "ran mysql -P 3306 -p --verbose",
        is_checked=True,
    ),
    SecretRule(
        "password",
        ("curl", "wget", "http"),
        r"(?i)\b(?:curl|wget|https?)\b[^\n|;]{0,200}? (?:-u|--user|-a|--auth) ?=?[\"']?[^\s:\"']{1,80}"
        r":(?P<value>[^\s\"']++)",
        "ran curl -s -u x:«tuna77» https://host.invalid/",
        "ran curl -u x https://host.invalid/",
        shape=r" (?:-u|--user|-a|--auth)",
    ),
    SecretRule(
        "password",
        ("pgpassword=", "mysql_pwd=", "sshpass=", "redisc", "rediscli_auth="),
        rf"(?i)\b(?:PGPASSWORD|MYSQL_PWD|SSHPASS|REDISCLI_AUTH|RESTIC_PASSWORD|BORG_PASSPHRASE)=(?P<value>"
        rf"{_QUOTED}|{_BARE})",
        "PGPASSWORD=«tuna77» psql x",
        "PGPASSWORD= psql x",
    ),
    SecretRule(
        "password",
        ("pass:",),
        rf"(?i)(?<![A-Za-z])pass:(?P<value>(?!\s)(?:{_QUOTED}|{_BARE}))",
        "openssl enc -pass pass:«tuna77» -in x",
        "check pass: yes",
        is_checked=True,
    ),
    SecretRule(
        "password",
        (
            "password",
            "passwort",
            "passwd",
            "passphrase",
            "passcode",
            "kennwort",
            "mot de passe",
            "contrase",
            "wachtwoord",
            "senha",
        ),
        r"(?i)(?<![\w-])(?:password|passwort|passwd|passphrase|passcode|kennwort|mot de passe|contrase(?:ñ|"
        r"n)a|wachtwoord|senha)"
        r"(?:\s{0,2}[:=]\s{0,8}|\s{1,4}(?:(?:is|was|now|ist|lautet|to|set to|changed to|reset to|est|es)\s{"
        r"1,4}){0,2})"
        rf"[\"'`]?(?P<value>{_BARE})",
        "the new password is «hunter2», keep it",
        "password authentication failed for x; password is required",
        is_checked=True,
    ),
    SecretRule(
        "password",
        ("password", "passphrase"),
        # A word alone at the end, which isn't what sentences say about passwords.
        r"(?i)\b(?:(?:the|your|my|his|her|new|temporary|temp|initial|root|admin|wifi|wi-fi) (?:password|"
        r"passphrase) "
        r"is(?: now)?|password (?:was |is |has been )?(?:set|changed|reset) to) "
        rf"(?!{_STATES}[^A-Za-z]*+\Z)(?P<value>[A-Za-z]{{5,24}}+)(?=[.,;!]?\s*+\Z)",
        "the password is «sunshine»",
        "the password is expired; your password is weak; password set to default",
    ),
    SecretRule(
        "password",
        ("changed from ", "reset from ", "updated from "),
        rf"(?i)\b(?:password|passwd|passphrase|pin) (?:was |is )?(?:changed|reset|updated) from [\"'`]?"
        rf"(?P<value>{_BARE})[\"'`]? to [\"'`]?(?P<value_2>{_BARE})",
        "password changed from «tuna77» to «perch78»",
        "password changed from the console to be safe",
        is_checked=True,
    ),
    SecretRule(
        "password",
        (
            *(
                "basic auth",
                "auth with",
                "auth using",
                "enticated with",
                "enticated using",
                "entication with",
            ),
            *("entication using", "enticating with", "enticating using", "in with ", "in using ", "tried "),
            *("trying ", "credentials", "creds"),
        ),
        r"(?i)\b(?:basic auth|auth(?:enticat(?:ed|ion|ing))? (?:with|using)|logged in (?:with|using)|tried"
        r"|trying|credentials|creds)(?:\s{0,2}[:=]\s{0,2}|\s)(?!https?:|tcp|udp|/)[A-Za-z][\w.$-]{0,63}[:/]"
        r"(?P<value>(?!/)[^\s\"'<>,;)\]}:/]{4,80}+)(?![:/])",
        "basic auth bob:«tuna77» used",
        "tried tcp/443 and host:8080; auth with key:value; credentials a/b",
        is_checked=True,
    ),
    SecretRule(
        "password",
        ("login incorrect", "login ok"),
        r"(?i)\blogin (?:incorrect|ok)\b(?: \([^()]{0,120}\))?: \[[^\[\]/]{1,80}/(?P<value>(?!<)[^\]\s]{1,8"
        r"0}+)\]",
        "Login incorrect: [x/«tuna77»] (from client y port 0)",
        "Login incorrect: [x/<via Auth-Type = EAP>]",
    ),
    SecretRule(
        "one_time_code",
        ("code", "otp", "pin", "tan"),
        r"(?i)\b(?:(?:verification|security|one[- ]time|login|sms|2fa|mfa|auth(?:entication)?|confirmation)"
        r" (?:code|pin)"
        r"|otp|one[- ]time password|your code)(?:\s{0,2}[:=]\s{0,4}|\s(?:is\s|was\s)?)(?P<value>[0-9]{4,8})"
        r"(?![0-9.])",
        "your verification code is «448831»",
        "security code 17 and exit code 1234",
    ),
    SecretRule(
        "named",
        ('"name', "'name", '\\"name', "name:", '"key"', '\\"key\\"'),
        r"(?i)\"?(?:name|key)\\{0,3}[\"']?\s{0,4}:\s{0,4}\\{0,3}[\"'](?:authorization|proxy-authorization|(?:"
        r"set-)?cookie|[\w.-]{0,40}(?:api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key|auth-token|se"
        r"curity-token|csrf-token|password|passwd|passphrase|_pass|_pwd|token|secret))\\{0,3}[\"']\s{0,4},\s{"
        r"0,4}(?:\\{0,3}[\"']\w{1,24}\\{0,3}[\"']\s{0,4}:\s{0,4}(?:\\{0,3}[\"'][^\"'\\]{0,60}\\{0,3}[\"']"
        r"|true|false|null|[0-9]{1,9})\s{0,4},\s{0,4}){0,3}\\{0,3}[\"']?value\\{0,3}[\"']?"
        r"\s{0,4}:\s{0,4}\\{0,3}[\"'](?P<value>[^\"'\\]{1,255}+)",
        '[{"name": "Authorization", "value": "«uQ7ziEb1nJiJRJ2o5»"}, {"name": "API_TOKEN", "secure": true, '
        '"in": "form", "value": "«tuna»"}]',
        '[{"name": "Accept", "value": "text/html"}, {"name": "token", "in": "x"}, {"value": "y"}]',
    ),
    SecretRule(
        "ntlm_hash",
        ("ntlm", "nthash", "lmhash", ":::", "aad3b435"),
        r"(?i)(?:\b(?:ntlm|nthash|lmhash|nt hash|ntlm hash)\b\s{0,4}[:=]?\s{0,4}|:[0-9]{1,10}:[0-9a-f]{32}:"
        r")(?P<value>[0-9a-f]{32})\b",
        "dump x:500:aad3b435b51404eeaad3b435b51404ee:«31d6cfe0d16ae931b73c59d7e0c089c0»:::",
        "NTLM authentication of x",
    ),
)
