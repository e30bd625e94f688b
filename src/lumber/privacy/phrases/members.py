"""Members of chats, games, repositories and shops: who is greeted, joins, pushes, and works on a ticket."""

from __future__ import annotations

from lumber.privacy.phrases.phrase import ADDRESS, HOST, USER, USER_AT, Phrase

_FULL = r"(?P<user>[A-Z][\w.'\u2019-]{1,30}(?: [A-Z][\w.'\u2019-]{0,30}){1,3})"
_END = r"(?=[,.!;)]|\s*+\Z)"
# A name alone, as people call themselves; no constant and no sentence.
_NICK = r"(?P<user>[A-Za-z_][\w.-]{1,40}+)"

PHRASES = (
    Phrase(
        "greetings",
        ("dear ", "hello ", "welcome", "hi "),
        rf"(?:^|(?<=[\s\"'>]))(?:Dear|Hello|Hi|Welcome(?: back)?,?) (?:(?:Mr|Mrs|Ms|Dr)\.? )?(?:{_FULL}{_END}"
        rf"|(?!from\b|to\b|\w{{1,20}}(?:ing|ed)\b){_NICK}(?=[,!]|\s*+\Z))",
        "Dear «Bob Builder», your order has shipped. Welcome back, «bob»!",
        "Dear Valued Customer, Hello Verify Request, Welcome to the club; Hello world! Hi there, Dear custo"
        "mer,",
        is_checked=True,
        hint=r"(?:Dear|Hello|Hi|Welcome(?: back)?,?) ",
    ),
    Phrase(
        "people",
        ("name: ", "name = ", "participant ", "attendee ", "passenger "),
        r"(?:^(?:[Nn]ame|NAME)|(?i:\b(?:customer|patient|guest|employee|student|recipient|passenger|buyer"
        r"|(?:card|account)[ -]?holder|holder|driver|full|your|caller|visitor|member|tenant|applicant)'?s? "
        r"name)"
        rf")(?: =|:) {_FULL}(?=\s*+\Z|[,;.|)]|\s[a-z(<])"
        rf"|\b(?:[Pp]articipant|[Aa]ttendee|[Pp]assenger) (?:{_FULL}|{_NICK})(?= (?:has )?(?:joined|left|was"
        rf"|entered|checked)\b)",
        "customer name: «Bob Builder», participant «Bob Builder» joined",
        "Name: Windows Update, customer name: Default Group; participant count joined",
        is_checked=True,
        hint=r"(?i:name(?: =|:) )[A-Z]|[Pp]articipant |[Aa]ttendee |[Pp]assenger ",
    ),
    Phrase(
        "IRC",
        (" changed to ", " is now known as ", "nick", "#", "privmsg", "quit", "notice", "!"),
        rf"(?i:\bnick(?:name)?:? )(?!changed)(?:of )?{USER} (?:was )?changed to {USER}"
        rf"|(?:^|\s){_NICK} changed (?:\w{{3,5}} )?(?:nick(?:name)?|name) to {USER}"
        rf"|(?:^|\s){_NICK} is now known as {USER}|(?:^|\s){_NICK} (?:\(\S{{1,90}}\) )?has (?:joined|left) "
        rf"[#&]"
        rf"|(?:^|\s){_NICK} (?:\(\S{{1,90}}\) )?has quit (?:IRC )?[(\[]"
        rf"|(?:^|\s):{_NICK}!~?{USER_AT}@(?:{HOST}|{ADDRESS}) [A-Z]{{3,8}}\b",
        "nick «bob» changed to «bob2», «bob2» is now known as «bob» and «bob» has joined #ops",
        "nick changed to x; the color was changed to red; node has left; !important: a@b QUIT",
        hint=r"(?i)changed|known as|has (?:joined|left|quit) ?|:[^\s!]+!~?[^\s@]+@",
    ),
    Phrase(
        "games",
        ("the game", "lost connection: ", "of player ", "disconnecting ", "opped ", "kicked ", "whitelist"),
        rf"(?:^|\s){_NICK} (?:joined|left) the game|(?:^|\]: |\s){_NICK} lost connection: |\bUUID of player"
        rf" {USER}"
        rf"|\bDisconnecting {_NICK} \(/|\b(?:Opped|De-opped|Kicked|Banned) {_NICK}(?=:|\s*+\Z|\sfor\b)"
        rf"|\bAdded {_NICK} to the whitelist",
        "UUID of player «bob» is 8d5f, «bob» joined the game and «bob» lost connection: Disconnected",
        "the server lost connection: the player left the game, Kicked",
        hint=r"the game|lost connection: |of player |Disconnecting |pped |icked |anned |the whitelist",
    ),
    Phrase(
        "repositories",
        (
            " pushed ",
            "-pushed ",
            "opened ",
            " closed ",
            " merged ",
            " approved ",
            " commented ",
            " push by ",
            "commit ",
        ),
        rf"(?:^|\s)@?{_NICK} (?:force-)?pushed (?=(?:[0-9]{{1,6}}|new|a|an|to|branch|tag|commits?)\b)"
        rf"|(?:^|\s)@?{_NICK} (?:opened|closed|merged|reopened|approved|commented on) (?=(?:a )?(?:pull req"
        rf"uest|merge"
        rf" request|issue|PR|MR|[#!][0-9]))|\bStarted by \w{{3,12}} push by {USER}"
        rf"|\bcommit [0-9a-f]{{7,40}} by {_NICK}",
        "«bob» pushed 2 commits to main, Started by GitHub push by «bob»",
        "user pushed a button, bot closed a connection",
        hint=r"pushed |(?:opened|closed|merged|approved|commented on) "
        r".{0,4}?(?:request|pull|merge|issue|PR|MR|[#!])"
        r"|push by |commit [0-9a-f]+ by",
    ),
    Phrase(
        "tickets",
        (
            "assigned to ",
            "comment by ",
            "aborted by ",
            "posted by ",
            "resolved by ",
            "closed by ",
            "merged by ",
        ),
        rf"(?i:(?:^|\b(?:ticket|issue|incident|case|task|request|bug|order|alert)\b #?[\w-]{{1,24}} (?:was "
        rf"|is |has been )?)"
        rf"(?:re)?assigned to ){USER}(?: by {USER})?(?=[.,;)]|\s*+\Z|\s(?:on|at|from|by)\b)"
        rf"|(?i:\b(?:comment(?:ed)?|aborted|posted|resolved|merged|escalated|reported) by ){_NICK}"
        rf"(?={_END}|\s(?:on|at|in)\b)",
        "ticket 4711 assigned to «bob» by «alice», comment by «bob» on 4711",
        "address 192.0.2.1 assigned to bob, aborted by signal, task 7 assigned to the queue",
    ),
    Phrase(
        "tokens",
        ("for subject ", "for principal ", "token "),
        rf"\b(?:for (?:subject|principal)|(?:created|issued|revoked|generated|refreshed) (?:\w{{3,8}} )?tok"
        rf"en (?:\S{{1,255}} )?for) [\"'`]?{USER}(?=[\"'`.,;)]|\s*+\Z|\s(?:from|at|has|is)\b)",
        "jwt expired for subject «bob», created token x for «alice»",
        "revoked token for the user, no key for subject named in the token",
    ),
    Phrase(
        "Spark",
        (" acls to: ",),
        rf"\bChanging (?:view|modify) acls to: {USER}(?:,{USER})?",
        "Changing view acls to: «bob»",
        "Changing view acls groups to: ",
    ),
    Phrase(
        "PostgreSQL",
        (")=(",),
        rf"\((?:user_?name|login|login_?name|nick(?:name)?|owner|user)\)=\({USER}\)",
        "DETAIL:  Key (username)=(«bob») already exists.",
        "Key (user_id)=(7) and (username)=()",
    ),
    Phrase(
        "PAM",
        ("verification code for ", "no result for ", "set by ", "received from sta"),
        rf"\b[Ii]nvalid verification code for {USER}|\breturned no result for {USER}"
        rf"|\bmembers of group \S{{1,40}} set by {USER} to {USER}(?:,{USER})?(?:,{USER})?(?:,{USER})?"
        rf"|\bIdentity received from STA: '{USER}'",
        "pam_google_authenticator(sshd:auth): Invalid verification code for «bob»",
        "the verification code for the account returned no result for it",
    ),
    Phrase(
        "Samba",
        (" opened file ", " closed file ", " invalid on this system"),
        rf"(?:^|\s)(?:[\w.-]{{1,20}}\\)?{USER} (?:opened|closed) file \S.{{0,250}}?(?:read=|\(numopen=)"
        rf"|\busername {USER} invalid on this system",
        "«bob» opened file plan.docx read=Yes write=No (numopen=3)",
        "the program opened file x and closed file y",
    ),
    Phrase(
        "sudo",
        ("no tty present", "as ", "badcredentialsevent: ", "mount: "),
        rf"(?:^|\s){USER} : (?:no tty present|sorry, |problem with )|(?:^|\s){USER_AT}@(?:{HOST}|{ADDRESS})"
        rf" as "
        rf"{USER}: |\bAuthenticationFailure\w{{1,40}}Event: {USER}(?=;)|(?:^|\s)home-(?P<user>[\w.-]{{1,40"
        rf"}}?)\.mount: ",
        "«bob» : no tty present and no askpass program specified ; PWD=/ ; USER=x",
        "the same as before: mount: done",
        hint=r" : (?:no tty|sorry|problem)|@[^\s]+ as [^\s]+: |Event: [^\s]+;|home-",
    ),
    Phrase(
        "web",
        ("/dav/", "/user/"),
        rf"/dav/(?:files|(?:calendars|addressbooks|principals)(?:/users)?)/{USER}(?=/|\s|\Z)"
        rf"|/user/(?![0-9a-f-]{{32,36}}/){USER}(?=/(?:profile|avatar|orders|posts|photos|repos|edit|followe"
        rf"rs)\b)",
        "PROPFIND /remote.php/dav/files/«bob»/notes.txt HTTP/1.1",
        "PROPFIND /remote.php/dav/files/ HTTP/1.1 and /user/settings/profile",
    ),
    Phrase(
        "commands",
        ("p=[secret:", "&p=[secret:", '="-u"', '="--user"'),
        r"\ba[0-9]{1,2}=\"(?:-u|--user)\" a[0-9]{1,2}=\"(?P<user>[A-Za-z][\w.-]{0,63}+)(?=[:\"])"
        r"|[?&]p=\[secret:password\]&u=(?P<user>[^&\s\"']{1,64}+)"
        r"|[?&]u=(?P<user>[^&\s\"'\[]{1,64}+)(?=&p=\[secret:password\])",
        'a0="curl" a1="-u" a2="«bob»:x" and POST /write?p=[secret:password]&u=«bob» HTTP/1.1',
        'GET /list?p=2&u=7 and a1="-u" a2="7"',
        hint=r"=.(?:-u|--user)|p=\[secret:",
    ),
    Phrase(
        "Subversion",
        (" - ", '] "'),
        rf"^{ADDRESS} (?!-){USER} (?:-|{USER}) \[[0-9]{{2}}/",
        '192.0.2.1 «bob» «bob» [02/Mar/2026:10:00:00 +0000] "PROPFIND /svn/repo HTTP/1.1" 207 12',
        '192.0.2.1 - - [02/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12',
        hint=r"^\S+ [^\s-]\S* \S+ \[[0-9]",
    ),
    Phrase(
        "Puppet",
        ("/user[",),
        rf"/User\[{USER}\](?:/|:)",
        "(/Stage[main]/Users/User[«bob»]/ensure) created",
        "/User[]/ensure",
    ),
    Phrase(
        "applications",
        ("operator", "caller", "reviewer"),
        r"(?i:(?<![A-Za-z0-9_-])(?:operator|caller|reviewer)(?:[._-]?(?:name|user|id))?)(?:=|: )[\"']?"
        r"(?P<user>(?!\w{1,40}\.(?:go|py|js|ts|rs|rb|c|cc|cpp|java)\b)[a-z][a-z0-9._-]{1,40}+)(?![/:(=\\@])",
        "operator=«bob» action=restart, reviewer: «alice»",
        "operator=In caller=main.go:12 caller: metrics.go:7 operator: Exists reviewer: none operator=26201",
    ),
    Phrase(
        "sentences",
        (
            *(
                "granted to ",
                "denied for ",
                "denied by ",
                "approved by ",
                "device for ",
                "sent to ",
                "accepted for ",
            ),
            *(
                "mailbox for ",
                "profile of ",
                "sessions of ",
                "changed to ",
                "behalf of ",
                "run as ",
                "setuid to ",
            ),
            *(
                "added: ",
                "removed: ",
                "created: ",
                "deleted: ",
                "disabled: ",
                "authenticated via ",
                "identity ",
            ),
        ),
        rf"(?i:\baccess (?:granted to|denied for)|\b(?:mfa|push|otp|login|approval) (?:\w{{3,10}} )?(?:deni"
        rf"ed|approved"
        rf"|confirmed|rejected) by|\b(?:unknown|new|trusted) device for|\b(?:push|mfa|otp|reminder) sent to"
        rf"|\bkey accepted for|\bmailbox for|\b(?:profile|sessions) of|\bowner changed to|\bon behalf of"
        rf"|\brun as|\bsetuid to|\buser (?:added|removed|created|deleted|disabled|enabled|locked|unlocked):) "
        rf"[\"'`]?(?!(?:\w{{2,20}}_)?(?:mail|phone)_){USER}"
        rf"(?=[\"'`.,;)]|\s*+\Z|\s(?:from|at|on|by|via|was|created|updated|terminated|disabled|deleted)\b)"
        rf"|(?i:(?:^|[:;,]\s)){_NICK} (?:was )?authenticated via\b|\bidentity {USER} verified",
        "access granted to «bob» from 192.0.2.1, profile of «alice» updated, «bob» authenticated via kerber"
        "os",
        "access denied for security reasons, owner changed to the group, run as service, on behalf of the u"
        "ser",
    ),
    Phrase(
        "visitors",
        (
            "visitor ",
            "employee ",
            "contractor ",
            "patient ",
            "badge of ",
            "badge by ",
            "agent ",
            "job by ",
            "with ",
            " job ",
        ),
        rf"\b(?:[Vv]isitor|[Ee]mployee|[Cc]ontractor|[Pp]atient|[Bb]adge (?:of|by)) (?:{_FULL})(?=\s*+\Z|[,"
        rf".;)]"
        rf"|\s[a-z])|\bprint(?:er)? job (?:[0-9]{{1,9}} )?(?:by|from) {USER}(?=[:,]|\s*+\Z|\son\b)"
        rf"|\b[Aa]gent {_NICK}(?= (?:logged|signed) (?:in|out|into|off)\b)|\bby agent {_NICK}(?=\s*+\Z)"
        rf"|\bshared with \S{{1,90}} by {USER}(?=\s*+\Z|[.,;])",
        "visitor «Bob Builder» signed in, print job by «bob»: report.pdf",
        "visitor Windows Update arrived, agent logged in, print job by the server",
        is_checked=True,
        hint=r"(?i:visitor|employee|contractor|patient|badge (?:of|by)) [A-Z]|job (?:[0-9]+ )?(?:by|from) "
        r"|[Aa]gent [A-Za-z_]|shared with ",
    ),
)
