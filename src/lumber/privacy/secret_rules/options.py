"""Passwords in configurations of devices, options of programs and settings, by the words before them."""

from __future__ import annotations

from lumber.privacy.secret_rules.rule import BARE, SIGN, SecretRule

OPTIONS = (
    SecretRule(
        "password",
        (
            "server host ",
            "privilege ",
            "ldappasswd ",
            "vncpasswd ",
            "7z ",
            "impdp ",
            "expdp ",
            "bcp ",
            "isql ",
        ),
        rf"(?i)\b(?:radius|tacacs)-server host \S{{1,60}} (?:\S{{1,20}} [0-9]{{1,5}} ){{0,4}}key (?![0-9]\s)"
        rf"(?P<value>{BARE})|\busername \S{{1,64}} privilege [0-9]{{1,2}} (?:secret|password) (?![0-9]\s)"
        rf"(?P<value_2>{BARE})|\bldappasswd\b[^\n|;]{{0,120}}? -(?:s|a|w) (?P<value_3>{BARE})"
        rf"|\bvncpasswd (?!-)(?P<value_4>{BARE})|\b7za? \w [^\n|;]{{0,80}}? -p(?P<value_5>{BARE})"
        rf"|\b(?:impdp|expdp|rman target|imp|exp) (?!/)[\w.$-]{{1,64}}/(?P<value_6>[^\s@\"']{{1,128}}+)"
        rf"|\b(?:bcp|isql|osql|tsql|dbisql)\b[^\n|;]{{0,120}}? -P ?(?P<value_7>{BARE})",
        "radius-server host 192.0.2.1 auth-port 1812 key «tuna77»",
        "radius-server host 192.0.2.1 and 7z x a.7z; bcp failed",
        is_checked=True,
    ),
    SecretRule(
        "password",
        ("secret", "shared key", "tacacs", "radius"),
        rf"(?i)(?<![\w-])(?:(?:shared|radius|tacacs\+?|pre-?shared|client|chap|ppp|ike|ipsec) (?:secret|key)"
        rf" (?:is |was |= ?)?[\"']?(?P<value>{BARE})"
        rf"|secret [\"']?(?P<value_2>{BARE}) for (?:client|user|host)\b)",
        "radius: shared secret «tuna77» mismatch",
        "shared secret is wrong; client secret expired; secret db-credentials for the client",
        is_checked=True,
    ),
    SecretRule(
        "password",
        ("bindpw", "userpw", "_pass", "-pass", '"confirm', "confirm="),
        rf"(?i)(?<![A-Za-z0-9])(?:(?:bind|root|user|ldap|db|admin)pw{SIGN}(?P<value>(?!is\b|was\b){BARE})"
        rf"|[a-z]{{2,20}}[_-]pass(?:wd)?(?:\\{{0,3}}[\"'])?\s{{0,2}}:\s{{1,4}}[\"']?(?P<value_2>{BARE})"
        rf"|\"confirm(?:ation|_password)?\\{{0,3}}\"\s{{0,2}}:\s{{0,2}}\\{{0,3}}\"(?P<value_3>[^"
        rf"\"\\\s]{{4,128}}+))",
        "bindpw «tuna77» smtp_pass: «tuna77»".replace("bindpw «", "bindpw=«"),
        'the bindpw is missing, first_pass: done and {"confirm":"yes"}',
        is_checked=True,
    ),
    SecretRule(
        "password",
        ("p=", '="-p', '="-u"', '="--password', '="--user"'),
        r"[?&]u=[^&\s\"']{1,64}&p=(?P<value>[^&\s\"']{4,255})|[?&]p=(?P<value_2>[^&\s\"']{4,255})(?=&u=)"
        r"|\ba[0-9]{1,2}=\"(?:-u|--user)\" a[0-9]{1,2}=\"[^\s:\"]{1,64}:(?P<value_3>[^\"\s]{1,255})\""
        r"|\ba[0-9]{1,2}=\"(?:-p|--password[= ]?)(?:\" a[0-9]{1,2}=\")?(?P<value_4>[^\"\s]{4,255})\"",
        'GET /query?u=bob&p=«tuna77» and a0="curl" a1="-u" a2="bob:«tuna77»"',
        'GET /list?p=200&q=u=7 and a1="-p" a2="22" a3="-u" a4="bob"',
        is_checked=True,
        shape=r"[?&]p=|\ba[0-9]{1,2}=.(?:-u|-p|--user|--password)",
    ),
)
