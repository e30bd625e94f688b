"""What more programs write after an ISO 8601 time: one regular expression for each layout.

The groups `level`, `logger`, `host` and `message` become columns; `letter` is a level that only this layout
has. The other groups are data. Lines are compared with them only if MARK finds what one of them begins with.
"""

from __future__ import annotations

from types import MappingProxyType

_LEVELS = (
    "TRACE|DEBUG|INFO|INFORMATION|NOTICE|WARN|WARNING|ERROR|ERR|SEVERE|CRITICAL|CRIT|FATAL|ALERT"
    "|EMERGENCY|EMERG"
)
_LEVEL = f"(?P<level>{_LEVELS})"
_LOWERS = (
    "trace|debug|verbose|info|information|notice|warn|warning|error|err|critical|crit|fatal|alert|emerg"
    "|emergency|panic"
)
_LOWER = f"(?P<level>{_LOWERS})"
_LOGGER = r"(?P<logger>[A-Za-z_$][\w.$/-]*(?:::[\w.$-]+)*)"
_LINE = "(?P<line>[0-9]{1,9})"
_PID = "(?P<process_id>[0-9]{1,9})"
_MESSAGE = "(?P<message>.*)$"
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
LAYOUTS = (
    # ZooKeeper: [myid:number] - LEVEL [thread:class@line] - message
    r"(?s)^(?:\[myid:(?P<myid>[0-9]*)\] )?- " + _LEVEL + r" +\[(?P<thread>.*):"
    rf"(?P<logger>[A-Za-z_$][\w.$]*)@{_LINE}\] - {_MESSAGE}",
    # Python without the name of a logger: - LEVEL - message
    rf"(?s)^- {_LEVEL} - {_MESSAGE}",
    # spdlog: [logger] [level] message
    rf"(?s)^\[(?P<logger>[A-Za-z][\w.-]*)\] \[{_LOWER}\] {_MESSAGE}",
    # Minecraft: [thread/LEVEL]: message
    rf"(?s)^\[(?P<thread>[^\]/]+)/{_LEVEL}\]: {_MESSAGE}",
    # gunicorn: [pid] [LEVEL] message
    rf"(?s)^\[{_PID}\] \[{_LEVEL}\] {_MESSAGE}",
    # Envoy: [thread][level][logger] [file:line] message
    rf"(?s)^\[(?P<thread_id>[0-9]{{1,9}})\]\[{_LOWER}\]\[(?P<logger>[\w.-]+)\] "
    rf"\[(?P<file>[^\]\s:]+):{_LINE}\] {_MESSAGE}",
    # The Java virtual machine: [uptime][level][tags] message
    rf"(?s)^(?:\[(?P<uptime>[0-9.,]+m?s)\])?\[{_LOWER} *\]\[(?P<logger>[a-z0-9,+]+) *\] {_MESSAGE}",
    # Salt: [logger:line][LEVEL][pid] message
    rf"(?s)^\[(?P<logger>[\w.]+) *:{_LINE} *\]\[{_LEVEL} *\](?:\[{_PID}\])? {_MESSAGE}",
    # RabbitMQ: [level] <process> message
    rf"(?s)^\[{_LOWER}\] (?P<erlang_process><[0-9.]+>) {_MESSAGE}",
    # Jenkins: [id=thread] LEVEL logger: message
    rf"(?s)^\[id=(?P<thread_id>[0-9]{{1,9}})\]\t{_LEVEL}\t(?P<logger>\S+): {_MESSAGE}",
    # log4net: [thread] LEVEL logger [context] - message
    rf"(?s)^\[(?P<thread>[^\]]*)\] +{_LEVEL} +{_LOGGER} \[(?P<context>[^\]]*)\] - {_MESSAGE}",
    # winston: [label] level: message
    rf"(?s)^\[(?P<logger>[\w.-]+)\] {_LOWER}: +{_MESSAGE}",
    # Consul and other programs of HashiCorp: [LEVEL]  logger: message
    rf"(?s)^\[{_LEVEL}\](?:  (?P<logger>[a-z][\w.-]*)| (?P<dotted>[a-z][\w-]*(?:\.[\w-]+)+)): {_MESSAGE}",
    # Elixir and others: [level] message, or level: message
    rf"(?s)^(?:\[{_LOWER}\]:?|(?P<level_name>{_LOWERS}):) +{_MESSAGE}",
    # glog of Gluster: letter [MSGID: number] [file:line:function] logger: message
    rf"(?s)^(?P<letter>[MACEWNIDT]) \[(?:MSGID: (?P<message_id>[0-9]{{1,9}})\] \[)?(?P<file>[^\s:\]]+):"
    rf"{_LINE}:(?P<function>[^\]\s]+)\] (?P<logger>[\w.-]+): {_MESSAGE}",
    # MongoDB before 4.4: letter COMPONENT [context] message
    r"(?s)^(?P<letter>[FEWID])[1-5]? +(?:-|(?P<logger>[A-Z_]+)) +"
    rf"\[(?P<context>[\w.:-]+)\] {_MESSAGE}",
    # etcd before 3.4: letter | package: message
    rf"(?s)^(?P<letter>[CEWNID]) \| (?P<logger>[\w./-]+): {_MESSAGE}",
    # NLog: LEVEL|logger|message
    rf"(?s)^(?i:(?P<level>{_LEVELS}))\|(?P<logger>[^|]*)\|{_MESSAGE}",
    # Jetty: LEVEL:logger:thread: message. Python: LEVEL:logger:message, but not ERROR:https://...
    r"(?s)^(?P<level>DEBUG|DBUG|INFO|WARN) *:(?P<logger>oej[\w.$]*|):(?P<thread>[^:\s]+): " + _MESSAGE,
    rf"(?s)^{_LEVEL}:(?P<logger>[A-Za-z_][\w.]*):(?P<message>(?:[^/].*)?)$",
    # Spring Boot with the ids of a trace: LEVEL [ids] pid --- [thread] logger : message
    rf"(?s)^ *{_LEVEL} +\[(?P<trace>[^\]]*)\] (?:{_PID} )?--- \[ *(?P<thread>[^\]]*)\] "
    rf"(?P<logger>\S+) +: {_MESSAGE}",
    # WildFly: LEVEL [logger] (thread) message. Home Assistant: LEVEL (thread) [logger] message
    rf"(?s)^ *{_LEVEL} +\[(?P<logger>[\w.$/-]+)\] \((?P<thread>[^)]*)\) {_MESSAGE}",
    rf"(?s)^ *{_LEVEL} +\((?P<thread>[^)]*)\) \[(?P<logger>[\w.$/-]+)\] {_MESSAGE}",
    # Hadoop, with brackets in the name of a thread: LEVEL [thread] logger: message
    rf"(?s)^ *{_LEVEL} +\[(?P<thread>[^\[\]]*(?:\[[^\]]*\][^\[\]]*)+)\] +{_LOGGER}: {_MESSAGE}",
    # Rust's tracing: LEVEL span{fields}: logger: message, or LEVEL ThreadId(1) logger: message
    rf"(?s)^ *{_LEVEL} (?P<span>(?:[\w.-]+(?:\{{[^{{}}]*\}})?:)*[\w.-]+\{{[^{{}}]*\}}): "
    rf"{_LOGGER}: {_MESSAGE}",
    rf"(?s)^ *{_LEVEL} (?P<thread>ThreadId\([0-9]+\)) {_LOGGER}: {_MESSAGE}",
    # zerolog: LEVEL file:line > message
    rf"(?s)^(?P<level>TRC|DBG|INF|WRN|ERR|FTL) (?P<file>\S+\.go):{_LINE} > {_MESSAGE}",
    # supervisord: what it tells about its programs is no logger
    r"(?s)^(?P<level>INFO|WARN) "
    r"(?P<message>(?:spawned|success|exited|stopped|reaped unknown pid|gave up): .*)$",
    # fail2ban: logger [pid]: LEVEL message
    rf"(?s)^(?P<logger>fail2ban\.\w+) +\[{_PID}\]: {_LEVEL} +{_MESSAGE}",
    # Ansible: p=pid u=user n=name LEVEL| message
    rf"(?s)^p={_PID} u=(?P<user>\S+) n=(?P<logger>\S+) {_LEVEL}?\| {_MESSAGE}",
    # Microsoft SQL Server: source, in twelve columns
    rf"(?s)^(?P<logger>Server|Logon|Backup|spid[0-9]{{1,9}}s?) {{3,}}{_MESSAGE}",
    # AWS Lambda: request LEVEL message
    rf"(?s)^(?P<request_id>{_UUID})\t{_LEVEL}\t{_MESSAGE}",
    # ESXi: level program[pid] message, and Letters(priority) program[pid]: message
    rf"(?s)^{_LOWER} (?P<logger>[\w.-]+)\[(?P<process>[0-9A-F]{{1,9}})\]:? {_MESSAGE}",
    r"(?s)^(?P<letter>Em|Al|Cr|Er|Wa|No|In|Db)\([0-9]{1,3}\) (?P<logger>[\w.-]+)"
    rf"(?:\[(?P<process>[0-9A-F]{{1,9}})\])?: {_MESSAGE}",
    # Puppet: source (level): message
    rf"(?s)^(?P<logger>\S+) \({_LOWER}\): {_MESSAGE}",
    # Android's logcat with a year: pid tid letter tag: message
    rf"(?s)^ *{_PID} +(?P<thread_id>[0-9]{{1,9}}) (?P<letter>[VDIWEFA]) (?P<logger>[^:]*?) *:"
    rf"(?: {_MESSAGE}|$)",
    # log show of macOS: thread type activity pid ttl process: message
    r"(?s)^0x[0-9a-f]+ +(?:(?P<level>Info|Debug|Error)|(?P<type>Default|Fault|Activity|Event)) +"
    rf"(?P<activity>0x[0-9a-f]+) +{_PID} +[0-9]+ +(?P<logger>[^:]+): {_MESSAGE}",
    # ProFTPD: host proftpd[pid] message
    rf"(?s)^(?P<host>[\w.-]+) (?P<logger>proftpd)\[{_PID}\]:? {_MESSAGE}",
)
# What common layouts begin with is no mark: they are read without a comparison with all of these.
MARK = (
    rf"^(?:\[(?:[0-9]+\](?:\[| \[)|[0-9.,]+m?s\]\[|(?:{_LOWERS}) *\](?:\[|:? )|[\w.]+ *:[0-9]+ *\]\[|id=[0-9]"
    rf"|[\w.-]+\] [a-z]+: |(?:{_LEVELS})\](?:  [a-z]| [a-z][\w-]*\.)|[^\]]*\] +[A-Z]+ +\S+ \[|myid:"
    rf"|[A-Za-z][\w.-]*\] \[(?:{_LOWERS})\]|[^\]/]+/(?:{_LEVELS})\]:)"
    rf"|- [A-Z]+ +[\[-]|(?:{_LOWERS}): |[A-Z][1-5]? (?:\[|\||[A-Z_-]+ +\[)"
    rf"|(?i:{_LEVELS})\||(?:DBUG|{_LEVELS}) *:[\w.$]*:|(?:TRC|DBG|INF|WRN|ERR|FTL) \S+\.go:"
    rf"| *(?:{_LEVELS}) +(?:\(|\[[^\]]*(?:\] (?:\(|(?:[0-9]+ )?---)|\[)|[\w.:-]*\{{|ThreadId"
    r"|(?:spawned|success|exited|stopped|reaped unknown pid|gave up):)"
    r"|fail2ban\.|p=[0-9]|(?:Server|Logon|Backup|spid[0-9]+s?)   |[0-9a-f]{8}-|[a-z]+ [\w.-]+\["
    r"|[A-Z][a-z]\([0-9]|\S+ \([a-z]+\): | *[0-9]+ +[0-9]+ [VDIWEFA] |0x[0-9a-f]+ |[\w.-]+ proftpd\[)"
)
LETTERS = MappingProxyType(
    {
        "M": "EMERG", "A": "ALERT", "C": "CRITICAL", "F": "FATAL", "E": "ERROR", "W": "WARNING",
        "N": "NOTICE", "I": "INFO", "D": "DEBUG", "T": "TRACE", "V": "VERBOSE", "Em": "EMERG", "Al": "ALERT",
        "Cr": "CRITICAL", "Er": "ERROR", "Wa": "WARNING", "No": "NOTICE", "In": "INFO", "Db": "DEBUG",
    }
)  # fmt: skip
# Groups that belong to one with another name: a pattern can't have two of one name.
SAME = MappingProxyType({"level_name": "level", "dotted": "logger"})
NUMBERS = ("process_id", "thread_id", "line", "message_id")
