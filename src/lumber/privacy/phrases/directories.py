"""What directories, Windows, network devices and the audit daemon write."""

from __future__ import annotations

import re

from lumber.privacy.phrases.phrase import HOST, QUOTED, S0, USER, Phrase, S

# Windows names end at signs that they can't contain.
_WINDOWS = r"(?P<user>[^\s\\/:;,\"'<>()\[\]{}|=@]++)"
_DOMAIN = r"(?:(?!NT\b|HK[A-Z])[A-Za-z0-9][A-Za-z0-9._-]{0,30}+\\{1,2}(?!u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}))"
# A domain of Windows in capitals, and no level of a log, no root of a registry and no word of SQL.
_NETBIOS = (
    r"(?<![\w\\/:.$%-])(?!(?:HK[A-Z_]++|NT|BUILTIN|IIS|SOFTWARE|SYSTEM|WINDOWS|ERROR|WARN|WARNING|INFO|D"
    r"EBUG|FATAL|FAIL"
    r"|FAILED|OK|DONE|END|EOF|NULL|NONE|TRUE|FALSE|TODO|SELECT|FROM|WHERE|GET|POST|PUT|HTTP|HEAD|DELETE"
    r")\\)(?:[A-Z][A-Z0-9_-]{1,14}|(?:corp|ad|acme|contoso|workgroup|intra|hq|dom)(?=\\))"
)
# A domain and a user whose first letter would read as an escape: `CORP\bob`.
DOMAIN_AND_USER = re.compile(rf"(?P<domain>{_NETBIOS})\\{{1,2}}[nrtbf][\w.-]{{1,40}}+\$?(?![\w\\(:{{/])")

