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
    _token(
        "facebook_token", f"EAA[A-Za-z0-9]{_NO_ZEROS}", r"[A-Za-z0-9]{80,255}+", f"EAAC{_MIXED[:100]}", "eaa"
    ),
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
        r"\$(?:1|5|6|7|8|9|y|gy|md5|apr1|sha1|pbkdf2[\w-]{0,12}|scrypt|argon2[id]{1,2})\$(?:[^\s$:;\"']{1,120"
        r"}"
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
    _token(
        "crypt_hash",
        "",
        r"(?:pbkdf2_sha[0-9]{1,3}|bcrypt_sha256|pbkdf2:sha[0-9]{1,3}:[0-9]{1,8}|scrypt:[0-9:]{3,24})\$(?:[^\s"
        r"$:;,\"']{1,64}+\$){1,3}"
        r"[A-Za-z0-9+/=]{20,160}+",
        f"pbkdf2_sha256$260000$saltsalt${_MIXED[:43]}=",
        "pbkdf2 bcrypt_sha scrypt:",
    ),
    SecretRule(
        "crypt_hash",
        ("{ss", "{sh", "{sm", "{md5", "{crypt", "{pbkdf2", "{argon"),
        r"(?i)(?P<value>\{(?:S?SHA(?:256|384|512)?|S?MD5|CRYPT|PBKDF2[\w-]{0,10}|ARGON2[id]{0,2})\}[A-Za-z0-"
        r"9+/=.$]{16,160}+)",
        f"userPassword: «{{SSHA}}{_MIXED[:38]}==»",
        "{SHA} is a scheme",
        is_word=True,
    ),
    SecretRule(
        "mysql_hash",
        ("*",),
        r"(?<![\w*])(?P<value>\*[0-9A-F]{40})(?![0-9A-Za-z])",
        f"AS '«*{_HEX[:40].upper()}»' ok",
        "* 40 and *ABC",
        is_word=True,
        shape=r"\*[0-9A-F]{40}",
    ),
    _token("postgres_hash", "", r"md5[0-9a-f]{32}", f"md5{_HEX[:32]}", "md5", r"md5[0-9a-f]{32}"),
    _token(
        "onepassword_key",
        "A3-",
        r"[A-Z0-9]{6}-[A-Z0-9]{6,11}(?:-[A-Z0-9]{5,6}){3,4}",
        "A3-ASWWYB-798JRY-LJVD4-23DC2-86TVM-H43EB",
        "a3-",
    ),
    _token(
        "airtable_token",
        "pat",
        r"[A-Za-z0-9]{14}\.[a-f0-9]{64}",
        f"pat{_MIXED[:14]}.{_HEX[:64]}",
        "pat",
        r"pat[A-Za-z0-9]{14}\.",
    ),
    _token("artifactory_key", "(?:AKCp|cmVmd)", r"[A-Za-z0-9]{59,69}", f"AKCp{_MIXED[:69]}", "akcp cmvmd"),
    _token("aws_bedrock_key", "ABSK", r"[A-Za-z0-9+/]{109,269}+={0,2}", f"ABSK{_MIXED[:120]}", "absk"),
    _token(
        "amazon_mws_key",
        r"amzn\.mws\.",
        r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "amzn.mws.4ea38b7b-f563-7709-4bae-87aea15c0d11",
        "amzn.mws.",
    ),
    _token("buildkite_token", "bk[ua]a_", r"[a-f0-9]{40}", f"bkua_{_HEX[:40]}", "bkua_ bkaa_"),
    _token(
        "circleci_token",
        "CCI(?:PAT|PRJ)_",
        r"[A-Za-z0-9]{22}_[a-f0-9]{40}",
        f"CCIPAT_{_MIXED[:22]}_{_HEX[:40]}",
        "ccipat_ cciprj_",
    ),
    _token("clickhouse_key", "4b1d", r"[A-Za-z0-9]{38}", f"4b1d{_MIXED[:38]}", "4b1d"),
    _token("contentful_token", "CFPAT-", r"[\w-]{43}", f"CFPAT-{_MIXED[:43]}", "cfpat-"),
    _token("crates_token", "cio", r"[A-Za-z0-9]{32}", f"cio{_MIXED[:32]}", "cio", r"cio[A-Za-z0-9]{32}"),
    _token(
        "defined_token",
        "dnkey-",
        r"[a-z0-9=_-]{26}-[a-z0-9=_-]{52}",
        f"dnkey-{_HEX[:26]}-{_HEX[:52]}",
        "dnkey-",
    ),
    _token("docker_token", "dckr_[op]at_", r"[\w-]{27,40}+", f"dckr_pat_{_MIXED[:27]}", "dckr_"),
    _token(
        "dropbox_token", r"sl\.", r"[\w=-]{130,180}+", f"sl.{_MIXED[:140]}", "sl.", r"sl\.[A-Za-z0-9_=-]{20}"
    ),
    _token("figma_token", "fig[dou]r?_", r"[\w-]{36,60}+", f"figd_{_MIXED[:40]}", "figd_ figo_ figu_ figor_"),
    _token("frameio_token", "fio-u-", r"[\w=-]{64}", f"fio-u-{_MIXED[:64]}", "fio-u-"),
    _token("gitlab_token", "GR1348941", r"[\w-]{20}", f"GR1348941{_MIXED[:20]}", "gr1348941"),
    _token("google_token", "1//0", r"[\w-]{30,200}+", f"1//0{_MIXED[:43]}", "1//0"),
    _token("google_token", "4/0A", r"[\w-]{40,200}+", f"4/0A{_MIXED[:60]}", "4/0a"),
    _token("groq_key", "gsk_", r"[A-Za-z0-9]{52}", f"gsk_{_MIXED[:52]}", "gsk_"),
    _token(
        "harness_token",
        r"[ps]at\.",
        r"[\w-]{22}\.[0-9a-f]{24}\.[A-Za-z0-9]{20}",
        f"pat.{_MIXED[:22]}.{_HEX[:24]}.{_MIXED[:20]}",
        "at.",
        r"[ps]at\.[A-Za-z0-9_-]{8}",
    ),
    _token("heroku_key", "HRKU-", r"[\w-]{36,60}+", f"HRKU-AA{_MIXED[:58]}", "hrku-"),
    _token("huggingface_token", "api_org_", r"[A-Za-z]{34}", f"api_org_{'abCdEfgHij' * 3}abCd", "api_org_"),
    _token("intra42_secret", "s-s4t2(?:ud|af)-", r"[a-f0-9]{64}", f"s-s4t2ud-{_HEX[:64]}", "s-s4t2"),
    _token(
        "langsmith_key",
        "lsv2_(?:pt|sk)_",
        r"[a-f0-9]{32}_[a-f0-9]{10}",
        f"lsv2_pt_{_HEX[:32]}_{_HEX[:10]}",
        "lsv2_",
    ),
    _token("lob_key", "(?:live|test)_(?:pub_)?", r"[a-f0-9]{31,35}", f"live_{_HEX[:35]}", "live_ test_"),
    _token("netlify_token", "nf[ptub]_", r"[A-Za-z0-9]{36,40}", f"nfp_{_MIXED[:36]}", "nfp_ nft_ nfu_ nfb_"),
    _token("notion_token", "ntn_", r"[A-Za-z0-9]{40,50}+", f"ntn_{_MIXED[:46]}", "ntn_"),
    _token("notion_token", "secret_", r"[A-Za-z0-9]{43}", f"secret_{_MIXED[:43]}", "secret_"),
    _token("nuget_key", "oy2", r"[a-z0-9]{43}", f"oy2{_HEX[:43]}", "oy2"),
    _token("nvidia_key", "nvapi-", r"[\w-]{60,80}+", f"nvapi-{_MIXED[:64]}", "nvapi-"),
    _token(
        "paypal_token",
        r"access_token\$production\$",
        r"[0-9a-z]{16}\$[0-9a-f]{32}",
        f"access_token$production${_HEX[:16]}${_HEX[:32]}",
        "access_token$",
    ),
    _token("perplexity_key", "pplx-", r"[A-Za-z0-9]{48}", f"pplx-{_MIXED[:48]}", "pplx-"),
    _token("pinecone_key", "pcsk_", r"[A-Za-z0-9_]{40,80}+", f"pcsk_{_MIXED[:64]}", "pcsk_"),
    _token(
        "plaid_token",
        "access-(?:sandbox|development|production)-",
        r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "access-sandbox-4ea38b7b-f563-7709-4bae-87aea15c0d11",
        "access-",
    ),
    _token("posthog_key", "ph[cx]_", r"[A-Za-z0-9]{40,50}+", f"phx_{_MIXED[:43]}", "phc_ phx_"),
    _token("replicate_token", "r8_", r"[A-Za-z0-9]{37}", f"r8_{_MIXED[:37]}", "r8_"),
    _token("scalingo_token", "tk-us-", r"[\w-]{48}", f"tk-us-{_MIXED[:48]}", "tk-us-"),
    _token(
        "snyk_token",
        r"snyk_(?:uat|sat)\.",
        r"[a-z0-9]{8}\.[\w-]{20,200}+(?:\.[\w-]{20,200}+)?",
        f"snyk_uat.{_HEX[:8]}.{_MIXED[:64]}",
        "snyk_",
    ),
    _token("sonar_token", "sq[aup]_", r"[a-z0-9=_-]{40}", f"squ_{_HEX[:40]}", "squ_ sqp_ sqa_"),
    _token("supabase_token", "sb(?:p|_secret)_", r"[\w-]{31,64}+", f"sbp_{_HEX[:40]}", "sbp_ sb_secret_"),
    _token("tailscale_key", "tskey-", r"[\w-]{16,80}+", f"tskey-auth-{_MIXED[:17]}-{_MIXED[:32]}", "tskey-"),
    _token(
        "terraform_token",
        "",
        r"[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{60,70}",
        f"{_MIXED[:14]}.atlasv1.{_MIXED[:67]}",
        ".atlasv1.",
    ),
    _token(
        "twitter_token",
        "A{19,22}",
        r"[A-Za-z0-9%]{60,100}",
        f"{'A' * 22}{_MIXED[:60]}%3D{_MIXED[:20]}",
        "aaaaaaaaaaaaaaaaaaaa",
        r"A{19}",
    ),
    _token("typeform_token", "tfp_", r"[\w.=-]{40,64}+", f"tfp_{_MIXED[:59]}", "tfp_"),
    _token("xai_key", "xai-", r"[A-Za-z0-9]{70,90}+", f"xai-{_MIXED[:80]}", "xai-"),
    _token(
        "yandex_key",
        "(?:AQVN|YC[AM])",
        r"[\w-]{35,40}",
        f"AQVN{_MIXED[:36]}",
        "aqvn yca ycm",
        r"(?:AQVN|YC[AM])[A-Za-z0-9_-]{8}",
    ),
    _token(
        "vault_token", r"(?<![\w.])s\.", r"[A-Za-z0-9]{24}", f"s.{_MIXED[:24]}", "s.", r"s\.[A-Za-z0-9]{24}"
    ),
    SecretRule(
        "ticket",
        ("gt-", "st-", "pt-"),
        r"(?<![A-Za-z0-9_])(?:[SPT]GT|[SP]T)-[0-9]{1,9}-(?P<value>[A-Za-z0-9_.-]{16,128}+)(?![A-Za-z0-9_])",
        f"k ST-1856339-«{_MIXED[:20]}-cas» end",
        "k ST-185 end",
        is_word=True,
        shape=r"(?:[SPT]GT|[SP]T)-[0-9]{1,9}-[A-Za-z0-9]",
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
        r"(?i)(?<![\w-])(?:x-amz-(?:signature|security-token)|x-goog-signature|si"
        r"gnature|sig|hmac"
        r"|access_token|id_token|refresh_token|auth_token|token|sid|(?:php)?sessid|phpsessid|jsessionid|asp"
        r"\.net_sessionid"
        r"|session|connect\.sid|sessionid|ticket|subscription-key|code)=(?!(?:[SPT]GT|[SP]T)-[0-9])(?P<v"
        r"alue>[\w.~%+/:-]{16,255}+=*+)",
        f"GET /x?X-Amz-Expires=60&X-Amz-Signature=«{'0f3a9c44d1b75e20' * 4}» HTTP/1.1",
        "code=17 sig=SIGTERM sid=0x1f",
        is_word=True,
        is_random=True,
    ),
    SecretRule(
        "signature",
        ("jsessionid=", "phpsessid=", "sessionid=", "sessid="),
        r"(?i)(?:jsessionid|phpsessid"
        r"|sessionid(?!=[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-|=[0-9]{1,12}(?![\w.!~%-]))|sessid)=(?P<value>["
        r"\w.!~%-]{6,255}+)",
        "GET /a;JSESSIONID=«A1B2C3D4E5» HTTP/1.1",
        "sessionid= none and sessionid=2061304352",
        is_word=True,
    ),
)
