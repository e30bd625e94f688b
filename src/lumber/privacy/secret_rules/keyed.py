"""Random values beside words that tell a secret, and passwords in commands and configurations."""

from __future__ import annotations

from lumber.privacy.secret_rules.rule import BARE as _BARE
from lumber.privacy.secret_rules.rule import SIGN as _SIGN
from lumber.privacy.secret_rules.rule import SecretRule

_RANDOM = "9fK2xQ7vLmP4tRz8WcJ1"
_HEX = "0f3a9c44d1b75e2068aa31c9e4f7b250"
_VALUE = r"(?P<value>[A-Za-z0-9+_][\w+/.~-]{15,254}+={0,2}|/[\w+/.~-]{15,254}+={1,2})"
_QUOTED = r"\"(?:[^\"\\]|\\.){1,255}+\"?|'(?:[^'\\]|\\.){1,255}+'?"
_HASH = r"\{[A-Z0-9-]{3,14}\}[\w+/.$=-]{8,255}+"
_ANY = rf"(?P<value>{_QUOTED}|{_HASH}|{_BARE})"
# Keys and tokens that lock nothing, directly before the word.
_NO_KEYS = "".join(
    f"(?<!{word}[ _.-])"
    for word in (
        *(
            "cache",
            "public",
            "primary",
            "foreign",
            "partition",
            "routing",
            "sort",
            "idempotency",
            "object",
            "row",
        ),
        *(
            "lookup",
            "group",
            "shard",
            "hash",
            "host",
            "s3",
            "redis",
            "message",
            "dedup",
            "storage",
            "map",
            "index",
        ),
        *(
            "unique",
            "composite",
            "i18n",
            "translation",
            "resource",
            "lock",
            "join",
            "range",
            "pub",
            "session",
            "from",
            "of",
            "authority",
            "subject",
            "rsa",
            "dsa",
            "gpg:",
            "resume",
            "page",
            "next",
            "continuation",
            "pagination",
            "sync",
            "websocket",
            "saved with",
            "cached with",
            "stored with",
            "duplicate",
        ),
    )
)
# The same words in one with it, as in `cacheKey`; a key that unlocks is one.
_NO_JOINED_KEYS = "".join(
    f"(?<!{word})"
    for word in """
    cache partition primary foreign routing sort idempotency shard route object row group lookup hash message
    dedup dedupe map index unique composite translation resource join range blob file request entity event job
    record document order product item metric subject authority search filter sequence field column label
    (?<!un)lock
    """.split()  # noqa: SIM905
)
# What is said about entries of a cache, and about the signatures of attacks.
_NO_ENTRY = (
    r"(?!\\?[\"'`)\]]?\s(?:evicted|hit|miss|missed|took|stored|cached|matched|(?:is |was )?(?:not )?(?:f"
    r"ound )?in"
    r" (?:the )?cache)\b)"
)