PHRASES = (
    Phrase(
        "Kerberos",
        ("@",),
        r"(?<![\w.@/-])(?P<user>[A-Za-z0-9][\w.-]*+)@(?=[A-Z][A-Z0-9]*+(?:\.[A-Z0-9-]++)*+ (?:for|to) )",
        "AS_REQ 192.0.2.1: ISSUE: authtime 7, «bob»@CORP for krbtgt/CORP@CORP",
        "krbtgt/CORP@CORP for bind",
        hint=r"@[A-Z][A-Z0-9]*(?:\.[A-Z0-9-]+)* (?:for|to) ",
    ),
    Phrase(
        "Kerberos",
        ("host/", "http/", "nfs/", "ldap/", "cifs/", "imap/", "smtp/", "termsrv/", "mssqlsvc/", "ftp/"),
        rf"(?<![\w/.-])(?:host|HTTP|nfs|ldap|cifs|imap|smtp|TERMSRV|MSSQLSvc|ftp|HOST|RestrictedKrbHost)/"
        rf"{HOST}(?=:"
        rf"[0-9]|$|[\s,;)\"'])",
        "CLIENT_NOT_FOUND: host/«nas7.example.net» for x",
        "GET http/1.1 and HTTP/1.1",
        hint=r"(?:host|HTTP|nfs|ldap|cifs|imap|smtp|TERMSRV|MSSQLSvc|ftp|HOST|Host)/[\w.-]*[^\W\d_]",
    ),
    Phrase(
        "LDAP",
        ("uid=", "cn="),
        rf"(?i)(?<![\w.-])(?:uid|cn)=(?P<user>[^\s,=\"+()<>\\][^,=\"+()<>\\\r\n]{{0,80}}+)(?=,{S0}(?:ou|dc|"
        rf"cn|o|l|c)=)",
        'conn=7 op=0 BIND dn="uid=«bob»,ou=people,dc=example,dc=net" method=128',
        "uid=1000,gid=1000",
    ),
    Phrase(
        "LDAP",
        (
            "(uid=",
            "(cn=",
            "(samaccountname=",
            "(userprincipalname=",
            "(memberuid=",
            "(krbprincipalname=",
            "(sn=",
            "(givenname=",
            "(mail=",
        ),
        r"(?i)\((?:uid|cn|samaccountname|userprincipalname|memberuid|krbprincipalname|sn|givenname)="
        r"(?![0-9]{1,10}\))(?P<user>[^\s()*@=][^()*@=\r\n]{0,80}+)\)",
        'SRCH base="dc=example,dc=net" filter="(&(objectClass=posixAccount)(uid=«bob»))"',
        'filter="(&(objectClass=*)(uid=*))"',
        folds_case=True,
    ),
    Phrase(
        "LDAP",
        ("samaccountname", "memberuid", "userprincipalname"),
        rf"(?i)\b(?:samaccountname|memberuid|userprincipalname){S0}[:=]{S0}[\"']?{USER}",
        "sAMAccountName: «bob»",
        "sAMAccountName is missing",
        folds_case=True,
    ),
    Phrase(
        "Windows",
        (" name:", "account:", "user:"),
        r"(?i)\b(?:account|user|logon|caller user|client user|target user|subject user|new account|old acco"
        r"unt|sam account)"
        rf"(?: name| account)?:\s{{1,24}}(?!(?:account|user|security|sam|logon|display)\s(?:name|id|account)"
        rf"\b)(?:{_DOMAIN})?"
        rf"{_WINDOWS}(?!\s{{0,4}}=)",
        "Account Name:\t\t«bob»",
        "Account Name:\t\t-",
        folds_case=True,
    ),
    Phrase(
        "Windows",
        (
            "computer",
            "workstation name",
            "machine",
            "server name",
            "client name",
            "target server",
            "source host",
        ),
        r"(?i)\b(?:caller |client |source |target )?(?:computer(?: name)?|workstation name|machine(?: name)"
        r"?|server name"
        rf"|client name|target server(?: name)?):\s{{1,24}}(?:\\{{2,4}})?{HOST}",
        "Caller Computer Name:\t«WS-07»",
        "the computer: it is off",
    ),
    Phrase(
        "Windows",
        ("\\",),
        rf"(?i)\b(?:user|users|account|login|logon|for|by|as|identity|owner|principal|name|member)[:=]?\s{{"
        rf"0,8}}[\"'\[(<]?{_DOMAIN}"
        rf"{_WINDOWS}(?![\\(])",
        "The user «bob» is unlike CORP: logon by CORP\\«bob» failed"[
            len("The user «bob» is unlike CORP: ") :
        ],
        "logon by C:\\Windows\\x failed",
        folds_case=True,
    ),
    Phrase(
        "Windows",
        ("\\",),
        rf"{_NETBIOS}\\{{1,2}}(?P<user>[A-Za-z][\w.-]{{1,40}}+\$?)(?![\w\\(:{{/])",
        "4625 CORP\\«bob» from 192.0.2.1",
        "key HKLM\\Software and NT AUTHORITY\\SYSTEM and ERROR\\next",
        folds_case=True,
    ),
    Phrase(
        "Windows",
        ("s-1-5-21-",),
        r"\b(?P<user>S-1-5-21-[0-9]{1,12}-[0-9]{1,12}-[0-9]{1,12}-[0-9]{1,12})(?![0-9-])",
        "Security ID:\t\t«S-1-5-21-1004336348-1177238915-682003330-1001»",
        "Security ID:\t\tS-1-5-18",
        folds_case=True,
        reads_digits=True,
    ),
    Phrase(
        "Windows",
        ("name=", "<computer>"),
        r"(?i)Name=['\"](?:Target|Subject|Caller|Client)?(?:User|SamAccount|Account|OldTarget\w{0,10}|NewTa"
        r"rget\w{0,10}"
        rf"|Member|Service)(?:Name)?['\"]>(?:{_DOMAIN})?{_WINDOWS}"
        rf"|Name=['\"](?:Workstation|Computer|Client|Target(?:Server)?|Host|Machine)(?:Name)?['\"]>(?:\\{{2"
        rf"}})?{HOST}"
        rf"|<Computer>{HOST}",
        "<Data Name='TargetUserName'>«bob»</Data>",
        "<Data Name='TargetUserName'>-</Data>",
        folds_case=True,
    ),
    Phrase(
        "Cisco IOS",
        ("configured from", "logged command", "exited tty", "[user:", "user:"),
        rf"(?i)\bconfigured from \S{{1,20}} by {USER}|\[user: ?{QUOTED}\]|\bUser:{USER}\s{{1,4}}logged comm"
        rf"and",
        "%SYS-5-CONFIG_I: Configured from console by «bob» on vty0 (192.0.2.1)",
        "%SYS-5-CONFIG_I: Configured from console by console",
    ),
    Phrase(
        "Cisco ASA",
        ("user <", "username = ", "uname:", "user = ", "username ="),
        rf"(?i)\b(?:user <|(?:user|user ?name|uname)(?: = |: )[\"'<]?){USER}",
        "%ASA-4-722051: Group <g> User <«bob»> IP <192.0.2.1> assigned",
        "%ASA-4-113019: Username = , IP = 192.0.2.1",
    ),
    Phrase(
        "auditd",
        ("acct=", 'auid="', 'uid="', "hostname=", "node="),
        rf"(?:\bacct=|\b[AaEeSsOo]?[Uu][Ii][Dd]=)\"{USER}\"|\b(?:hostname|node)={HOST}",
        'type=USER_LOGIN msg=audit(7.0:7): uid=0 acct="«bob»" hostname=«nas7» terminal=ssh res=success',
        'type=USER_LOGIN uid=0 hostname=? addr=? AUID="unset"',
    ),
    Phrase(
        "words",
        ("logged ", "log in", "login", "logon", "authenticat", "signed in", "sign-in", "log out", "access"),
        rf"(?i)\b(?:log(?:ged)?[ -]?(?:in|on)|login|logon|authenticat(?:ed|ing)|sign(?:ed)?[ -]in|connected"
        rf"|run(?:ning|s)?){S}as"
        rf"{S}(?:user{S})?{QUOTED}(?!/[0-9])",
        "logged in as «bob»",
        "authenticated as a guest",
        hint=r"(?i)(?:in|on|authenticat(?:ed|ing)|connected|run(?:ning|s)?)\s{1,8}as\s",
    ),
    Phrase(
        "words",
        (
            "login",
            "logon",
            "logout",
            "authentication",
            "authorization",
            "access",
            "sign-in",
            "password",
            "auth",
            "lockout",
        ),
        r"(?i)\b(?:login|logon|log-?in|log-?out|authentication|authorization|access|sign-in|auth|password|loc"
        r"kout|mf"
        r"a|2fa|otp|kinit)"
        r"(?:[ -](?:attempts?|request|reset|change[d]?|expired|updated?))?"
        r"(?: (?:has |was |is )?(?:failed|failures?|fail|succeeded|succeeds|fails|success|successful|denied|g"
        r"ranted|errors"
        r"?|rejected|refused|ok|"
        r"blocked|timed out|expired|changed|reset|updated|accepted|required|requested|restricted|disabled))?"
        rf"(?:{S}(?:for|by)(?: the)?)(?:{S}(?:invalid|unknown|illegal))?(?:{S}(?:user|account|principal|log"
        rf"in))?"
        rf"(?:{S}|:{S0}){QUOTED}",
        "Authentication failed for «bob» from 192.0.2.1",
        "password reset for the account was requested",
        hint=(
            r"(?i)(?:log-?in|log-?out|logon|authentication|authorization|access|sign-in|auth|password|lockout"
            r"|mfa|2fa|otp|kinit)[\s\w-]{0,70}\s(?:for|by)[\s:]"
        ),
    ),
    Phrase(
        "words",
        (
            "logged in",
            "logged out",
            "logged on",
            "logged off",
            "signed in",
            "signed out",
            "has joined",
            "log in",
        ),
        rf"(?i)(?<![\w.@/\\-])(?![0-9]{{1,9}}\s){USER}{S}(?:(?:has|is|was|successfully|just|has successfully)"
        rf"{S}){{0,2}}(?:lo"
        rf"gged (?:in|out|on|off)"
        rf"|signed (?:in|out))(?= (?:from|at|via|with|successfully|using|as|on|after|for|to|through|by)\b|["
        rf".,;!)\]]|\s*+$)",
        "«bob» logged in from 192.0.2.1",
        "No users logged in; 3 errors logged in /var/log/x",
    ),
    Phrase(
        "words",
        ("account ",),
        rf"(?i)\baccount{S}(?:of{S}|for{S})?(?:[\"'`\[<]{USER}|(?P<user>[^\s:;,'\"`()\[\]{{}}<>=|/\\]++)(?="
        rf"{S}(?:is|was|has|"
        r"got|locked|unlocked|disabled|enabled|expired|created|deleted|removed|temporarily|permanently|susp"
        r"ended|blocked|added"
        r"|modified|changed)\b))",
        "account «bob» locked after 5 attempts",
        "the account is locked and this account was created",
    ),
    Phrase(
        "words",
        (" by ",),
        r"(?i)\b(?:changed|modified|created|deleted|updated|approved|submitted|uploaded|downloaded|requeste"
        r"d|executed|edited"
        r"|assigned|reviewed|removed|added|scheduled|cancell?ed|acknowledged|owned|signed off|rebooted|restar"
        r"ted|opened|a"
        r"ccessed|performed"
        rf"|initiated|triggered|reset|unlocked|locked|revoked|granted|authored){S}by{S}(?:user{S})?[\"'`]?"
        rf"{USER}"
        r"(?=[\"'`]|\s*+$|[.,;)]|\s(?:on|at|from|to|via|in|using|with|for)\b)",
        "config changed by «bob» at 10:00",
        "created by systemd, changed by the operator",
        hint=r"(?i)(?:ed|off|reset)\s{1,8}by\s",
    ),
)
