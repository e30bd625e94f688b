"""What is done to accounts and sessions, lists of users, and what commands print about owners."""

from __future__ import annotations

from lumber.privacy.phrases.phrase import ADDRESS, HOST, USER, USER_AT, Phrase

_END = r"(?=[.,;!)]|\s*+\Z|\s(?:from|at|on|via|in|after|until)\b)"
_NICK = r"(?P<user>[A-Za-z][\w.-]{1,40}+)"
_MORE = rf"(?:,\s{{0,2}}[\"']?{USER}[\"']?)?"

PHRASES = (
    Phrase(
        "sessions",
        ("session",),
        r"(?i:\b(?:closing|terminating|ending|expiring|invalidating|revoking|killing) (?:idle |all |acti"
        r"ve |expired )?"
        rf"sessions? (?:of|for) ){_NICK}{_END}"
        r"|(?i:\bsession (?:has )?(?:expired|timed out|revoked|terminated|started|created|resumed) for )"
        rf"{_NICK}{_END}",
        "Closing idle session of «bob», session expired for «alice»",
        "closing session of the client, session started for maintenance",
    ),
    Phrase(
        "accounts",
        ("mfa", "2fa", "totp", "otp ", "password reset "),
        r"(?i:\b(?:mfa|2fa|otp|totp) (?:challenge |code |token |push |device )?(?:sent to|(?:enrolled|en"
        r"abled|disabled"
        rf"|reset|removed|verified|failed|required|skipped|bypassed) for) ){_NICK}{_END}"
        rf"|(?i:\bpassword reset (?:mail|e-?mail|link|token|request) (?:for|to) ){_NICK}(?=\s(?:queued|s"
        rf"ent|created"
        rf"|expired|used)\b|[.,;]|\s*+\Z)",
        "MFA challenge sent to «bob», Password reset mail for «alice» queued",
        "MFA required for all users, password reset link for the account",
    ),
    Phrase(
        "roles",
        (
            "granted ",
            "revoked from ",
            "added ",
            "removed ",
            "promoted ",
            "demoted ",
            "invited ",
            "transferred to ",
        ),
        r"(?i:\b(?:role|permission|privilege|access|license) [\w:-]{1,40} (?:was )?(?:granted to|revoked"
        r" from|assigned"
        rf" to|removed from) ){_NICK}{_END}"
        rf"|(?i:\bgranted ){_NICK}(?= (?:the )?(?:role|access|permission)\b)"
        rf"|(?i:\b(?:added|removed) ){_NICK}(?= (?:to|from) (?:the )?(?:group|role|team|project)\b)"
        rf"|(?i:\b(?:promoted|demoted) ){_NICK}(?= to (?:admin|owner|member|moderator|maintainer|guest)\b)"
        rf"|(?i:\binvited ){_NICK}(?= to (?:project|team|group|channel|workspace)\b)"
        rf"|(?i:\bownership of \S{{1,120}} (?:was )?(?:changed|transferred) to ){_NICK}{_END}",
        "role admin granted to «bob», added «alice» to group admins",
        "role admin granted to all, added column to group 7, promoted replica to primary",
    ),
    Phrase(
        "accounts",
        (
            *(
                "account created: ",
                "user registered: ",
                "registered user: ",
                "signup: ",
                "lockout: ",
                "failure: ",
            ),
            *("new account ", "bad login ", "impersonating ", "running as ", "locked out ", "not found "),
        ),
        r"(?i:(?:^|[:;,]\s)(?:account created|user registered|registered user|new account|new signup|sig"
        r"n-?up|lockout"
        rf"|auth(?:entication)? failure|bad login): ){_NICK}(?=\s*+\Z)"
        rf"|(?i:\b(?:new account|bad login|impersonating|running as) )(?!non-){_NICK}(?=\s*+\Z)"
        rf"|(?i:\blocked out ){_NICK}(?= (?:for|after|until) )|\b[Uu]ser not found {_NICK}(?=\s*+\Z)",
        "account created: «bob»",
        "authentication failure: timeout of the server, running as daemon, new account type",
    ),
    Phrase(
        "log-ins",
        ("login ", "logon ", "logout ", " access to ", " logged ", " workstation", "username "),
        rf"(?i:(?:^|[:;,]\s)(?:login|logon|logout|log-in|log-out) ){_NICK}(?= (?:ok|failed|succeeded|den"
        rf"ied)\b|\s*+\Z)"
        rf"|\bdenied {_NICK} access to |(?:^|:\s){_NICK} (?:was |is )?denied access to "
        rf"|=\"{_NICK} logged (?:in|out|on|off)\b|(?:^|:\s){_NICK} (?:un)?locked (?:the )?workstation\b"
        rf"|\b(?:Target|Subject)UserName {USER}",
        "login «bob» ok",
        "login page failed, the client was denied access to x, logon server",
    ),
    Phrase(
        "lists",
        ("users",),
        rf"\b(?:Allow|Deny)Users {USER}(?: {USER})?(?: {USER})?(?: {USER})?"
        rf"|(?i:\b(?:(?:in)?valid|admin|read|write) users? = )@?{USER}{_MORE}{_MORE}{_MORE}"
        rf"|(?i:\busers=\[)[\"']?{USER}[\"']?{_MORE}{_MORE}{_MORE}{_MORE}(?=\]|,)"
        rf"|[\"']users[\"']\s{{0,2}}:\s{{0,2}}\[[\"']{USER}[\"']{_MORE}{_MORE}{_MORE}{_MORE}(?=\]|,)",
        "AllowUsers «bob» «alice»; users=[«bob», «alice»]",
        "users=[] valid users = 7",
    ),
    Phrase(
        "lists",
        ("approvers", "assignees", "reviewers", "usernames", "invitees", "watchers"),
        rf"[\"'](?:approvers|assignees|reviewers|usernames|invitees|watchers)[\"']\s{{0,2}}:\s{{0,2}}\[["
        rf"\"']{USER}"
        rf"[\"']{_MORE}{_MORE}{_MORE}{_MORE}(?=\]|,)",
        '"approvers":["«bob»","«alice»"]',
        '"approvers":[] and "reviewers":["all"]',
    ),
    Phrase(
        "commands",
        ("rw", "r-", ": no such user", ":x:", ":*:", " pts/", " tty", "/var/mail/", "home$"),
        rf"^[-dlbcps](?:[r-][w-][xsStT-]){{3}}[.+@]?\s{{1,4}}(?:[0-9]{{1,6}}\s{{1,4}}{USER}\s{{1,9}}{USER}"
        rf"\s{{1,12}}[0-9]|{USER}/{USER}\s)"
        rf"|\bid: '{USER}': no such user|^{USER}:[x*!]:[0-9]{{1,9}}:[0-9]{{1,9}}:(?:(?P<user>[A-Z][\w.'-"
        rf"]{{1,30}}"
        r"(?: [A-Z][\w.'-]{0,30}){1,3}))?[^\n:]{0,80}:/"
        rf"|^{USER}\s{{1,12}}(?:pts/|tty)[0-9]{{1,3}}\s|/var/mail/{USER}|\\home\$\\{{1,2}}{USER}",
        "-rw-r--r-- 1 «bob» «alice» 12 Mar 2 10:00 notes.txt",
        "read-write: no such user, the tty 7",
        hint=r"[r-][w-][xsStT-]|no such user|:[x*!]:[0-9]|(?:pts/|tty)[0-9]|/var/mail/|home\$",
    ),
    Phrase(
        "shells",
        ("@",),
        rf"(?:^|[\s\[]){USER_AT}@{HOST}(?=:[~/]\S{{0,120}}[$#](?:\s|\Z)|\s[~/\w.-]{{1,120}}\][$#])",
        "[«bob»@«atlas» ~]$ id",
        "a@b: $x",
        hint=r"[$#](?:\s|$)",
    ),
    Phrase(
        "RACF",
        ("user(", "name("),
        r"\bUSER\((?P<user>[A-Z][A-Z0-9#@$]{1,7})\s{0,8}\)(?: GROUP\([^()]{1,12}\))?(?: NAME\((?P<user>["
        r"A-Z][A-Z .-]"
        r"{2,30}+)\))?",
        "ICH408I USER(«BOB»  ) GROUP(SYS1) NAME(«BOB BUILDER»)",
        "USER() and current_user()",
    ),
    Phrase(
        "Matrix",
        ("@",),
        r"(?<![\w.@/])@(?P<user>[a-z][\w.=-]{1,60}+)(?=:[A-Za-z0-9-]{1,60}\.[A-Za-z])",
        "event of @«bob»:chat.example received",
        "@media: all and @angular/core:1.2",
        hint=r"@[a-z][^\s:]*:[A-Za-z0-9-]+\.",
    ),
    Phrase(
        "chat",
        ("message from ", "dm ", "pm ", "whisper "),
        rf"\b(?:DM|PM|[Dd]irect message|[Cc]hat message|[Ww]hisper) (?:from|to) @?{_NICK}(?=:|\s*+\Z|[.,"
        rf"]| (?:delivered"
        rf"|sent|failed)\b)|\b[Mm]essage from @?{_NICK}(?=: )",
        "Message from «bob»: hi, DM to «alice» delivered",
        "Message from server: closed, PM to the owner",
    ),
    Phrase(
        "oauth2-proxy",
        (" - ",),
        rf"^{ADDRESS} - [0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}} - {USER} \[",
        "192.0.2.1 - 8d5f1c2e-0000-4000-8000-000000000000 - «bob» [2026/03/02 10:00:00] x GET",
        "192.0.2.1 - 8d5f1c2e-0000-4000-8000-000000000000 - - [2026/03/02 10:00:00] x GET",
        hint=r"^\S+ - \S{36} - ",
    ),
)
