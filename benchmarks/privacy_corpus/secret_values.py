"""Made-up secrets in the forms that services give theirs: prefixes, lengths and alphabets."""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Callable
from random import Random

_UPPER = string.ascii_uppercase
_LETTERS = string.ascii_letters
_ALNUM = string.ascii_letters + string.digits
_UPPER_ALNUM = string.ascii_uppercase + string.digits
_LOWER_ALNUM = string.ascii_lowercase + string.digits
_HEX = "0123456789abcdef"
_URL = _ALNUM + "-_"
_B64 = _ALNUM + "+/"
_CRYPT = _ALNUM + "./"
_BASE32 = _UPPER + "234567"
_WORDS = [
    "hunter",
    "sommer",
    "drache",
    "falcon",
    "banjo",
    "copper",
    "maple",
    "sunset",
    "orbit",
    "velvet",
    "tiger",
    "matrix",
]


def _some(chance: Random, alphabet: str, length: int) -> str:
    return "".join(chance.choices(alphabet, k=length))


def _form(*parts: str | tuple[str, int]) -> Callable[[Random], str]:
    """Return a generator of a text: fixed parts, and random ones of an alphabet and a length."""

    def make(chance: Random) -> str:
        return "".join(part if isinstance(part, str) else _some(chance, *part) for part in parts)

    return make


def password(chance: Random) -> str:
    """Return a password as people choose them: `hunter2`, `Sommer2024!`, `x9Fp$kT2`."""
    word, number = chance.choice(_WORDS), chance.randrange(2, 2000)
    forms = (
        f"{word}{number}",
        f"{word.title()}{number}!",
        f"{word.title()}#{number}",
        f"{_some(chance, _ALNUM, 6)}{chance.choice('!$%*#')}{_some(chance, _ALNUM, 3)}",
        _some(chance, _ALNUM, 12),
    )
    return chance.choice(forms)


def simple_password(chance: Random) -> str:
    """Return a password of letters and digits only."""
    word, number = chance.choice(_WORDS), chance.randrange(2, 2000)
    return chance.choice((f"{word}{number}", f"{number}{word.title()}", _some(chance, _ALNUM, 10)))


def jwt(chance: Random) -> str:
    """Return a JSON Web Token with a plausible header and payload."""
    header = {"alg": chance.choice(("HS256", "RS256")), "typ": "JWT"}
    payload = {"sub": _some(chance, string.digits, 10), "iat": 1_700_000_000 + chance.randrange(10**7)}
    parts = [
        base64.urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode()).decode().rstrip("=")
        for part in (header, payload)
    ]
    return ".".join([*parts, _some(chance, _URL, 43)])


def _basic(chance: Random) -> str:
    return base64.b64encode(f"{_some(chance, _LETTERS, 7)}:{password(chance)}".encode()).decode()


def _private_key(chance: Random) -> str:
    kind = chance.choice(("RSA ", "EC ", "OPENSSH ", ""))
    body = "\\n".join(_some(chance, _B64, 64) for _ in range(3))
    return f"-----BEGIN {kind}PRIVATE KEY-----\\n{body}\\n-----END {kind}PRIVATE KEY-----"


