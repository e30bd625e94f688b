"""Who speaks in chats, whom claims of tokens name, and who signs in with a protocol's own command."""

from __future__ import annotations

from lumber.privacy.phrases.phrase import ADDRESS, HOST, NAMED, USER, Phrase

# Elements of HTML, names that runtimes put in angle brackets, and levels of messages.
_NO_NICK = (
    r"(?!(?:html?|head|body|title|div|span|table|tbody|thead|input|form|script|style|link|meta|img|svg|c"
    r"ode|pre|br|hr"
    r"|li|ul|ol|td|tr|th|em|strong|small|section|article|nav|main|option|select|button|label|iframe|xml|"
    r"root|item"
    r"|module|string|lambda|genexpr|listcomp|frozen|anonymous|native|eval|stdin|stdout|stderr|init|clini"
    r"t|none|null"
    r"|nil|empty|unknown|unset|missing|undefined|redacted|hidden|masked|filtered|info|warn(?:ing)?|error"
    r"|err|debug"
    r"|trace|notice|crit(?:ical)?|alert|emerg|fatal|verbose|not|no|any|all|host|file|path|name|value|key"
    r"|id|user"
    r"|username|password|token|secret|url|date|time|number|port|address|server|system|default|binary|blo"
    r"b|eof|end"
    r"|unconfigured|[0-9a-f]{6,16}|start|begin|local(?:host)?|global|internal|external|public|private)>)"
)

