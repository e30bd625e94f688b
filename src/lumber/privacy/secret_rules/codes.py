"""Codes that people type: one-time codes, seeds of wallets and of authenticators, networks' passwords."""

from __future__ import annotations

from lumber.privacy.secret_rules.rule import SecretRule

CODES = (
    SecretRule(
        "wifi_password",
        ("wifi:",),
        r"\bWIFI:[^\n]{0,120}?;P:(?P<value>[^;\s]{1,255});",
        "WIFI:T:WPA;S:net;P:«tuna77»;;",
        "WIFI:T:nopass;S:net;;",
    ),
    SecretRule(
        "seed_phrase",
        ("phrase", "mnemonic", "seed"),
        r"(?i)\b(?:(?:seed|recovery|backup|secret) (?:phrase|words)|mnemonic)(?: is)?[:= \"']{1,4}(?P<value>"
        r"[a-z]{3,8}(?: [a-z]{3,8}){11,23})\b",
        "seed phrase: «legal winner thank year wave sausage worth useful legal winner thank yellow»",
        "recovery phrase is missing",
    ),
    SecretRule(
        "one_time_code",
        ("pin", " code", "mfa", "2fa", "sms_code", "verification_code", "password ", "otp"),
        r"(?i)(?:(?<![\w-])pin(?:\s{0,2}[:=]\s{0,2}|\s(?:is\s)?)(?P<value>[0-9]{4,8})(?![\w.:-])"
        r"|\brecovery code[:= ]{1,3}(?P<value_2>[a-z0-9]{4}(?:-[a-z0-9]{4}){1,5})|\bone[- ]time password "
        r"(?:is |was )?(?P<value_3>[0-9]{4,8})(?![0-9.])"
        r"|\b(?:unlock|recovery|activation|pairing|reset|backup|invit"
        r"e|two-factor|sign-?in) code(?:\s{0,2}[:=]\s{0,4}|\s(?:is\s|was\s)?)(?P<value_4>[0-9]{4,8})(?![0-9."
        r"])|\b(?:otp|totp|mfa_?code|2fa_?code|verification_?code|otp_?code|sms_?code)\\{0,3}[\"']?\s{0,2}[:="
        r"]\s{0,2}\\{0,3}[\"']?(?P<value_5>[0-9]{4,8})(?![0-9.])"
        r"|\btotp\s(?P<value_6>[0-9]{6,8})(?![0-9.])"
        r"|[\"'](?:pin|otp|totp|tan)(?:_?code)?\\{0,3}[\"']\s{0,2}:\s{0,2}\\{0,3}[\"'](?P<value_7>[0-9"
        r"]{4,8})(?![0-9.]))",
        "card PIN «4488» accepted",
        "pin 13 set to high, pin=on",
    ),
    SecretRule(
        "one_time_code",
        (" code", "otp", "passcode", " pin", "time password", " to sign in", " to log in", " to verify"),
        r"(?i)(?<![\w.:-])(?:g-)?(?P<value>[0-9]{4,8}) is your [\w ]{0,40}?(?:code|otp|passcode|pin)\b"
        r"|\b(?:use|enter|type)(?: the)?(?: code)? (?:g-)?(?P<value_2>[0-9]{4,8}) (?:as your [\w ]{0,4"
        r"0}?(?:code|otp|"
        r"passcode|pin)|to (?:sign|log) in|to verify)\b"
        r"|\b(?:otp|one[- ]time (?:code|password|passcode)|(?:verification|security|login|2fa|mfa|sms|co"
        r"nfirmation) code) "
        r"(?:for|sent to|to) [^\s:]{1,80}(?::| is| was|,)\s{1,2}(?P<value_3>[0-9]{4,8})(?![\w.:-])"
        r"|\bsms (?:sent )?(?:to|for) \S{1,80} (?:with |containing )?(?:the )?code(?::| is)? (?P<value_4"
        r">[0-9]{4,8})"
        r"(?![\w.:-])",
        "«448831» is your login code; OTP for x: «448832»; use «448833» to sign in",
        "404 is your status code; use 8080 as your port; the code for job x is 1234; sms to 5 numbers",
    ),
    SecretRule(
        "totp_secret",
        ("secret",),
        r"(?i:\b(?:totp|otp|mfa|2fa|google authenticator)[ _-]?secret(?:\s|\s{0,2}[:=])\s{0,2})(?P<value>[A-"
        r"Z2-7]{16,64}+={0,6})",
        "totp secret «JBSWY3DPEHPK3PXP» made",
        "totp secret missing",
    ),
)