SECRETS: dict[str, Callable[[Random], str]] = {
    "secret": simple_password,
    "secret-password": password,
    "secret-hex32": _form((_HEX, 32)),
    "secret-hex40": _form((_HEX, 40)),
    "secret-hex64": _form((_HEX, 64)),
    "secret-alnum": _form((_ALNUM, 32)),
    "secret-url": _form((_URL, 43)),
    "secret-base64": _form((_B64, 43), "="),
    "secret-session": _form((_LOWER_ALNUM, 26)),
    "secret-jsession": _form((_HEX.upper(), 32)),
    "secret-digits": _form((string.digits, 6)),
    "secret-jwt": jwt,
    "secret-basic": _basic,
    "secret-private-key": _private_key,
    "secret-aws-id": _form("AKIA", (_BASE32, 16)),
    "secret-aws-session-id": _form("ASIA", (_BASE32, 16)),
    "secret-aws-key": _form((_B64, 40)),
    "secret-github": _form("ghp_", (_ALNUM, 36)),
    "secret-github-app": _form("ghs_", (_ALNUM, 36)),
    "secret-github-fine": _form("github_pat_", (_ALNUM, 22), "_", (_ALNUM, 59)),
    "secret-gitlab": _form("glpat-", (_URL, 20)),
    "secret-gitlab-runner": _form("GR1348941", (_URL, 20)),
    "secret-gitlab-trigger": _form("glptt-", (_HEX, 40)),
    "secret-grafana": _form("glsa_", (_ALNUM, 32), "_", (_HEX, 8)),
    "secret-grafana-cloud": _form("glc_", (_ALNUM, 60), "="),
    "secret-slack-bot": _form("xoxb-", (string.digits, 12), "-", (string.digits, 12), "-", (_ALNUM, 24)),
    "secret-slack-user": _form("xoxp-", (string.digits, 12), "-", (string.digits, 12), "-", (_HEX, 32)),
    "secret-slack-app": _form("xapp-1-A", (_UPPER_ALNUM, 10), "-", (string.digits, 13), "-", (_HEX, 64)),
    "secret-slack-hook": _form("T", (_UPPER_ALNUM, 8), "/B", (_UPPER_ALNUM, 8), "/", (_ALNUM, 24)),
    "secret-stripe": _form("sk_live_", (_ALNUM, 24)),
    "secret-stripe-restricted": _form("rk_live_", (_ALNUM, 24)),
    "secret-stripe-hook": _form("whsec_", (_ALNUM, 32)),
    "secret-google": _form("AIza", (_URL, 35)),
    "secret-google-oauth": _form("ya29.", (_URL, 68)),
    "secret-google-client": _form("GOCSPX-", (_URL, 28)),
    "secret-npm": _form("npm_", (_ALNUM, 36)),
    "secret-pypi": _form("pypi-AgEIcHlwaS5vcmc", (_URL, 70)),
    "secret-rubygems": _form("rubygems_", (_HEX, 48)),
    "secret-docker": _form("dckr_pat_", (_URL, 27)),
    "secret-digitalocean": _form("dop_v1_", (_HEX, 64)),
    "secret-sendgrid": _form("SG.", (_URL, 22), ".", (_URL, 43)),
    "secret-mailgun": _form("key-", (_HEX, 32)),
    "secret-mailchimp": _form((_HEX, 32), "-us12"),
    "secret-twilio": _form("SK", (_HEX, 32)),
    "secret-telegram": _form((string.digits, 10), ":AA", (_URL, 33)),
    "secret-discord": _form("MT", (_ALNUM, 22), ".", (_URL, 6), ".", (_URL, 38)),
    "secret-openai": _form("sk-proj-", (_URL, 48)),
    "secret-anthropic": _form("sk-ant-api03-", (_URL, 93), "AA"),
    "secret-huggingface": _form("hf_", (_LETTERS, 34)),
    "secret-shopify": _form("shpat_", (_HEX, 32)),
    "secret-square": _form("sq0csp-", (_URL, 43)),
    "secret-newrelic": _form("NRAK-", (_UPPER_ALNUM, 27)),
    "secret-databricks": _form("dapi", (_HEX, 32)),
    "secret-linear": _form("lin_api_", (_ALNUM, 40)),
    "secret-notion": _form("ntn_", (_ALNUM, 46)),
    "secret-vault": _form("hvs.", (_URL, 95)),
    "secret-terraform": _form((_ALNUM, 14), ".atlasv1.", (_URL, 65)),
    "secret-doppler": _form("dp.pt.", (_ALNUM, 43)),
    "secret-age": _form("AGE-SECRET-KEY-1", ("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)),
    "secret-azure-storage": _form((_B64, 86), "=="),
    "secret-azure-sas": _form((_ALNUM, 43), "%3D"),
    "secret-sentry": _form("sntrys_", (_ALNUM, 60)),
    "secret-atlassian": _form("ATATT3xFfGF0", (_URL, 180)),
    "secret-facebook": _form("EAA", (_ALNUM, 120)),
    "secret-wireguard": _form((_B64, 42), "8="),
    "secret-crypt-sha512": _form("$6$", (_CRYPT, 16), "$", (_CRYPT, 86)),
    "secret-crypt-md5": _form("$1$", (_CRYPT, 8), "$", (_CRYPT, 22)),
    "secret-crypt-apr": _form("$apr1$", (_CRYPT, 8), "$", (_CRYPT, 22)),
    "secret-crypt-yescrypt": _form("$y$j9T$", (_CRYPT, 22), "$", (_CRYPT, 43)),
    "secret-bcrypt": _form("$2b$12$", (_CRYPT, 53)),
    "secret-argon": _form("$argon2id$v=19$m=65536,t=3,p=4$", (_B64, 22), "$", (_B64, 43)),
    "secret-ssha": _form("{SSHA}", (_B64, 38), "=="),
    "secret-ntlm": _form((_HEX, 32)),
    "secret-cisco5": _form("$1$", (_CRYPT, 4), "$", (_CRYPT, 22)),
    "secret-cisco7": _form("0", (string.digits, 1), (_HEX.upper(), 16)),
    "secret-mysql": _form("*", (_HEX.upper(), 40)),
    "secret-scram": _form("SCRAM-SHA-256$4096:", (_B64, 22), "==$", (_B64, 43), "=:", (_B64, 43), "="),
}
