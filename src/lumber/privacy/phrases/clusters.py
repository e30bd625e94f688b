"""What clusters, monitoring and tools of configuration write about hosts."""

from __future__ import annotations

from lumber.privacy.phrases.phrase import ADDRESS, HOST, NAMED, USER, USER_AT, Phrase

PHRASES = (
    Phrase(
        "OSSEC and PBS",
        ("location: ", ";job"),
        r"\bLocation: \(?(?P<host>[A-Za-z][\w.]*+(?:-[\w.]++){0,8}+)\)?(?: [0-9a-fA-F.:]{3,45})?->"
        rf"|;[0-9]{{1,12}}(?:\[[0-9]{{0,6}}\])?\.{HOST};Job\b",
        "Rule: 5716; Location: «ws-07»->/var/log/auth.log;",
        "Location: /srv/x -> /srv/y",
    ),
    Phrase(
        "Kubernetes",
        ("system:node:", "assigned ", "node/", "node ", "object="),
        rf"\bsystem:node:{HOST}|\bassigned \S{{1,140}} to {HOST}(?=[\s\",.;]|\Z)|(?<![\w/.-])nodes?/{HOST}(?="
        rf"[\s\",]|\Z)"
        rf"|\bobject=\"{HOST}(?=\" kind=\"Node)|\bNode {HOST}(?= (?:status is|event: |hasn't|state|condition"
        rf"))",
        "Successfully assigned default/web-1 to «aks-7» and node/«aks-7» cordoned",
        "assigned to x and src/node/index.js",
    ),
    Phrase(
        "Nagios",
        ("alert: ", "notification: ", "state: ", "command: ", "handler: "),
        r"\b(?:(?:HOST|SERVICE) (?:DOWNTIME |FLAPPING |COMMENT )?(?:ALERT|NOTIFICATION|EVENT HANDLER)"
        r"|(?:CURRENT|INITIAL) (?:HOST|SERVICE) STATE|PASSIVE (?:HOST|SERVICE) CHECK|EXTERNAL COMMAND)"
        rf": (?:(?:{USER};)(?=[^;\s]{{1,64}};[^;]{{1,80}};(?:UP|DOWN|OK|WARNING|CRITICAL|UNKNOWN|UNREACHABLE"
        rf"))|[A-Z_]{{6,60}};)?+{HOST};",
        "SERVICE ALERT: «saturn»;PING;CRITICAL;HARD;3;CRITICAL - Host Unreachable",
        "EXTERNAL COMMAND: ENABLE_NOTIFICATIONS;",
    ),
    Phrase(
        "Ansible",
        (
            "ok: [",
            "changed: [",
            "fatal: [",
            "failed: [",
            "unreachable: [",
            "skipping: [",
            "ignored: [",
            "rescued: [",
        ),
        rf"\b(?:ok|changed|fatal|failed|unreachable|skipping|ignored|rescued): \[{HOST}(?: -> {HOST})?\]",
        "changed: [«saturn»]",
        "ok: [] and failed: [192.0.2.1]",
    ),
    Phrase(
        "Puppet and Chef",
        (
            "catalog for ",
            "client run for ",
            "authentication accepted from ",
            "forbidden request: ",
            "certificate request for ",
        ),
        rf"(?i)\b(?:catalog for|client run for|accepted from|forbidden request:|certificate request for) "
        rf"{HOST}",
        "Compiled catalog for «db2.example.net» in environment production in 0.5 seconds",
        "compiled catalog for the environment",
    ),
    Phrase(
        "Serf",
        ("eventmember", "eventnode", "memberlist: ", "serf: "),
        rf"\bEvent(?:Member|Node)(?:Join|Leave|Failed|Update|Reap): {HOST}|\b(?:Suspect|Marking) {HOST}(?= ("
        rf"?:has|as) )",
        "serf: EventMemberJoin: «saturn» 192.0.2.1",
        "serf: EventMemberJoin",
    ),
    Phrase(
        "clusters",
        ("(tid ", "executor ", "running on ", "remotely on ", "in memory on ", "targeting ", "nodelist="),
        rf"\(TID [0-9]{{1,12}}, {HOST},|\b(?:executor [0-9]{{1,9}} on|remotely on|in memory on|targeting) "
        rf"{HOST}(?: on {HOST})?"
        rf"|\b(?:running on|Running on|started on) (?!runner-)(?:{NAMED}|{HOST} in /)|\bNodeList={HOST}",
        "Starting task 0.0 in stage 1.0 (TID 7, «saturn», executor 1, partition 0)",
        "(TID 7, 192.0.2.1, executor 1) is running on port 80",
    ),
    Phrase(
        "clusters",
        ("node ", "member ", "peer "),
        rf"(?i)\b(?:node|member|peer) [\w.:-]{{1,40}} \({HOST}\)(?= (?:is|has|joined|left|synced|requested|d"
        rf"esynced|became))",
        "WSREP: Member 1.0 («saturn») synced with group.",
        "node 1 (primary) is up",
    ),
    Phrase(
        "Ceph",
        ("mon.", "mgr.", "mds."),
        r"\b(?:mon|mgr|mds|rgw)\.(?P<host>[A-Za-z][\w-]{2,62}+)(?=@[0-9-]{1,3}\(|\(| |:|\Z)(?! \d)",
        "mon.«saturn»@0(leader).osd e7: 3 total, 3 up, 3 in",
        "mon.a@0(leader) and mon.0 up",
    ),
    Phrase(
        "Erlang",
        ("rabbit@", "ejabberd@", "celery@", "couchdb@", "emqx@", "riak@", "ups@", "upid:"),
        rf"\b(?:rabbit|ejabberd|celery|couchdb|emqx|riak|ups)@{HOST}|\bUPID:{HOST}:",
        "Node rabbit@«saturn» is down",
        "Node rabbit@localhost is down",
    ),
    Phrase(
        "clouds",
        ("/instances/", "/virtualmachines/"),
        rf"(?i)/(?:zones/[\w-]{{1,40}}/instances|virtualMachines)/{HOST}",
        "projects/x/zones/europe-west1-b/instances/«saturn» stopped",
        "GET /instances/7",
    ),
    Phrase(
        "Cisco",
        (", with ",),
        rf"\bdiscovered on \S{{1,40}} \([^()]{{1,40}}\), with {HOST} \S",
        "%CDP-4-DUPLEX_MISMATCH: duplex mismatch discovered on Gi0/1 (not half duplex), with «saturn» Gi0/2 "
        "(half duplex)",
        "discovered on Gi0/1, with no name",
    ),
    Phrase(
        "Exim",
        (" h=", "relay=", "arg1=", "for name=", "for (", "(unknown ["),
        rf"(?<![\w.])(?:H=\(?|relay=|arg1=|for name=){HOST}(?=\)? \(|\)? ?\[|,| type=)(?: \({HOST}\) ?\[)?|"
        rf"\bfor \({HOST}\) \[|\bfrom {HOST} \(unknown \[",
        "1abCDe-0001-AB <= x H=«mail.example.net» («saturn») [192.0.2.1] P=esmtps",
        "H=[192.0.2.1] and relay=none, delay=1",
    ),
    Phrase(
        "clients",
        (
            "getaddrinfo(",
            "ping ",
            "mounting ",
            "ssh: connect",
            "resolve address of ",
            "find host ",
            "using ",
            "parent: ",
            "to backend: ",
            'upstream "',
            "fingered by ",
            " provided via ",
        ),
        rf"\bgetaddrinfo\({HOST}(?=,)|\bPING {HOST}(?= \()|\b(?i:mount(?:ing|ed)?) {HOST}(?=:/)|\bconnect to "
        rf"host {HOST}"
        rf"|\b(?:resolve address of|find host) {HOST}|qualified domain name, using {HOST}|\b(?:DEAD|REVIVED)"
        rf" Parent: {HOST}|\bto backend: {HOST}|\bupstream \"{HOST}\"|\b[Hh]ostname {HOST} provided|\bfinger"
        rf"ed by {HOST}|\bMX for {HOST}",
        "PING «saturn» (192.0.2.1) 56(84) bytes of data.",
        "ping failed and mounting failed",
    ),
    Phrase(
        "clients",
        (
            "ssh ",
            "scp ",
            "rsync ",
            "sftp ",
            "rsync:",
            "mosh ",
            "sftp:",
            "fetchmail",
            "ssh-copy-id ",
            "at request of",
            "rlogind",
            "rshd",
        ),
        rf"\b(?:ssh|scp|rsync|sftp|mosh|ssh-copy-id|at request of|rlogind|rshd|restic|borg|sftp)\b[^\n|;]"
        rf"{{0,160}}?[\s:'\"/]{USER_AT}@{HOST}(?:(?<=d) as {USER}:)?",
        "ran scp report.csv «bob»@«saturn»:/tmp/",
        "ran scp report.csv x:/tmp/",
        hint=r"@[A-Za-z]",
    ),
    Phrase(
        "clients",
        (
            "docker ",
            "psql ",
            "mysql ",
            "redis-cli ",
            "mysqldump ",
            "pg_dump ",
            "pg_restore ",
            "mongo",
            "ldapsearch ",
            "mariadb ",
        ),
        r"\b(?:docker|psql|pg_dump|pg_restore|mysql|mysqldump|mysqladmin|mariadb|redis-cli|mongo(?:sh|dump|re"
        r"store)?|ldapsearch|createdb)\b"
        rf"[^\n|;]{{0,160}}? (?:-h|--host)[ =]?(?:ldaps?://)?[\"']?{HOST}",
        "ran mysql -h «saturn» -u x shop",
        "ran mysql -h localhost and psql -h",
    ),
    Phrase(
        "haproxy",
        ("server ", "/"),
        rf"\b[Ss]erver [\w.~-]{{1,64}}/{HOST}(?= (?:is|was|failed|succeeded|has|\())",
        "Server back/«saturn» is DOWN, reason: Layer4 timeout, check duration: 2001ms.",
        "Server is DOWN",
        hint=r"erver [^\s/]+/",
    ),
    Phrase(
        "haproxy",
        ("] ",),
        rf"\] [\w.~-]{{1,64}} [\w.-]{{1,64}}/{HOST} (?=[0-9-]{{1,9}}/[0-9-]{{1,9}}/)",
        "192.0.2.1:5000 [02/Mar/2026:10:00:00.123] front back/«saturn» 0/0/1/25/26 200 100 - -",
        "192.0.2.1:5000 [02/Mar/2026:10:00:00.123] front back/<NOSRV> 0/-1/-1/-1/0 503 100",
        hint=r"/[^\s/]+ [0-9-]+/[0-9-]+/",
    ),
    Phrase(
        "Elasticsearch",
        ("[o.e.",),
        rf"\[o\.e\.[\w.-]{{1,60}} *+\] ?\[{HOST}\]",
        "[2026-03-02T10:00:00,000][INFO ][o.e.n.Node] [«saturn»] started",
        "[INFO ][o.e.n.Node] [7] started",
    ),
    Phrase(
        "Apache",
        (" - ",),
        rf"^{HOST}:[0-9]{{2,5}} {ADDRESS} \S{{1,40}} \S{{1,80}} (?=\[[0-9]{{1,2}}/[A-Z])",
        '«shop.example.net»:443 192.0.2.1 - - [02/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5',
        '192.0.2.1 - - [02/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5',
        hint=r"^[A-Za-z][^\s:]+:[0-9]+ ",
    ),
    Phrase(
        "TLS",
        ("cn=",),
        r"(?<!\w)CN ?= ?(?P<host>[A-Za-z0-9*][\w*-]{0,62}(?:\.[\w-]{1,63}){2,8})(?=[\s,/'\"]|\Z)",
        "CTRL-EVENT-EAP-PEER-CERT depth=0 subject='/CN=«radius.example.net»'",
        "subject=/CN=R3",
    ),
    Phrase(
        "syslog",
        ("<",),
        rf"^<[0-9]{{1,3}}>(?:1 \S{{1,40}} {HOST} |[A-Z][a-z]{{2}} [ 0-9][0-9] [0-9:]{{8}} {HOST} )",
        "<34>1 2026-03-01T00:00:00Z «saturn» su - ID47 - x",
        "<34>1 2026-03-01T00:00:00Z - su - ID47 - x",
        hint=r"^<[0-9]{1,3}>",
    ),
    Phrase(
        "syslog",
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
        rf"^[A-Z][a-z]{{2}} [ 0-9][0-9] [0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}} {HOST} (?=[\w./-]{{1,48}}(?:\[[0-9]"
        rf"{{1,9}}\])?: )",
        "Mar  2 10:00:00 «saturn» sshd[7]: Connection closed",
        "Mar  2 10:00:00 error: not found",
        hint=r"^[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:",
    ),
)
