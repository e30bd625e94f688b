"""Secrets in texts, recognised by name or format. Each is replaced by `[secret:<name>]`.

Found: private keys (PEM), values after `Authorization`, `Bearer` and `Basic`, cookies, values of names such
as `password=`, `token:` or `api_key=`, also as options of programs, in XML and in lists and objects of JSON,
`user:password@` in addresses of services, access keys and tokens of the services in `_FORMATS`, and JSON web
tokens. Not found: a secret without name and format, such as a password alone.

Every pattern takes time linear in the text.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from functools import lru_cache

from lumber.privacy.found import SECRET, Detector, Found, at_marks, has_any
from lumber.privacy.phrases.words import NO_USERS
from lumber.privacy.sieve import any_case

_NAMES = (
    r"pass(?:word|wd|phrase|code)|pwd|secret|token|api[_-]?key|access[_-]?key(?:[_-]?id)?|account[_-]?key"
    r"|secret[_-]?(?:access[_-]?)?key(?:[_-]?base)?|private[_-]?key|signing[_-]?key|encryption[_-]?key|creden"
    r"tials?"
    r"|session[_-]?(?:id|key|token)|set-cookie|cookie|connection[_-]?string"
)
# Lower-case beginnings of the names.
_NAME_MARKS = (
    *("pass", "pwd", "secret", "token", "api", "access", "account", "private", "signing", "encryption"),
    *("credential", "session", "set-cookie", "cookie", "connection"),
)
_IS_NAME = re.compile(rf"(?:{_NAMES}|authorization|^pass|^auth|_pass|^pin)s?$", re.IGNORECASE)
_IS_PASSWORD_NAME = re.compile(r"(?:pass(?:word|wd|phrase|code)?|pwd|^pin|secret)$", re.IGNORECASE)
_QUOTED = r"\"(?:[^\"\\]|\\.)*+\"?|'(?:[^'\\]|\\.)*+'?|\\\"(?:[^\"\\]|\\(?!\"))*+"
# A value ends at a space, at the end of a parameter, and at a comma before the next `name=`.
_BARE = (
    r"(?:[^\s&\"'<>,;)\]}\\]|\\(?![\"n])|[,;)\]}](?![\s,;)\]}&\"'\\]|$)"
    r"(?!\s*+[\w.-]++(?: [\w.-]++){0,2}[\"']?[=:]))++"
)
# A list or an object of JSON within a text, also one whose end is cut off.
_NESTED = (
    r"\[\s*+(?=\\*+[\"'])(?:[^\[\]]++|\[[^\[\]]*+\]?)*+\]?"
    r"|\{\s*+(?=\\*+[\"'])(?:[^{}]++|\{[^{}]*+\}?)*+\}?"
)
# `pass` alone means a password only before a sign, and not as a count: `pass=3 fail=0`.
_PASS = (
    r"(?:(?<![A-Za-z])|(?<=db)|(?<=user)|(?<=ldap)|(?<=smtp)|(?<=ssh)|(?<=root)|(?<=admin)|(?<=my))"
    r"pass(?=\s{0,8}=\s{0,8}(?!(?:[0-9]{1,3}|ok|yes|no|passed)(?![\w.-]))[^\s=]|\\*+[\"']\s{0,8}[:=]\s{0,8}\\"
    r"*+[\"'])"
)
_NAMED = re.compile(
    rf"(?:{_NAMES}|{_PASS})(?:\\*+[\"'])?\s*+(?:=>|:=|::(?=\s)|:|=(?!\s++[\w.-]{{1,30}}+=)|%3[AD])\s*+(?:N(?='))?+"
    rf"(?P<value>{_QUOTED}|\{{[A-Z0-9-]{{3,14}}\}}[\w+/.$=-]{{8,255}}+|{_NESTED}|<[^<>\s]++>?|&(?![\w.-]++=)"
    rf"{_BARE}|{_BARE})",
    re.IGNORECASE,
)
_IS_PASSWORD = re.compile(r"pass|pwd", re.IGNORECASE)
# Passwords in forms other than name, sign and value: options of programs, and XML.
_OPTION = re.compile(
    rf"(?<![\w-])--?(?:[A-Za-z0-9]{{1,32}}+-){{0,4}}(?:{_NAMES}|pass)\s++(?!-)(?P<value>{_QUOTED}|{_BARE})",
    re.IGNORECASE,
)
_TAGGED = re.compile(rf"(?:{_NAMES})(?:\s[^<>]{{0,200}})?>(?P<value>[^<>\r\n]++)(?=</)", re.IGNORECASE)
_COOKIE = re.compile(
    r"(?:set-)?cookie(?:\\*+[\"'])?\s*+[:=]\s*+(?P<open>\\*+[\"'])?+(?P<value>[^\s=;,\"'\\]++=(?P<rest>[^\r"
    r"\n]*+))",
    re.IGNORECASE,
)
# The end of a line, also of one within a text.
_LINE_END = re.compile(r"\\++[rn]|#01[25]|%0[ADad]")
# A closing quote.
_LAST_QUOTE = re.compile(r"\\*+[\"'](?=[\s,)\]}]|\Z)")
# `passwd:chauthtok` is a step of PAM.
_NO_VALUES = frozenset(
    """
    null none true false yes no on off n/a ok set unset valid invalid missing present absent expired enabled
    disabled required optional unknown empty changed updated failed failure success bearer basic include omit
    same-origin deleted created rotated revoked rejected accepted received
    """.split()  # noqa: SIM905
) | {""}
# What programs write instead of a secret, and what they say about one.
_NO_SECRET = re.compile(
    r"(?i)[<\[({*]{0,3}(?:redacted|filtered|removed|hidden|masked|protected|sensitive|omitted|scrubbed|secret"
    r"|password)"
    r"[>\])}*]{0,3}|[*x.\u2022]{3,255}|\[[0-9]{1,4}\]?|(?:auth|account|session|chauthtok|setcred)\)\W{0,8}"
)
# A variable instead of a value: `$DB_PASSWORD`, `${x}`, `{{ x }}`, `%(x)s`, `<not set>`.
_VARIABLE = re.compile(
    r"(?:\$[A-Z]{2,30}+(?:_[A-Z0-9]{1,30}+){1,5}|\$?\{\{?\s?[\w.-]{1,60}\s?\}\}?|%\([\w.]{1,60}\)s|<not set>)"
    r"(?=[\s\"'\\,;)&]|\Z)"
)
# Settings and addresses of databases, of which only the password is secret.
_SETTINGS = re.compile(r"\W{0,4}(?:[A-Za-z][A-Za-z ]{1,30}=(?!=)[^;=]|[a-z][a-z0-9+:]{1,40}://)")
_CONNECTION = re.compile(r"(?i)connection[_-]?string")
# The key in the credentials of a signed address, whose date and region are no secret; or what stands for it.
_SCOPED = re.compile(r"(?P<key>[\w.@%+-]{1,200}?|\[secret:\w{1,30}\])(?:/|%2[Ff])[0-9]{8}(?:/|%2[Ff])")
# A secret of a cluster by its name: `secret="default/db-credentials"`.
_NAME_OF_SECRET = re.compile(r"\W{0,4}[a-z][a-z-]{0,60}/[a-z][a-z.-]{1,60}\W{0,4}")
_SESSION_NUMBER = re.compile(
    r"(?:[0-9]{1,10}|0x[0-9a-f]{1,18}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\W{0,2}"
)
_FOLDER = re.compile(r"~?(?:/[\w.@+-]*+)++|~")
_SAID = re.compile(r":\s{1,8}\Z")
_NO_PROSE = re.compile(
    r"(?i)(?:no|not|password|passwd|token|invalid|incorrect|expired|missing|required|unknown|denied|failed|fa"
    r"ilure|error"
    r"|local|remote|user|accepted|rejected|changed|updated|unchanged|empty|unset|set|ok|is|was|has|must|canno"
    r"t|can't"
    r"|unable|please|enter|authentication|authorization|verification|login|too|the|a|an|this|success|successf"
    r"ul)(?![\w=-])"
)
# How programs print an object: `Token{a64f992`, `Token@5f3a`.
_OBJECT = re.compile(
    r"[A-Za-z]*+[{@]?[0-9a-f]{5,8}(?:[{ }@]|\Z)(?<=[{ }@])|[A-Z][A-Za-z]*+[{@][0-9a-f]{5,8}"
    r"|(?:[a-z]\w{0,30}\.){1,8}[A-Z][\w$]{0,60}@[0-9a-f]{5,8}(?![\w])"
)
# A step of a log-in, as Samba names it: `check_ntlm_password:  authentication for user`.
_STEP = re.compile(r"(?i)(?:authentication|checking|check|mapped|share|unable|failed) ")
# A masked value in the type that programs print around it: `SecretStr('**********')`.
_MASKED = re.compile(r"[A-Za-z_.]{1,40}\(\\*+[\"']?\*++\\*+[\"']?\)")
# PowerShell's option takes a user, not a secret.
_CREDENTIAL_OF = re.compile(r"(?i)-credential\s++(?:[\w.-]{1,30}\\|\(|\$)")
# What a module that is named after secrets says: `botocore.credentials: Found credentials`.
_PROSE = re.compile(r"[A-Z]?[a-z]{1,14} (?:[a-z]{2}|[A-Z][a-z])")
# A scheme with parameters extends to the end of the line: `Digest username="bob", realm="x"`.
_HEADER = re.compile(
    r"\bauthorization(?:\\*+[\"'])?\s*+[:=]\s*+(?:\[(?!secret:|removed)\s*+)?+(?P<open>\\*+[\"'])?+(?P<value>"
    r"(?:(?:digest|hawk|oauth|signature|mac|aws4-[\w-]{1,30}|[\w-]{1,20}hmac[\w-]{0,20})\s|"
    r"(?!basic\s|bearer\s)[A-Za-z][\w-]{0,30}\s++[\w-]++=[\"'\\])(?P<rest>[^\r\n]*+)"
    r"|(?:[A-Za-z][\w-]{0,20}\s++)?+[^\s\"',;\\]++)",
    re.IGNORECASE,
)
# The words before credentials. They are the same for everybody, and stay.
_SCHEME = re.compile(r"(?:basic|bearer|token|negotiate|ntlm|apikey|api-key|key|genieKey)\s++", re.IGNORECASE)
# `authorization: denied` is no header.
_ANSWER = re.compile(
    r"(?i)(?:granted|denied|failed|failure|required|missing|success|successful|succeeded|rejected|ok|error|no"
    r"ne|not|no"
    r"|disabled|enabled|invalid|expired|is|was)(?![\w=+/-])"
    r"|(?:negotiate|ntlm|basic|bearer|digest)(?=\s*+(?:\Z|[\"',;\\]|(?:missing|required|failed|rejected)\b))"
)
_BEARER = re.compile(r"\bbearer\s++(?!HTTP/)(?:\\*+[\"'])?+(?P<value>[\w.~+/-]{8,}+=*+)", re.IGNORECASE)
_BASIC = re.compile(r"\bbasic\s++(?:\\*+[\"'])?+(?P<value>[A-Za-z0-9+/_-]{6,}+={0,2})", re.IGNORECASE)
_PEM = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-(?!----END))*+"
    r"(?:-----END[^-]*+(?:-----)?)?",
    re.IGNORECASE,
)
# Before a password in the address of a service, or before a part of its name.
_IN_URL = re.compile(r"://[^\s/?#\"'<>@]{1,250}\Z")
# Before a password, also these are nobody's name.
_NO_PEOPLE = frozenset(
    ("gitlab-ci-token", "oauth2", "x-access-token", "x-token-auth", "token", "git", "default", "guest")
)
_LONGEST_USER = 260
# A `#` or `?` may be part of a password, unless it ends a port.
_URL = re.compile(
    r"(?<=://)(?P<value>[^\s/?#\"'<>:@]{0,128}:(?![0-9]{1,5}[?#])[^\s/\"'<>@]{0,255}@[^\s/?#\"'<>]++|[^\s/?#\"'<>]++)"
)

_FORMATS = {
    "aws_key": r"(?:AKIA|ASIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])",
    "github_token": r"gh[pousr]_[A-Za-z0-9]{20,}+|github_pat_[A-Za-z0-9_]{20,}+",
    "gitlab_token": r"gl(?:pat|dt|rt|ptt|ft|cbt|soat|agent|imt|oas)-[\w.-]{16,}+",
    "slack_token": r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{8,}+|xapp-[A-Za-z0-9-]{8,}+",
    "slack_webhook": r"hooks\.slack\.com/(?:services|workflows)/[\w/]{8,}+",
    "stripe_key": r"[srp]k_(?:live|test)_[A-Za-z0-9]{10,}+|whsec_[A-Za-z0-9]{16,}+",
    "openai_key": r"sk-(?:proj-|svcacct-|admin-|ant-)?[\w-]{20,}+",
    "google_key": r"AIza[\w-]{30,}+|ya29\.[\w-]{20,}+|GOCSPX-[\w-]{20,}+",
    "npm_token": r"npm_[A-Za-z0-9]{30,}+",
    "pypi_token": r"pypi-[\w-]{32,}+",
    "huggingface_token": r"hf_[A-Za-z0-9]{30,}+",
    "sendgrid_key": r"SG\.[\w-]{16,}+\.[\w-]{16,}+",
    "twilio_key": r"SK[0-9a-f]{32}(?![A-Za-z0-9])",
    "digitalocean_token": r"do[opr]_v1_[a-f0-9]{32,}+",
    "vault_token": r"hv[sbr]\.[\w-]{24,}+",
    "telegram_token": r"[0-9]{8,10}:AA[\w-]{32,}+",
    "shopify_token": r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",
    "databricks_token": r"dapi[a-f0-9]{32}",
    "age_key": r"AGE-SECRET-KEY-1[0-9A-Z]{20,}+",
    # No earlier character can belong to it; otherwise a run of beginnings would take quadratic time.
    "jwt": r"(?<![A-Za-z0-9_-])eyJ[\w-]{5,}+\.[\w-]{5,}+(?:\.[\w-]*+){0,3}",
}
_FORMAT = re.compile(
    "(?<![A-Za-z0-9])(?:" + "|".join(f"(?P<{name}>{body})" for name, body in _FORMATS.items()) + ")",
    re.IGNORECASE,
)
# Lower-case text that a word with a known format contains.
_FORMAT_MARKS = (
    *("akia", "asia", "agpa", "aida", "aroa", "aipa", "anpa", "anva", "abia", "acca"),
    *("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "gldt-", "glrt-", "glptt-", "glft-"),
    *(
        "glcbt-",
        "glsoat-",
        "glagent-",
        "glimt-",
        "gloas-",
        "xox",
        "xapp-",
        "hooks.slack",
        "k_live_",
        "k_test_",
    ),
    *("whsec_", "sk-", "aiza", "ya29.", "gocspx-", "npm_", "pypi-", "hf_", "sg.", "sk", "do", "hvs.", "hvb."),
    *("hvr.", ":aa", "shpat_", "shpca_", "shppa_", "shpss_", "dapi", "age-secret", "eyj"),
)
# The same for Polars.
MAYBE = (
    r"(?i:akia|asia|agpa|aida|aroa|aipa|anpa|anva|abia|acca|gh[pousr]_|github_pat_|gl[a-z]{2,5}-|xox[a-z]|xap"
    r"p-"
    r"|hooks\.slack|[srp]k_|whsec_|sk-|aiza|ya29|gocspx|npm_|pypi-|hf_|sg\.|sk[0-9a-f]{32}|do[opr]_v1|hv[sbr]"
    r"\."
    r"|:aa[\w-]{32}|shp(?:at|ca|pa|ss)_|dapi|age-secret|eyj)|@"
)
# A text with a named secret, header, private key or card number matches this, in the syntax of Polars.
MAYBE_PHRASE = (
    r"(?i:pass(?:word|wd|phrase|code|[\\\"']{0,8}\s{0,8}[=:]|\s)|pwd|secret|token|[a-z][_-]?key|credential|se"
    r"ssion[_-]?id|cookie"
    r"|connection[_-]?string|authorization|bearer\s|basic\s|private key)"
    r"|[0-9](?:[ \x{a0}\x{202f}-]{0,2}[0-9]){12}"
)

_PLACEHOLDER = re.compile(r"(?:\[secret:[a-z0-9_]++\])++")
_MAX_NAMES = 4_096
_OPENING = re.compile(r"\\*+[\"']")


# Tokens that only say where to go on, and the numbers of sessions in an account of who was connected.
_NO_SECRET_NAME = re.compile(
    r"(?i)(?:(?:next|page|pagination|continuation|resume|sync|delta|fencing)[-_ ]?tokens?"
    r"|(?:acct|accounting|audit|multi)[-_ ]?session[-_]?id)\Z"
)
# The beginning of a program's name before `passwd: members of group docker set`.
_PROGRAM = re.compile(r"(?i)(?<![A-Za-z])(?:g|ch|ht|smb|k|yp|ldap|lp|np)\Z")
# Before the name of a secret in the name of a resource of AWS.
_ARN = re.compile(r"arn:aws[\w-]{0,10}:secretsmanager:[\w-]{0,30}:[0-9]{0,12}:\Z")
_WORD_OF_NAME = re.compile(r"(?i)tokens?|session[_-]?id")
_LONGEST_NAME = 16
# A flow of OpenFlow has a number that is called so: `cookie=0x0`.
_FLOW = re.compile(r"0x[0-9a-f]{1,16}")


# Field names repeat, so results are cached.
@lru_cache(maxsize=_MAX_NAMES)
def is_secret_name(name: str) -> bool:
    """Return whether a field of this name contains a secret."""
    snake = _snake(name)
    return _IS_NAME.search(snake) is not None and _NO_SECRET_NAME.search(snake) is None


@lru_cache(maxsize=_MAX_NAMES)
def is_password_name(name: str) -> bool:
    """Return whether a field of this name contains a secret even if its value is a number."""
    return _IS_PASSWORD_NAME.search(_snake(name)) is not None


def is_settings(name: str, value: str) -> bool:
    """Return whether a value has settings of a connection, which are searched for what is secret in them."""
    return _CONNECTION.search(name) is not None and _SETTINGS.match(value) is not None


def scheme_of(name: str, value: str) -> str:
    """Return the word before the credentials in a field of this name, such as `Bearer `; or an empty text."""
    scheme = _SCHEME.match(value) if name.lower().endswith("authorization") else None
    return scheme[0] if scheme is not None and scheme.end() < len(value) else ""


def placeholder(type_: str) -> str:
    """Return the placeholder of a secret of this type."""
    return f"[{type_}]"


def is_placeholder(text: str) -> bool:
    """Return whether a value is the placeholder of a secret."""
    return _PLACEHOLDER.fullmatch(text) is not None


def find_private_keys(text: str, start: int, end: int) -> Iterator[Found]:
    """Find private keys, also truncated ones."""
    if text.find("-----", start, end) < 0:
        return
    for match in _PEM.finditer(text, start, end):
        yield Found(match.start(), match.end(), SECRET + "private_key", "")


def find_headers(text: str, start: int, end: int) -> Iterator[Found]:
    """Find credentials of requests: everything after `Authorization`."""
    if "authorization" not in text[start:end].lower():
        return
    for match in _HEADER.finditer(text, start, end):
        if _ANSWER.match(match["value"]) or _NO_SECRET.fullmatch(match["value"]):
            continue
        if match["rest"] is None:
            scheme = _SCHEME.match(text, *match.span("value"))
            yield from _value(match, "authorization", len(scheme[0]) if scheme else 0)
        else:
            yield from _line(match, "authorization")


def find_schemes(text: str, start: int, end: int) -> Iterator[Found]:
    """Find tokens after `Bearer` or `Basic`, and `user:password` in base64."""
    if not has_any(text[start:end].lower(), ("bearer", "basic")):
        return
    for match in _BEARER.finditer(text, start, end):
        if any(map(str.isdigit, match["value"])):
            yield from _value(match, "bearer_token")
    for match in _BASIC.finditer(text, start, end):
        if _is_basic(match["value"]):
            yield from _value(match, "basic_auth")


def find_named(text: str, start: int, end: int) -> Iterator[Found]:
    """Find the values of names that denote secrets."""
    if not has_any(text[start:end].lower(), _NAME_MARKS):
        return
    matches = list(at_marks(_NAMED, _NAME_MARKS, text, start, end))
    matches += at_marks(_TAGGED, _NAME_MARKS, text, start, end)
    matches += at_marks(_COOKIE, ("set-cookie", "cookie"), text, start, end)
    matches += _OPTION.finditer(text, start, end)
    last = start
    # If two matches share a value, take the longer one.
    for match in sorted(matches, key=lambda match: (match.start("value"), -match.end())):
        if match.start("value") >= last and not _is_no_value(match):
            name = "password" if _IS_PASSWORD.match(match[0].lstrip("-")) else "named"
            items = list(_line(match, name) if match.re is _COOKIE else _value(match, name))
            last = max([match.start("value"), *(item.end for item in items)])
            yield from items


# Each with what every text has in which it finds anything.
SIEVED: tuple[tuple[Detector, str], ...] = (
    (find_private_keys, "-----"),
    (find_headers, any_case(["authorization"])),
    (find_named, any_case(_NAME_MARKS)),
    (find_schemes, any_case(["bearer", "basic"])),
)


def find_formats(text: str, start: int, end: int) -> Iterator[Found]:
    """Find keys and tokens by their format."""
    if not has_any(text[start:end].lower(), _FORMAT_MARKS):
        return
    for match in _FORMAT.finditer(text, start, end):
        # The whole of `user:password@` is one secret.
        is_password = text.startswith("@", match.end()) and _IN_URL.search(
            text, max(0, match.start() - _LONGEST_USER), match.start()
        )
        if match.lastgroup is not None and not is_password:
            yield Found(match.start(), match.end(), SECRET + match.lastgroup, "")


def find_url_passwords(text: str, start: int, end: int) -> Iterator[Found]:
    """Find `user:password` in `scheme://user:password@host`. A password may contain an `@`."""
    if text.find("://", start, end) < 0:
        return
    for match in _URL.finditer(text, start, end):
        user, at, _ = match["value"].rpartition("@")
        name, colon, password = user.partition(":")
        if not at or not colon or is_placeholder(user):
            continue
        # The names of programs stay, those of people don't.
        is_nobody = name.lower() in NO_USERS or name.lower() in _NO_PEOPLE
        if is_nobody and (not password or is_placeholder(password)):
            continue
        first = len(name) + 1 if is_nobody else 0
        yield Found(match.start() + first, match.start() + len(user), SECRET + "url_password", "")


def _is_no_value(match: re.Match[str]) -> bool:
    at = match.start("value")
    if _VARIABLE.match(match.string, at + match.string.startswith(("'", '"'), at)):
        return True
    if _MASKED.match(match.string, at) or _CREDENTIAL_OF.match(match[0]):
        return True
    is_said = _SAID.search(match[0][: match.start("value") - match.start()]) is not None
    # In sudoers: `NOPASSWD: ALL`.
    if match[0][:6].lower() == "passwd" and match.string[max(0, match.start() - 2) : match.start()] == "NO":
        return True
    if is_said and match[0][:6].lower() == "passwd" and _PROGRAM.search(match.string, 0, match.start()):
        return True
    is_module = match.string.startswith(".", match.start() - 1) if match.start() else False
    if is_said and is_module and _PROSE.match(match.string, match.start("value")):
        return True
    if match.start() and _PLACEHOLDER.match(match.string, match.start() - 1):
        return True
    if _IN_URL.search(match.string, max(0, match.start() - _LONGEST_USER), match.start()):
        return True
    if is_settings(match[0][: at - match.start()], match["value"]):
        return True
    if match[0][:6].lower() == "secret" and _NAME_OF_SECRET.fullmatch(match["value"]):
        return True
    value = match["value"].strip("\"'").lower()
    # `["REDACTED"]`, and a value that is only there as its hash, as Vault writes it.
    if _NO_SECRET.fullmatch(value.strip("[]{}\\\"' ")) or value.startswith("hmac-sha256:"):
        return True
    if _ARN.search(match.string, max(0, match.start() - 90), match.start()):
        return True
    if _FLOW.fullmatch(value) and match[0][:6].lower() == "cookie":
        return True
    name = _WORD_OF_NAME.match(match[0])
    if name is not None:
        before = max(0, match.start() - _LONGEST_NAME)
        if _NO_SECRET_NAME.search(match.string[before : match.start() + name.end()]):
            return True
    # The number of a session is no secret.
    if match[0][:7].lower() == "session" and _SESSION_NUMBER.fullmatch(value):
        return True
    # `PWD=/home/somebody` is a shell's working directory.
    is_folder = match[0][:3].lower() == "pwd" and _FOLDER.fullmatch(value) is not None
    is_word = (
        value in _NO_VALUES
        or _NO_SECRET.fullmatch(value)
        # `password: incorrect` is a sentence, `password=incorrect` is none.
        or (_SAID.search(match[0][: match.start("value") - match.start()]) and _NO_PROSE.match(value))
        or value.startswith("chauthtok")
        or _STEP.match(match.string, match.start("value"))
    )
    return is_folder or bool(is_word) or _OBJECT.match(match["value"]) is not None


def _value(match: re.Match[str], name: str, skipped: int = 0) -> Iterator[Found]:
    # Quotes around a value stay, also nested ones, and as many characters as are skipped.
    start, end = match.span("value")
    start += skipped
    opening = _OPENING.match(match["value"], skipped)
    if opening:
        start += len(opening[0])
        if match.string.endswith(opening[0], start, end):
            end -= len(opening[0])
    scoped = _SCOPED.match(match.string, start, end) if "redential" in match[0] else None
    if scoped is not None:
        end = scoped.end("key")
    mark = _PLACEHOLDER.match(match.string, start)
    if end > start and (mark is None or mark.end() < end):
        yield Found(start, end, SECRET + name, "")


def _line(match: re.Match[str], name: str) -> Iterator[Found]:
    """Find a value that extends to the end of the line or to its closing quote."""
    start, end = match.span("value")
    text, opening = match.string, match["open"]
    breaks = _LINE_END.search(text, start, end)
    end = breaks.start() if breaks else end
    if opening:
        closing = re.compile(r"(?<!\\)" + re.escape(opening)).search(text, start, end)
    else:
        closing = _LAST_QUOTE.search(text, start, end) if match.re is _COOKIE else None
    end = closing.start() if closing else end
    while text[end - 1 : end] == " ":
        end -= 1
    if end > start and not _PLACEHOLDER.fullmatch(text, start, end):
        yield Found(start, end, SECRET + name, "")


def _is_basic(text: str) -> bool:
    try:
        return b":" in base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_")
