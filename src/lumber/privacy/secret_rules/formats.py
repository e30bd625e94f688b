"""Tokens by their format, with their services' prefixes, lengths and alphabets. The examples are made up."""

from __future__ import annotations

from lumber.privacy.secret_rules.rule import SecretRule

_HEX = "0123456789abcdef" * 16
_MIXED = "a1B2c3D4e5F6g7H8" * 16


def _token(type_: str, prefix: str, body: str, sample: str, marks: str, shape: str = "") -> SecretRule:
    """Return the rule of a token: its prefix and body as patterns, a sample, and its marks between spaces."""
    return SecretRule(
        type_,
        tuple(marks.split()),
        rf"(?:(?<![A-Za-z0-9_])|(?<=/bot))(?P<value>{prefix}{body})(?![A-Za-z0-9_])",
        f"k «{sample}» end",
        f"k {sample[:6]} end",
        is_word=True,
        shape=shape,
    )


# Base64 of other binary data has runs of zero bits.
_NO_ZEROS = r"(?![\w-]{0,60}?A{4})"

FORMATS = (
    _token(
        "grafana_token", "glsa_", r"[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}", f"glsa_{_MIXED[:32]}_79b2697c", "glsa_"
    ),
    _token("grafana_token", "glc_", r"[A-Za-z0-9+/]{32,255}+=*+", f"glc_{_MIXED[:40]}", "glc_"),
    _token("linear_token", "lin_(?:api|oauth)_", r"[A-Za-z0-9]{32,64}+", f"lin_api_{_MIXED[:40]}", "lin_"),
    _token(
        "doppler_token", r"dp\.(?:pt|st|ct|sa|scim|audit)\.", r"[\w.-]{32,80}+", f"dp.pt.{_MIXED[:43]}", "dp."
    ),
    _token(
        "dynatrace_token",
        r"dt0[a-z]\d\d\.",
        r"[A-Z0-9a-z]{8,32}+\.[A-Za-z0-9]{64}",
        f"dt0c01.{_MIXED[:24]}.{_MIXED[:64]}",
        "dt0",
    ),
    _token(
        "postman_key", "PMAK-", r"[A-Fa-f0-9]{24}-[A-Fa-f0-9]{34}", f"PMAK-{_HEX[:24]}-{_HEX[:34]}", "pmak-"
    ),
    _token("prefect_token", "pn[ub]_", r"[A-Za-z0-9]{36}", f"pnu_{_MIXED[:36]}", "pnu_ pnb_"),
    _token("pulumi_token", "pul-", r"[a-f0-9]{40}", f"pul-{_HEX[:40]}", "pul-"),
    _token("rubygems_key", "rubygems_", r"[a-f0-9]{48}", f"rubygems_{_HEX[:48]}", "rubygems_"),
    _token(
        "planetscale_token",
        "pscale_(?:tkn|oauth|pw)_",
        r"[\w.=-]{32,64}+",
        f"pscale_tkn_{_MIXED[:43]}",
        "pscale_",
    ),
    _token("sentry_token", "sntry[su]_", r"[\w+/=-]{32,255}+", f"sntryu_{_HEX[:64]}", "sntry"),
    _token(
        "brevo_key",
        "xkeysib-",
        r"[a-f0-9]{64}-[A-Za-z0-9]{16}",
        f"xkeysib-{_HEX[:64]}-{_MIXED[:16]}",
        "xkeysib-",
    ),
    _token("mailgun_key", "(?:pub)?key-", r"[a-f0-9]{32}", f"key-{_HEX[:32]}", "key-"),
    _token("mailchimp_key", "", r"[a-f0-9]{32}-us[0-9]{1,2}", f"{_HEX[:32]}-us12", "-us"),
    _token("square_token", "sq0(?:atp|csp|idp)-", r"[\w-]{22,60}+", f"sq0atp-{_MIXED[:22]}", "sq0"),
    _token("square_token", f"EAAA{_NO_ZEROS}", r"[\w-]{60}", f"EAAA{_MIXED[:60]}", "eaaa"),
    _token("facebook_token", f"EAA[A-Z]{_NO_ZEROS}", r"[A-Za-z0-9]{80,255}+", f"EAAC{_MIXED[:100]}", "eaa"),
    _token("shippo_key", "shippo_(?:live|test)_", r"[A-Fa-f0-9]{40}", f"shippo_live_{_HEX[:40]}", "shippo_"),
    _token("readme_key", "rdme_", r"[a-z0-9]{70}", f"rdme_{_HEX[:70]}", "rdme_"),
    _token(
        "sourcegraph_token",
        "sgp_",
        r"(?:(?:[A-Fa-f0-9]{16}|local)_)?[A-Fa-f0-9]{40}",
        f"sgp_{_HEX[:40]}",
        "sgp_",
    ),
    _token(
        "fly_token",
        "(?:fo1|fm1[ar]|fm2)_",
        r"[\w+/=-]{43,255}+",
        f"fo1_{_MIXED[:43]}",
        "fo1_ fm1a_ fm1r_ fm2_",
    ),
    _token(
        "newrelic_key",
        "NR(?:AK|II|JS|RA|AL)-",
        r"[A-Za-z0-9-]{19,40}+",
        f"NRAK-{_MIXED[:27].upper()}",
        "nrak- nrii- nrjs- nrra- nral-",
    ),
    _token("clojars_token", "CLOJARS_", r"[a-z0-9]{60}", f"CLOJARS_{_HEX[:60]}", "clojars_"),
    _token("adobe_secret", "p8e-", r"[A-Za-z0-9-]{32,40}+", f"p8e-{_MIXED[:32]}", "p8e-"),
    _token("alibaba_key", "LTAI", r"[A-Za-z0-9]{12,20}+", f"LTAI{_MIXED[:20]}", "ltai"),
    _token(
        "atlassian_token",
        "AT(?:ATT3|CTT3|BB)",
        r"[\w=-]{24,255}+",
        f"ATATT3{_MIXED[:180]}",
        "atatt3 atctt3 atbb",
    ),
    _token("octopus_key", "API-", r"[A-Z0-9]{25,32}+", f"API-{_MIXED[:26].upper()}", "api-"),
    _token("openshift_token", "sha256~", r"[\w-]{43}", f"sha256~{_MIXED[:43]}", "sha256~"),
    _token("onepassword_token", "ops_eyJ", r"[\w+/=-]{60,255}+", f"ops_eyJ{_MIXED[:120]}", "ops_eyj"),
    _token("easypost_key", "EZ[AT]K", r"[A-Za-z0-9]{54}", f"EZAK{_MIXED[:54]}", "ezak eztk"),
    _token("duffel_token", "duffel_(?:test|live)_", r"[\w=-]{43}", f"duffel_test_{_MIXED[:43]}", "duffel_"),
    _token(
        "flutterwave_key",
        "FLW(?:SECK|PUBK)(?:_TEST)?-",
        r"[A-Za-z0-9]{12,32}+(?:-X)?",
        f"FLWSECK_TEST-{_HEX[:32]}-X",
        "flw",
    ),
    _token("infracost_key", "ico-", r"[A-Za-z0-9]{32}", f"ico-{_MIXED[:32]}", "ico-"),
    _token("maxmind_key", "", r"[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk", f"a1B2c3_{_MIXED[:29]}_mmk", "_mmk"),
    _token(
        "mapbox_token",
        r"[ps]k\.",
        r"eyJ[\w-]{20,200}+\.[\w-]{20,64}+",
        f"sk.eyJ{_MIXED[:80]}.{_MIXED[:22]}",
        "k.eyj",
    ),
    _token("azure_secret", "", r"[\w.~-]{3}[0-9]Q~[\w.~-]{31,34}", f"abc8Q~{_MIXED[:34]}", "q~"),
    _token(
        "cloudflare_key", r"v1\.0-", r"[a-f0-9]{24}-[a-f0-9]{146}", f"v1.0-{_HEX[:24]}-{_HEX[:146]}", "v1.0-"
    ),
    _token(
        "telegram_token",
        "",
        r"[0-9]{8,10}:[A-Za-z0-9_-]{35}",
        f"5368877614:AA{_MIXED[:33]}",
        ":",
        r"[0-9]{8}:[A-Za-z0-9_-]{35}",
    ),
    _token(
        "discord_token",
        "",
        r"[MNO][A-Za-z0-9_-]{23,27}\.[\w-]{6}\.[\w-]{27,40}+",
        f"M{_MIXED[:23]}.Ab1_dE.{_MIXED[:38]}",
        ".",
        r"[MNO][A-Za-z0-9_-]{23,27}\.[\w-]{6}\.",
    ),
    _token("bcrypt_hash", "", r"\$2[abxy]\$[0-9]{2}\$[A-Za-z0-9./]{53}", f"$2b$12${_MIXED[:53]}", "$2"),
    _token(
        "crypt_hash",
        "",
        r"\$(?:1|5|6|7|y|gy|md5|apr1|sha1|pbkdf2[\w-]{0,12}|scrypt|argon2[id]{1,2})\$(?:[^\s$:;,\"']{1,120}"
        r"+\$){0,4}"
        r"[A-Za-z0-9./+=]{16,128}+",
        f"$6$rounds=5000$salt${_MIXED[:86]}",
        "$",
    ),
    _token(
        "scram_hash",
        "SCRAM-SHA-[0-9]{1,3}",
        r"\$[0-9]{1,8}:[A-Za-z0-9+/=]{8,64}+\$[A-Za-z0-9+/=]{20,128}+:[A-Za-z0-9+/=]{20,128}+",
        f"SCRAM-SHA-256$4096:c2FsdHNhbHQ=${_MIXED[:43]}=:{_MIXED[:43]}=",
        "scram-",
    ),
    SecretRule(
        "teams_webhook",
        ("webhook.office.com", "webhookb2"),
        r"(?i)webhook\.office\.com/(?P<value>webhookb2/[\w@/-]{40,255}+)",
        f"POST https://x.webhook.office.com/«webhookb2/{_HEX[:36]}@{_HEX[:36]}/IncomingWebhook/{_HEX[:32]}»"
        f" ok",
        "POST https://x.webhook.office.com/ ok",
        is_word=True,
    ),
    SecretRule(
        "discord_webhook",
        ("/api/webhooks/",),
        r"(?i)/api/webhooks/(?P<value>[0-9]{6,24}/[\w-]{30,100}+)",
        f"https://chat.invalid/api/webhooks/«123456789012345678/{_MIXED[:60]}» x",
        "GET /api/webhooks/list x",
        is_word=True,
    ),
    SecretRule(
        "signature",
        ("signature=", "sig=", "token=", "sid=", "sessid=", "sessionid", "hmac=", "code=", "ticket=", "key="),
        r"(?i)(?<![\w-])(?:x-amz-(?:signature|credential|security-token)|x-goog-(?:signature|credential)|si"
        r"gnature|sig|hmac"
        r"|access_token|id_token|refresh_token|auth_token|token|sid|(?:php)?sessid|phpsessid|jsessionid|asp"
        r"\.net_sessionid"
        r"|session|connect\.sid|sessionid|ticket|subscription-key|code)=(?P<value>[\w.~%+/:-]{16,255}+=*+)",
        f"GET /x?X-Amz-Expires=60&X-Amz-Signature=«{_HEX[:64]}» HTTP/1.1",
        "code=17 sig=SIGTERM sid=0x1f",
        is_word=True,
    ),
    SecretRule(
        "signature",
        ("jsessionid=", "phpsessid=", "sessionid=", "sessid="),
        r"(?i)(?:jsessionid|phpsessid|sessionid|sessid)=(?P<value>[\w.!~%-]{6,255}+)",
        "GET /a;JSESSIONID=«A1B2C3D4E5» HTTP/1.1",
        "sessionid= none",
        is_word=True,
    ),
)