KEYED = (
    SecretRule(
        "password",
        ("password 0 ", "secret 0 ", ": eap ", ": xauth ", ": ntlm "),
        r"(?i)\busername \S{1,64} (?:privilege [0-9]{1,2} )?(?:password|secret) 0 (?P<value>[^\s\"']{1,128}+)"
        r"|\s: (?:eap|xauth|ntlm) \"(?P<value_2>[^\"\r\n]{1,255}+)\"",
        "username x privilege 15 password 0 «tuna77»",
        "password 0 days old: EAP method, bob : EAP %any",
    ),
    SecretRule(
        "key",
        ("key",),
        rf"(?i)(?<!pub)(?<!public){_NO_KEYS}{_NO_JOINED_KEYS}key(?:id)?{_SIGN}(?:base64:)?{_VALUE}"
        rf"{_NO_ENTRY}",
        f'using "auth_key": "«{_RANDOM}»" and more',
        f"cache key: {_HEX} and key=user:7 and key: 8d5f1c2e-0000-4000-8000-000000000000",
        is_random=True,
    ),
    SecretRule(
        "key",
        ("key", "secret", "token", "signature", "credential", "ticket"),
        rf"(?i)(?<![A-Za-z]){_NO_KEYS}(?:keys?|secrets?|tokens?|signature|credentials?|ticket)(?: (?:is|was|v"
        rf"alue|material|id|now|set to|changed to))?"
        rf"\s{{1,3}}(?:\\{{0,3}}[\"'`<(\[])?{_VALUE}{_NO_ENTRY}",
        f"API key «{_RANDOM}» was rejected",
        "token bucket empty, secret default/db-credentials updated, key exchange method curve25519-sha256",
        is_random=True,
    ),
    SecretRule(
        "session",
        ("session", "cookie"),
        r"(?i)(?<![A-Za-z])(?<!accounting )(?<!acct-)(?<!ssl )(?<!tls )(?:session|cookie)(?: (?:id|token"
        r"|key))?"
        rf"(?:\s|{_SIGN})(?:[\"'`<(\[])?(?!0x[0-9a-f]{{1,16}}\b){_VALUE}",
        "Login for x from y in session «k3jf82kd91kfjd8s» (error: 0)",
        "session 8d5f1c2e-0000-4000-8000-000000000000 closed; session established for websocket-connections",
        is_random=True,
    ),
    SecretRule(
        "key",
        (
            "auth=",
            "appid=",
            "app_id=",
            "samlre",
            "assertion=",
            "verifier=",
            "sign=",
            "invite=",
            "invitation=",
            "salt=",
            "_code=",
        ),
        rf"(?i)(?<![A-Za-z])(?:auth|invite|invitation|(?:hash_|password_)?salt|app_?id|samlre(?:sponse|ques"
        rf"t)|(?:client_)?assertion|code_verifier|sign|device_code|authorization_code|auth_code|"
        rf"x-sign(?:ature)?)={_VALUE}",
        f"GET /v1/forecast?appid=«{_HEX}»&q=x",
        "auth=plain appid=shop sign=SHA256",
        is_random=True,
    ),
    SecretRule(
        "password",
        ("auth=",),
        r"(?i)(?<![A-Za-z])auth=[\"']?[A-Za-z][\w.@-]{0,63}:(?P<value>[^\s\"'<>,;)\]}&/:]{4,80}+)(?![:/])",
        "GET /metrics auth=x:«tuna77»",
        "auth=plain auth=host:8080 auth=basic:enabled auth=none",
        is_checked=True,
    ),
    SecretRule(
        "password",
        (" pass ", " login ", "neighbor ", "setx "),
        r"(?:>\s|\bUSER \S{1,64} )PASS (?P<value>[^\s\"'<>*:()]{3,128}+)(?=\s*+\Z)"
        r"|(?:^|\s)[A-Za-z]{0,4}[0-9]{1,6} LOGIN \S{1,80} \"?(?P<value_2>[^\s\"'<>*]{3,128}+)\"?(?=\s*+\Z)"
        r"|(?i:\bneighbor \S{1,45} password )(?:[0-9] )?(?P<value_3>[^\s\"'<>*]{3,128}+)(?=\s*+\Z)"
        r"|\bsetx (?:/[mM] )?(?i:\w{0,40}(?:password|passwd|secret|token|api_?key)) \"?"
        r"(?P<value_4>[^\s\"'<>%]{3,255}+)",
        "A001 LOGIN x «tuna»",
        "test > PASS all, 12 LOGIN attempts failed, neighbor x password is required",
    ),
    SecretRule(
        "key",
        ("/reset", "/verify", "/confirm", "/activate", "/invite", "/magic", "/unsubscribe", "/password"),
        r"(?i)/(?:reset(?:[-_]password)?|password[-_/]reset|verify(?:[-_]email)?|confirm(?:[-_]email)?|activa"
        r"te|invite|magic(?:[-_]link)?"
        r"|unsubscribe)/(?:confirm/)?(?P<value>[A-Za-z0-9_.~-]{16,254})",
        f"GET /reset-password/«{_RANDOM}» HTTP/1.1",
        "GET /verify/8d5f1c2e-0000-4000-8000-000000000000 and /reset/confirmation-page",
        is_random=True,
        is_word=True,
    ),
    SecretRule(
        "signature",
        ("signature",),
        r"(?i)signature(?:-[0-9]{1,3})?\\{0,3}[\"']?\s{0,2}[:=]\s{0,2}\\{0,3}[\"']?(?:t=[0-9]{1,12},)?(?:sha"
        r"[0-9]{1,3}|v[0-9]|hmac[\w-]{0,12})=(?P<value>[A-Za-z0-9+/]{24,128}+={0,2})",
        f"X-Hub-Signature-256: sha256=«{_HEX}»",
        "signature: sha256=none",
    ),
    SecretRule(
        "hash",
        ("hash",),
        r"(?i)\b(?:(?:password|passwd|pass|pw|lm|nt|ntlm|user)[ _-]?hash|hash(?:ed)?[ _-]?password)(?:\\{0,3}"
        r"[\"'])?(?: is|\s{0,2}[:=])?\s{0,2}\\{0,3}[\"']?"
        r"(?P<value>[0-9a-f]{32,128})(?![0-9a-z])",
        f"password hash «{_HEX}» of x",
        f"commit hash {_HEX} and password hash sha512",
    ),
    SecretRule(
        "password",
        (
            "requirepass",
            "masterauth",
            "rootpw",
            "storepass",
            "keypass",
            "passphrase ",
            "passwd ",
            "pre-shared-key",
            "preshared",
            "psk",
            "authtok",
            "bind_pw",
            "ppk-secret",
            "authentication-key",
            "_pw",
        ),
        r"(?i)(?<![\w.])(?:requirepass|masterauth|rootpw|-(?:src|dest|new)?(?:store|key)pass|--passphrase"
        r"|pre-?shared-?key|(?:ldap_default_)?authtok|[a-z]{2,12}_pw|(?:wpa_)?psk|psksecret|ppk-secret"
        r"|authentication-key(?!\s[0-9]))"
        rf"(?:[\"']?\s{{1,4}}(?![:=])(?:--?(?:plaintext|iscrypted|lock)\s|ENC\s)?|\s{{0,2}}[:=]\s{{0,2}})"
        rf"(?!--?[a-z]|(?:is|was|not|has|missing|none|ascii|hex)\b){_ANY}",
        '"CONFIG" "SET" "requirepass" "«tuna77!x»"',
        "rootpw --lock",
    ),
    SecretRule(
        "password",
        ("pw", "pass ", "creds", "credential", "login"),
        r"(?i)(?<![\w.-])(?:(?:pw|pwd)(?:\s{0,2}[:=]\s{0,4}|\s)|pass\s|cred(?:ential)?s?\s{0,2}[:=]?\s{0,2}["
        r"\w.@-]{1,64}:"
        rf"|login (?:with |as )?[\w.@-]{{1,64}}\s{{0,2}}/\s{{0,2}})[\"'`]?(?P<value>(?![/~]|[A-Z]:){_BARE})",
        "user x pass «tuna77» and more",
        "all pass tests; login as x / guest; credentials: none",
        is_checked=True,
    ),
    SecretRule(
        "password",
        ('"auth"', "auth ", "setuser", '"pass', "pass "),
        r"(?i)\"AUTH\" (?:\"[^\"]{1,80}\" )?\"(?P<value>[^\"]{1,255})\"",
        '1772445600.123 [0 x:5000] "AUTH" "«tuna77»"',
        '"AUTH" failed',
    ),
    SecretRule(
        "password",
        ("auth plain", "auth login", "auth cram", "setuser", '"pass ', "auth "),
        r"(?:\bAUTH (?:PLAIN|LOGIN|CRAM-MD5) (?P<value>(?=[A-Za-z0-9+/]{0,80}(?:[a-z][A-Z]|[0-9=]))[A-Za-z0-"
        r"9+/]{8,255}+={0,2}))(?![\w-])",
        "client sent AUTH PLAIN «AGJvYgB0dW5hNzc=» now",
        "SASL AUTH PLAIN authentication failed",
    ),
    SecretRule(
        "password",
        ("setuser", '"pass ', "auth ", "pass "),
        r"(?:\bSETUSER \S{1,80} [^\n]{0,40}?>|\"PASS |^PASS |^AUTH )(?P<value>[^\s\"<>*]{1,255})",
        'Client "192.0.2.1", "PASS «tuna77»"',
        '"PASS <password>"',
        is_checked=True,
    ),
    SecretRule(
        "password",
        ("net use", "net user"),
        r"(?i)\bnet1?(?:\.exe)? (?:use (?:[A-Z*]: )?\\{2,4}\S{1,200} (?:/user:\S{1,80} )?(?P<value>(?!/)[^\s"
        r"\"'/][^\s\"']{2,80})"
        r"|user [\w.$-]{1,64} (?P<value_2>(?!/)[^\s\"'/][^\s\"']{2,80}))",
        "net use Z: \\\\ws-07\\share /user:CORP\\x «tuna77»",
        "net use Z: /delete and net user x /add",
        is_checked=True,
    ),
    SecretRule(
        "password",
        (" /p ", "/pass:", "/password:", "/rp "),
        rf"(?i)(?<=\s)/(?:p|rp)\s(?P<value>(?!/){_BARE})|(?<=\s)/pass(?:word)?:(?P<value_2>{_BARE})",
        "schtasks /create /s x /u y /p «tuna77» /tn z",
        "mkdir /p folder",
        is_checked=True,
    ),
    SecretRule(
        "password",
        ("securestring", "unseal key"),
        rf"(?i)\bConvertTo-SecureString (?:-String )?(?P<value>{_QUOTED})"
        rf"|\bunseal key(?: [0-9]{{1,2}})?(?: \([^()]{{1,20}}\))?: (?P<value_2>{_BARE})",
        "ran ConvertTo-SecureString '«tuna77»' -AsPlainText",
        "ran ConvertTo-SecureString $x and unseal key is missing",
    ),
    SecretRule(
        "password",
        (
            "rdp /",
            "rdesktop /",
            "openssl enc",
            "mc alias set ",
            "mc config host",
            "'send ",
            'send \\"',
            'send "',
        ),
        rf"(?i)\bw?x?free?rdp\b[^\n|;]{{0,120}}? /p:(?P<value>{_QUOTED}|{_BARE})"
        rf"|\bopenssl enc\b[^\n|;]{{0,120}}? -(?:k|pass) (?!-|pass:|file:|env:)(?P<value_2>{_QUOTED}|{_BARE})"
        rf"|\bmc (?:alias set|config host add)(?: \S{{1,120}}){{3}} (?P<value_3>{_QUOTED}|{_BARE})"
        r"|\bexpect\b[^\n]{0,120}?\bsend \\{0,3}\"(?P<value_4>[^\\\"\s]{3,80})\\{1,4}[rn]",
        "ran xfreerdp /u:x /p:«tuna77» /v:y",
        "ran openssl enc -aes-256-cbc -in x and mc alias list",
        is_checked=True,
    ),
    SecretRule(
        "password",
        ("value=", 'key="', 'name="', 'id="'),
        r"(?i)(?:<(?:[\w.-]{0,40})(?:password|passwd|secret|token|api-?key)\s(?:[^<>]{0,80}\s)?value"
        r"|\b(?:name|key|id)=\"[\w.-]{0,60}(?:password|passwd|passphrase|secret|token|api-?key|access-?key)\""
        r"\s{1,4}value)=\"(?P<value>[^\"<>\r\n]{3,255})\""
        r"|<\w{1,20} (?:name|key|id)=\"[\w.-]{0,60}(?:password|passwd"
        r"|passphrase|secret|api-?key)\">(?P<value_2>[^<>\r\n]{3,255})</",
        '<property name="db.password" value="«tuna77»"/>',
        '<input name="password" type="password"/> and <option key="name" value="x"/>',
    ),
    SecretRule(
        "password",
        ("user/pass", "username/password", "login/password", "community "),
        rf"(?i)\b(?:user(?:name)?|login)/pass(?:word)?(?: is)?[:=\s]{{1,4}}[\w.@-]{{1,64}}/(?P<value>{_BARE})"
        r"|\bcommunity (?:string |name )?\\{0,3}[\"']?(?P<value_2>[^\s\"'<>,;:\\]{4,80})",
        "user/pass: x/«tuna77»",
        "username/password is wrong, community string",
        is_checked=True,
    ),
    SecretRule(
        "password",
        ("invalid user",),
        r"(?i)\binvalid user(?: \([^()]{0,120}\))?: \[[^\[\]/]{1,80}/(?P<value>(?!<)[^\]\s]{1,80}+)\]",
        "Invalid user (htpasswd): [x/«tuna77»] (from client y port 0)",
        "Invalid user: [x/<via Auth-Type = EAP>]",
    ),
    SecretRule(
        "password",
        (
            "p4ss",
            "p@ss",
            "pa55",
            "p@5",
            "p45",
            "pas5",
            "pa5s",
            "passw0rd",
            "p455",
            "s3cr3t",
            "secr3t",
            "s3cret",
            "t0ken",
        ),
        r"(?i)(?<![A-Za-z0-9])(?:[A-Za-z0-9]{1,20}[_.-])?(?:p[a4@][s5$]{2}(?:w[o0]?r?d)?|s[e3]cr[e3]t|t[o0]"
        r"k[e3]n)"
        rf"(?<!pass)(?<!password)(?<!secret)(?<!token){_SIGN}(?P<value>{_BARE})",
        '{"p4ssw0rd": "«tuna77»"}',
        "p4ss the salt",
    ),
    SecretRule(
        "password",
        (
            "mot_de_passe",
            "motdepasse",
            "mdp",
            "has\u0142o",
            "haslo",
            "l\u00f6senord",
            "losenord",
            "\u043f\u0430\u0440\u043e\u043b",
            "\u5bc6\u7801",
            "\u30d1\u30b9",
            "salasana",
            "parola",
            "heslo",
            "jelsz",
        ),
        r"(?i)(?<![A-Za-z0-9])(?:[a-z]{1,20}_)?(?:mot_?de_?passe|mdp|has[\u0142l]o|l[\u00f6o]senord|\u043f"
        r"\u0430\u0440\u043e\u043b\u044c"
        rf"|\u5bc6\u7801|\u30d1\u30b9\u30ef\u30fc\u30c9|salasana|parola|heslo|jelsz[\u00f3o]){_SIGN}(?P<val"
        rf"ue>{_BARE})",
        '{"mot_de_passe": "«tuna77»"}',
        "parola is a word",
        is_checked=True,
    ),
    SecretRule(
        "password",
        ("sudo -s", "password-stdin", "chpasswd", "passwd --stdin"),
        r"\becho (?:-n )?[\"']?(?:[\w.-]{1,64}:(?=[^|]{1,255}\|\s?(?:sudo )?chpasswd))?+(?P<value>[^\s\"'|]{3"
        r",255})[\"']? ?"
        r"\| ?(?:sudo -S|docker login|podman login|(?:sudo )?chpasswd|passwd --stdin)",
        "ran echo x:«tuna77» | chpasswd",
        "ran cat x | chpasswd",
    ),
    SecretRule(
        "password",
        (
            "zip ",
            "7z ",
            "smbclient",
            "sqlplus",
            "thin:",
            "mosquitto",
            "snmp",
            "vault login",
            "psexec",
            "az login",
            "unrar ",
            "cifs",
        ),
        r"(?:\b7z \w -p|\bzip -P |\bunrar \w -p"
        r"|\bsmbclient\b[^\n|;]{0,120}? -U [^\s%]{1,80}%|\b(?:sqlplus|thin:)(?: -\w{1,4})? ?[\w.$-]{1,64}/(?="
        r"[^\s@]{1,80}@)|\bmosquitto_\w{3}\b[^\n|;]{0,120}? -P "
        r"|\bsnmp(?:walk|get|bulkwalk|set)\b[^\n|;]{0,60}? -c |\bsnmp-server community |\bvault login |\bpse"
        r"xec\w{0,2}\b[^\n|;]{0,120}? -p )(?P<value>[^\s\"'<>;,@]++)",
        "ran snmpwalk -c «tuna77» x",
        "ran snmpwalk -c public x and 7z a x.7z",
        is_checked=True,
    ),
    SecretRule(
        "password",
        ("rabbitmqctl", "htpasswd"),
        r"\brabbitmqctl (?:add_user|change_password|authenticate_user) \S{1,64} [\"']?(?P<value>(?!-)[^"
        r"\s\"'<>]++)"
        r"|\bhtpasswd -[A-Za-z]{0,6}b[A-Za-z]{0,6} \S{1,120} \S{1,64} [\"']?(?P<value_2>(?!-)[^\s\"'<>]++)",
        "ran rabbitmqctl add_user x «tuna»",
        "ran rabbitmqctl list_users and htpasswd -c /etc/x y",
    ),
    SecretRule(
        "password",
        ("secret ", "password ", "key ", "community ", "key-string "),
        r"(?i)\b(?:(?:enable |username \S{1,64} (?:privilege [0-9]{1,2} )?)(?:secret|password)|password|secre"
        r"t|key|key-string|(?:tacacs|radius)-server (?:host \S{1,60} )?key|isakmp key)"
        r" (?:[0-9] (?P<value>(?:\$[0-9]\$\S{4,255}+|(?=[0-9A-Fa-f]{0,80}[0-9A-F])[0-9A-Fa-f]{6,200}))(?![\w$"
        r"])|(?<=enable secret )(?P<value_2>(?![0-9]\s)[^\s]++)"
        r"|(?<=server key )(?![0-9]\s)(?P<value_3>[^\s]++)"
        r"|(?<=isakmp key )(?![0-9]\s)(?P<value_4>[^\s]++)"
        r"|(?<=ap password )0 (?P<value_5>[^\s]++))",
        "username x password 7 «0822455D0A16»",
        "password 7 days old, secret 5 changed",
        is_checked=False,
    ),
    SecretRule(
        "password",
        ("password",),
        r"(?i)\bpassword(?: is)?(?: generated)? for (?:the )?(?:user )?[\"'`]?[^\s\"'`:]{1,80}[\"'`]?(?: us"
        r"er(?: \([^()]{1,120}\))?)?(?::| is| to| was"
        r"| set to)\s{1,2}[\"'`]?"
        rf"(?P<value>{_BARE})|\bpassword to proceed to \w{{1,20}}:\s{{1,4}}(?P<value_2>{_BARE})",
        "A temporary password is generated for root@localhost: «tuna77Xy»",
        "password for x is required, password for x: expired",
        is_checked=True,
    ),
    SecretRule(
        "password",
        ("password", "set password"),
        r"(?i)\bpassword(?: for '[^']{0,80}'(?:@'[^']{0,80}')?)?\s{0,2}=\s{0,2}N?(?P<value>'[^'\r\n]{1,255}+"
        r"')",
        "SET PASSWORD FOR 'x'@'%' = '«tuna-77»'",
        "password = ''",
    ),
    SecretRule(
        "password",
        ("login attempt [",),
        r"\blogin attempt \[(?:b')?[^\s/\]]{1,80}/(?:b')?(?P<value>[^\]'\s]{1,255})",
        "login attempt [b'x'/b'«tuna77»'] succeeded",
        "login attempt []",
    ),
    SecretRule(
        "password",
        (
            "auth_pass ",
            "bindpw ",
            "authentication-key ",
            "message-digest-key ",
            "wpa-psk ",
            " enc ",
            "auth-key ",
            "authkey ",
        ),
        r"(?i)(?<![\w-])(?:auth_pass|bindpw|(?:authentication|message-digest)-key [0-9]{1,5} md5(?: [0-9])?"
        r"|wpa-psk ascii [0-9]|password ENC|auth-?key) [\"']?(?P<value>[^\s\"';]{3,255})",
        "keepalived: auth_pass «tuna77» set",
        "ntp authentication-key 7",
    ),
    SecretRule(
        "url_token",
        ("://",),
        r"://(?P<value>[A-Za-z0-9_-]{20,255})@",
        f"git clone https://«{_RANDOM}»@x.example.net/x.git",
        "https://registry-service-account@x.example.net/",
        is_random=True,
        is_word=True,
        shape=r"://[A-Za-z0-9_-]{20}",
    ),
)
