"""What routers, VPN gateways, telephone exchanges and printers write about users."""

from __future__ import annotations

from lumber.privacy.phrases.phrase import ADDRESS, USER, Phrase

_NAME = r"(?P<user>[^\s'\",=/\\<>()]++)"

PHRASES = (
    Phrase(
        "Cisco IOS",
        ("username ",),
        rf"(?i)\busername {USER} (?:privilege|password|secret|nopassword|one-time|view|algorithm-type)\b",
        "logged command:username «bob» privilege 15 secret 5 x",
        "username and password",
    ),
    Phrase(
        "Cisco ASA",
        ("(local\\", "fins (", "reset-", "timeout (", "bytes "),
        rf"\(LOCAL\\{USER}\)|\bbytes [0-9]{{1,15}} (?:TCP [A-Za-z0-9-]{{2,20}}|\S{{2,30}} timeout) "
        rf"\({USER}\)",
        r"Teardown TCP connection 7 for outside:192.0.2.1/443(LOCAL\«bob») to x duration 0:00:30 bytes 9 TCP"
        " FINs («bob»)",
        "bytes 9 TCP FINs and timeout (30 s)",
    ),
    Phrase(
        "strongSwan",
        ("authentication of '",),
        rf"\bauthentication of '(?:[^'\n]{{1,200}}[, ])?(?:CN|E|UID)={_NAME}' with ",
        "authentication of 'C=US, O=Example, CN=«bob»' with RSA_EMSA_PKCS1_SHA2_256 successful",
        "authentication of 'C=US, O=Example' with RSA signature",
    ),
    Phrase(
        "strongSwan",
        ("lease to '", "lease '", "to peer '", "ike secret for ", "by '"),
        rf"\b(?:lease (?:{ADDRESS} )?(?:to|by)|virtual IP {ADDRESS} to peer) '{_NAME}'"
        rf"|\b(?:IKE|EAP|shared|private) secret for {USER}(?=\s*+\Z|[,;])",
        "assigning virtual IP 192.0.2.1 to peer '«bob»'",
        "assigning new lease to '192.0.2.1'",
    ),
    Phrase(
        "MikroTik",
        ("<pppoe-", "<l2tp-", "<pptp-", "<sstp-", "<ovpn-"),
        rf"<(?:pppoe|l2tp|pptp|sstp|ovpn)-{_NAME}>",
        "<l2tp-«bob»>: connected",
        "<l2tp->: connected",
    ),
    Phrase(
        "TACACS+",
        ("enable authentication", "shell login"),
        rf"(?:^|\s){USER}: (?:enable authentication|shell login) (?:failed|succeeded|denied)",
        "«bob»: enable authentication failed on 192.0.2.1",
        "enable authentication failed",
    ),
    Phrase(
        "Asterisk",
        ("peer '", "sip/", "pjsip/", "iax2/"),
        rf"\b(?:Peer|Endpoint|AOR) '(?![0-9]{{1,20}}'){_NAME}' is now |\b(?:PJ)?SIP/(?![0-9]{{1,20}}-)"
        rf"(?P<user>[A-Za-z][\w.-]{{0,60}}?)-[0-9a-f]{{8}}(?![0-9A-Za-z])",
        "Peer '«bob»' is now UNREACHABLE!  Last qualify: 20",
        "Dial(SIP/trunk) and SIP/2.0 200 OK",
    ),
    Phrase(
        "CUPS",
        ("queued on ", "printed on "),
        rf"\b(?:queued|printed) on \\?\"?[^\s\"\\]{{1,80}}\\?\"? (?:by|for) \\?\"?{USER}",
        'Job 7 queued on "HP_LaserJet" by "«bob»".',
        "Job 7 queued on HP_LaserJet",
    ),
)