PHRASES = (
    Phrase(
        "chat",
        (">",),
        rf"(?:^|(?<=\]\s)|(?<=[#&][a-z]\s)|[#&][\w-]{{1,48}}:?\s)<[@+%&~ ]?{_NO_NICK}"
        r"(?P<user>[A-Za-z][\w.-]{1,31}+)>\s{1,2}(?![<>{}\[|=-])(?=\S)(?![^\n]{0,250}?</)",
        "#ops <«rita_k»> the deploy is done",
        "<info> link up, <stdin> could not be read, <b>x</b> and a <bob> b",
        hint=r"<[@+%&~ ]?[A-Za-z][^\s<>]*>\s",
    ),
    Phrase(
        "claims",
        ("sub",),
        r"[\"']sub\\{0,3}[\"']\s{0,2}:\s{0,2}\\{0,3}[\"'](?P<user>[A-Za-z][\w.+-]{1,63}+)(?=\\{0,3}[\"'])"
        r"|(?:\b(?:aud|iss|exp|iat|claims?|jwt|scope|azp)\b[^\n]{0,120}?)(?<![\w.-])sub[=:]\s?"
        r"(?P<user>[A-Za-z][\w.+-]{1,63}+)(?![\w@:/|=])"
        r"|(?<![\w.-])sub=(?P<user>[A-Za-z][\w.+-]{1,63}+)(?=[,; ][^\n]{0,60}?\b(?:aud|iss|exp|iat|scope"
        r"|azp)[=:])",
        '{"iss":"shop","sub":"«bob»","exp":7} and claims: sub=«bob»',
        '{"sub":"8d5f1c2e-0000-4000-8000-000000000000"} sub=routing, {"sub":"auth0|7"}, {"sub": 7}',
        hint=r"(?i)sub.{0,6}[=:]",
    ),
    Phrase(
        "HTTP",
        ("auth=",),
        rf"(?<![A-Za-z])auth=[\"']?{USER}:(?=\[secret:password\])",
        "GET /metrics auth=«bob»:[secret:password]",
        "auth=plain auth=host:8080",
    ),
    Phrase(
        "IMAP",
        (" login ",),
        r"(?:^|\s)[A-Za-z]{0,4}[0-9]{1,6} LOGIN \"?(?P<user>[^\s\"'<>*@]{1,64}+)\"? \"?(?=\[secret:passw"
        r"ord\])",
        "A001 LOGIN «bob» [secret:password]",
        "12 LOGIN attempts failed",
    ),
    Phrase(
        "strongSwan",
        ("established for ", "xauth authentication of "),
        rf"\bno MSK established for {USER}\s*+\Z",
        "EAP method EAP_MSCHAPV2 succeeded, no MSK established for «bob»",
        "IKE_SA established for peer",
    ),
    Phrase(
        "applications",
        (" by ",),
        r"(?i)\b(?:reopened|saved|starred|started|stopped|archived|restored|uninvited|viewed|s"
        r"igned|renamed|"
        r"moved|snoozed"
        r"|silenced|rotated|rescheduled|postponed|purchased|refunded|shared|exported|registered|reverted"
        r"|forked"
        r"|suspended|reactivated|deactivated|invoiced|sold|ordered|reserved) by (?:user )?"
        r"(?P<user>(?:[A-Za-z]\.)?[A-Za-z][a-z]{1,30}(?:[._-][a-z]{2,30}|[0-9]{1,4})?+)(?=[.,;]?\s*+\Z"
        r"|\s(?:on|at|from|via|in) )",
        "ticket 41 was reopened by «rita»",
        "started by systemd, saved by hand; signed by the authority",
        hint=r"(?i)ed by |sold by |old by ",
    ),
    Phrase(
        "PostgreSQL",
        ("postgres: ", "authorization ", "reassign owned by "),
        rf"\bpostgres: (?!(?:checkpointer|walwriter|autovacuum|logger|stats|archiver|startup)\b){USER} "
        rf"\S{{1,64}} "
        rf"(?:{ADDRESS}\([0-9]{{1,5}}\)|\[local\]) \S"
        rf"|(?i:\bcreate schema \S{{1,80}} authorization [\"']?){USER}"
        rf"|(?i:\breassign owned by [\"']?){USER}[\"']? (?:TO|to) [\"']?{USER}",
        "REASSIGN OWNED BY «bob» TO «carol»; postgres: «bob» shop 192.0.2.1(5000) idle",
        "postgres: logger process, authorization failed",
    ),
    Phrase(
        "qpopper",
        (": -err", 'supplied for "'),
        rf"^(?:\w{{1,20}}: )?{USER} at \S{{1,120}} \({ADDRESS}\): -ERR|\bsupplied for \"{USER}\" is inco"
        rf"rrect",
        '«bob» at x (192.0.2.1): -ERR [AUTH] Password supplied for "«bob»" is incorrect.',
        "look at x: -ERR",
    ),
    Phrase(
        "rlogind",
        (" on ",),
        rf"(?:^|:\s){USER} on {HOST} as {USER}: (?:r|permission|access)",
        "rlogind: «bob» on «atlas.example.net» as «carol»: rlogin denied",
        "on call as usual: restarted",
        hint=r" on \S+ as \S+: ",
    ),
    Phrase(
        "controllers",
        ("identity='", "logged in using ", "log in for ", "uid='"),
        rf"\bidentity='{USER}'|\bSuccessfully logged in using {USER},|\bUnable to log in for {USER} from"
        rf"|_(?:find|show|mod|add|del)(?:/[0-9])?\([^()\n]{{0,120}}?\buid='{USER}'",
        "USR0031: Unable to log in for «bob» from 192.0.2.1 using SSH.",
        "logged in using a password, identity='' and uid='1000'",
    ),
    Phrase(
        "accel-ppp",
        ("ppp",),
        rf"\bppp[0-9]{{1,5}}: {USER}: authentication (?:succeeded|failed)",
        "ppp0: «bob»: authentication succeeded",
        "ppp0: authentication failed",
        hint=r"ppp[0-9]{1,5}: \S+: auth",
    ),
    Phrase(
        "Patroni",
        ("i am ", "following a leader ("),
        rf"\bI am \(?{NAMED}\)?(?=[,;]|\s*+\Z)|\bfollowing a leader \({HOST}\)",
        "no action. I am («pg-node-1»), a secondary, and following a leader («pg-node-2»)",
        "I am the leader, I am not following a leader",
    ),
    Phrase(
        "LLDP",
        ("neighbor ", " with ", "uplink to ", "downlink to "),
        rf"(?i:\b(?:lldp|cdp) neighbor ){NAMED}(?= on )|\bdiscovered on \S{{1,40}} with {NAMED}(?= )"
        rf"|(?i:\b(?:up|down)link to ){NAMED}",
        "%CDP-4-DUPLEX_MISMATCH: duplex mismatch discovered on Gi1/0/1 with «sw-core-1» Gi1/0/2",
        "neighbor table full, uplink to the core is down",
    ),
    Phrase(
        "Consul",
        ("marking health ",),
        rf"\bmarking health \w{{2,12}}: member={HOST}",
        "member joined, marking health alive: member=«consul-7» partition=default",
        "marking health alive",
    ),
    Phrase(
        "monitoring",
        ("node ", "computer name "),
        rf"\b[Nn]ode (?!v?[0-9]){NAMED} (?:is|became) (?:not |now )?(?:ready|reachable|unreachable|down|"
        rf"up|offline"
        rf"|online|Ready|NotReady)\b|\b[Cc]omputer name {NAMED}",
        "node «kube-w3» is not ready",
        "node v20.1 is up, the node is not ready",
    ),
)
