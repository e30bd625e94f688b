"""What each process writes. A template states its own values:

`{port:1024-65535}` a whole number, `{bytes:200~90000}` one that is mostly small, `{user:ada|bob}` a word,
`{id:hex10}` hexadecimal digits, `{mac:mac}` a hardware address; `{station.ip}` is a property of somebody:
station (on the device's network), outside (on the Internet), device, attacker, or time. The same name in
one line is the same value. `data` names the values that the line also carries as structured data.
"""

from __future__ import annotations

from dataclasses import dataclass

CRIT, ERR, WARNING, NOTICE, INFO, DEBUG = 2, 3, 4, 5, 6, 7


@dataclass(frozen=True, slots=True)
class Template:
    """One kind of line: how often, the syslog severity code, the text, and its structured values."""

    weight: int
    severity: int
    text: str
    data: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Process:
    """A process: its name, its syslog facility (RFC 5424, table 1), whether a pid is shown, its lines."""

    name: str
    facility: int
    has_pid: bool
    templates: tuple[Template, ...]


_HOSTAPD = Process(
    "hostapd",
    3,
    True,
    (
        Template(9, INFO, "wlan{radio:0-1}: AP-STA-CONNECTED {station.mac}", ("radio", "station.mac")),
        Template(8, INFO, "wlan{radio:0-1}: AP-STA-DISCONNECTED {station.mac}", ("radio", "station.mac")),
        Template(9, INFO, "wlan{radio:0-1}: STA {station.mac} IEEE 802.11: associated (aid {aid:1-32})"),
        Template(9, INFO, "wlan{radio:0-1}: STA {station.mac} IEEE 802.11: authenticated"),
        Template(7, INFO, "wlan{radio:0-1}: STA {station.mac} WPA: pairwise key handshake completed (RSN)"),
        Template(7, DEBUG, "wlan{radio:0-1}: STA {station.mac} WPA: group key handshake completed (RSN)"),
        Template(
            3,
            NOTICE,
            "wlan{radio:0-1}: STA {station.mac} IEEE 802.11: deauthenticated due to inactivity "
            "(timer DEAUTH/REMOVE)",
        ),
        Template(
            1,
            WARNING,
            "wlan{radio:0-1}: AP-STA-POSSIBLE-PSK-MISMATCH {station.mac}",
            ("radio", "station.mac"),
        ),
        Template(
            1, WARNING, "wlan{radio:0-1}: DFS-RADAR-DETECTED freq={freq:5260|5300|5500|5580} chan_width=2"
        ),
    ),
)

_DNSMASQ = Process(
    "dnsmasq",
    3,
    True,
    (
        Template(
            6,
            INFO,
            "DHCPREQUEST(br-lan) {station.ip} {station.mac}",
            ("station.ip", "station.mac"),
        ),
        Template(
            6,
            INFO,
            "DHCPACK(br-lan) {station.ip} {station.mac} {station.name}",
            ("station.ip", "station.mac", "station.name"),
        ),
        Template(2, INFO, "DHCPDISCOVER(br-lan) {station.mac}"),
        Template(2, INFO, "DHCPOFFER(br-lan) {station.ip} {station.mac}"),
        Template(
            14,
            DEBUG,
            "query[{type:A|A|A|AAAA|HTTPS}] {sub:www|api|cdn|img|mail|time|push}.{domain:example.com|"
            "example.org|example.net|update.test|store.test|weather.test} from {station.ip}",
            ("type", "domain", "station.ip"),
        ),
        Template(
            9,
            DEBUG,
            "reply {sub:www|api|cdn|img}.{domain:example.com|example.org|store.test} is {outside.ip}",
        ),
        Template(5, DEBUG, "cached {sub:www|api|cdn|img}.{domain:example.com|example.org} is {outside.ip}"),
        Template(1, WARNING, "Maximum number of concurrent DNS queries reached (max: 150)"),
        Template(1, WARNING, "possible DNS-rebind attack detected: {label:hex8}.rebind.test"),
    ),
)

_KERNEL = Process(
    "kernel",
    0,
    False,
    (
        Template(
            12,
            WARNING,
            "[{time.uptime}] DROP IN=eth1 OUT= MAC={mac:mac} SRC={outside.ip} DST={device.wan_ip} "
            "LEN={len:40-60} TOS=0x00 PREC=0x00 TTL={ttl:38-120} ID={id:1-65535} DF PROTO=TCP "
            "SPT={sport:1024-65535} DPT={dport:22|23|80|443|445|1433|3389|5900|8080} WINDOW=1024 SYN",
            ("outside.ip", "device.wan_ip", "sport", "dport"),
        ),
        Template(
            5,
            WARNING,
            "[{time.uptime}] DROP IN=eth1 OUT= MAC={mac:mac} SRC={outside.ip} DST={device.wan_ip} "
            "LEN={len:60-220} TTL={ttl:38-120} PROTO=UDP SPT={sport:1024-65535} DPT={dport:53|123|161|1900|5060}",
            ("outside.ip", "device.wan_ip", "sport", "dport"),
        ),
        Template(4, INFO, "[{time.uptime}] br-lan: port {port:1-4}(lan{port}) entered forwarding state"),
        Template(3, INFO, "[{time.uptime}] eth0: Link is Up - 1Gbps/Full - flow control rx/tx", ()),
        Template(2, NOTICE, "[{time.uptime}] eth0: Link is Down"),
        Template(
            3,
            INFO,
            "[{time.uptime}] TCP: request_sock_TCP: Possible SYN flooding on port 443. Sending cookies.",
        ),
        Template(
            1, WARNING, "[{time.uptime}] CPU{cpu:0-7}: Core temperature above threshold, cpu clock throttled"
        ),
        Template(
            1,
            ERR,
            "[{time.uptime}] Out of memory: Killed process {victim:900-32000} ({name:php-fpm|python3|node|java}) "
            "total-vm:{vm:90000~900000}kB, anon-rss:{rss:20000~400000}kB",
            ("victim", "name", "vm", "rss"),
        ),
    ),
)

_SSHD = Process(
    "sshd",
    10,
    True,
    (
        Template(
            8,
            INFO,
            "Accepted publickey for {user:ada|grace|linus|deploy|backup} from {station.ip} port {port:1024-65535} "
            "ssh2: ED25519 SHA256:{key:hex16}",
            ("user", "station.ip", "port"),
        ),
        Template(
            2,
            INFO,
            "Accepted password for {user:ada|grace|linus} from {station.ip} port {port:1024-65535} ssh2",
        ),
        Template(
            6,
            INFO,
            "Failed password for {user:root|admin|ada|grace} from {outside.ip} port {port:1024-65535} ssh2",
            ("user", "outside.ip", "port"),
        ),
        Template(
            5, INFO, "Invalid user {user:test|oracle|pi|ubnt|guest} from {outside.ip} port {port:1024-65535}"
        ),
        Template(6, INFO, "Connection closed by {outside.ip} port {port:1024-65535} [preauth]"),
        Template(
            7,
            INFO,
            "pam_unix(sshd:session): session opened for user {user:ada|grace|deploy|backup}(uid=1000)",
        ),
        Template(7, INFO, "pam_unix(sshd:session): session closed for user {user:ada|grace|deploy|backup}"),
        Template(
            1,
            ERR,
            "error: maximum authentication attempts exceeded for {user:root|admin} from {outside.ip} "
            "port {port:1024-65535} ssh2 [preauth]",
            ("user", "outside.ip", "port"),
        ),
    ),
)

_AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64)|Mozilla/5.0 (iPhone; CPU iPhone OS 18_1)|curl/8.5.0|python-requests/2.32"
)
_ACCESS = (
    '{outside.ip} - - [{time.clf}] "{method:GET|GET|GET|GET|POST|HEAD} '
    "{path:/|/index.html|/login|/api/v1/items|/api/v1/items/42|/static/app.js|/static/app.css|/favicon.ico} "
    'HTTP/1.1" %s {bytes:180~90000} "-" "{agent:' + _AGENTS + '}"'
)
_ACCESS_DATA = ("outside.ip", "method", "path", "status", "bytes")
_NGINX = Process(
    "nginx",
    23,
    True,
    (
        Template(40, INFO, _ACCESS % "{status:200|200|200|200|204|301|302|304}", _ACCESS_DATA),
        Template(5, NOTICE, _ACCESS % "{status:400|401|403|404|404|404}", _ACCESS_DATA),
        Template(1, ERR, _ACCESS % "{status:500|502|504}", _ACCESS_DATA),
        Template(
            1,
            ERR,
            "*{request:1000-999999} connect() failed (111: Connection refused) while connecting to upstream, "
            "client: {outside.ip}, server: shop.example.net, upstream: http://app:8000/",
            ("request", "outside.ip"),
        ),
        Template(
            1,
            WARNING,
            "*{request:1000-999999} a client request body is buffered to a temporary file "
            "/var/lib/nginx/body/{file:1-999999}, client: {outside.ip}",
        ),
    ),
)

_CRON = Process(
    "CRON",
    9,
    True,
    (
        Template(8, INFO, "(root) CMD (cd / && run-parts --report /etc/cron.hourly)"),
        Template(
            6, INFO, "({user:www-data|backup|root}) CMD (/usr/local/bin/{job:rotate|report|sync|cleanup}.sh)"
        ),
        Template(6, INFO, "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)"),
        Template(6, INFO, "pam_unix(cron:session): session closed for user root"),
        Template(
            1,
            WARNING,
            "({user:backup|www-data}) MAIL (mailed {bytes:80~4000} bytes of output)",
            ("user", "bytes"),
        ),
    ),
)

_CROND = Process(
    "crond",
    9,
    True,
    (
        Template(9, INFO, "USER root pid {child:900-32000} cmd /usr/sbin/ntpd-hotplug"),
        Template(4, DEBUG, "wakeup dt={dt:10-60}"),
    ),
)

_SYSTEMD = Process(
    "systemd",
    3,
    True,
    (
        Template(
            8, INFO, "Started {unit:logrotate|apt-daily|fstrim|certbot|phpsessionclean}.service.", ("unit",)
        ),
        Template(
            8,
            INFO,
            "Starting {unit:logrotate|apt-daily|fstrim|certbot|phpsessionclean}.service...",
            ("unit",),
        ),
        Template(
            7, INFO, "{unit:logrotate|apt-daily|fstrim|certbot}.service: Deactivated successfully.", ("unit",)
        ),
        Template(
            4,
            INFO,
            "{unit:logrotate|apt-daily|certbot}.service: Consumed {cpu:1-59}.{ms:100-999}s CPU time.",
            ("unit",),
        ),
        Template(3, INFO, "Created slice user-{uid:1000-1007}.slice - User Slice of UID {uid}.", ("uid",)),
        Template(
            1,
            WARNING,
            "{unit:report|sync|metrics}.service: Main process exited, code=exited, status={status:1|2|137}/FAILURE",
            ("unit", "status"),
        ),
        Template(1, ERR, "Failed to start {unit:report|sync|metrics}.service.", ("unit",)),
    ),
)

_SUDO = Process(
    "sudo",
    10,
    True,
    (
        Template(
            6,
            NOTICE,
            "{user:ada|grace|linus} : TTY=pts/{tty:0-5} ; PWD=/home/{user} ; USER=root ; "
            "COMMAND=/usr/bin/{command:systemctl restart nginx|apt-get update|journalctl -f|less /var/log/syslog}",
            ("user", "tty", "command"),
        ),
        Template(
            5,
            INFO,
            "pam_unix(sudo:session): session opened for user root(uid=0) by {user:ada|grace|linus}(uid=1000)",
        ),
        Template(
            1,
            ERR,
            "pam_unix(sudo:auth): authentication failure; logname={user:ada|grace} uid=1000 euid=0 tty=/dev/pts/0",
        ),
    ),
)

_POSTFIX_SMTPD = Process(
    "postfix/smtpd",
    2,
    True,
    (
        Template(
            9,
            INFO,
            "connect from {host:mx1|mail|relay|out}.{domain:example.org|example.com|sender.test}[{outside.ip}]",
            ("outside.ip",),
        ),
        Template(
            9,
            INFO,
            "disconnect from {host:mx1|mail|relay|out}.{domain:example.org|example.com}[{outside.ip}] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5",
        ),
        Template(
            6,
            INFO,
            "{queue:hex10}: client={host:mx1|mail|relay}.{domain:example.org|example.com}[{outside.ip}]",
            ("queue", "outside.ip"),
        ),
        Template(
            3,
            NOTICE,
            "NOQUEUE: reject: RCPT from unknown[{outside.ip}]: 554 5.7.1 Service unavailable; "
            "Client host [{outside.ip}] blocked using zen.example.org",
            ("outside.ip",),
        ),
        Template(
            2,
            WARNING,
            "warning: unknown[{outside.ip}]: SASL LOGIN authentication failed: UGFzc3dvcmQ6",
            ("outside.ip",),
        ),
    ),
)

_POSTFIX_QMGR = Process(
    "postfix/qmgr",
    2,
    True,
    (
        Template(
            8,
            INFO,
            "{queue:hex10}: from=<{user:ada|grace|news|noreply}@example.net>, size={size:600~200000}, nrcpt={recipients:1-4} (queue active)",
            ("queue", "size", "recipients"),
        ),
        Template(8, INFO, "{queue:hex10}: removed", ("queue",)),
        Template(1, WARNING, "warning: connect to transport private/smtp-amavis: Connection refused"),
    ),
)

_ODHCPD = Process(
    "odhcpd",
    3,
    True,
    (
        Template(
            6,
            INFO,
            "DHCPV6 SOLICIT IA_NA from {station.mac} on br-lan: ok {station.ip6}",
            ("station.mac", "station.ip6"),
        ),
        Template(4, DEBUG, "Got a Router Solicitation from br-lan"),
        Template(1, WARNING, "No default route present, overriding ra_lifetime to 0!"),
    ),
)

_WPA_SUPPLICANT = Process(
    "wpa_supplicant",
    3,
    True,
    (
        Template(
            5,
            INFO,
            "wlan0: CTRL-EVENT-CONNECTED - Connection to {mac:mac} completed [id=0 id_str=]",
            ("mac",),
        ),
        Template(
            5,
            DEBUG,
            "wlan0: CTRL-EVENT-SIGNAL-CHANGE above={above:0-1} signal=-{signal:41-88} noise=9999 txrate={rate:6000|54000|144400}",
            ("signal", "rate"),
        ),
        Template(
            2,
            WARNING,
            "wlan0: CTRL-EVENT-DISCONNECTED bssid={mac:mac} reason={reason:3|4|15}",
            ("mac", "reason"),
        ),
        Template(
            1,
            ERR,
            "wlan0: CTRL-EVENT-SSID-TEMP-DISABLED id=0 ssid='uplink' auth_failures={failures:1-5} duration=10 reason=WRONG_KEY",
        ),
    ),
)

_SMARTD = Process(
    "smartd",
    3,
    True,
    (
        Template(
            9,
            INFO,
            "Device: /dev/sd{disk:a|b|c|d} [SAT], SMART Usage Attribute: 194 Temperature_Celsius changed from {old:28-44} to {new:28-44}",
            ("disk", "old", "new"),
        ),
        Template(
            3,
            INFO,
            "Device: /dev/sd{disk:a|b|c|d} [SAT], previous self-test completed without error",
            ("disk",),
        ),
        Template(
            1,
            WARNING,
            "Device: /dev/sd{disk:a|b|c|d} [SAT], {sectors:1-8} Offline uncorrectable sectors",
            ("disk", "sectors"),
        ),
    ),
)

PROCESSES = {
    process.name: process
    for process in (
        _HOSTAPD,
        _DNSMASQ,
        _KERNEL,
        _SSHD,
        _NGINX,
        _CRON,
        _CROND,
        _SYSTEMD,
        _SUDO,
        _POSTFIX_SMTPD,
        _POSTFIX_QMGR,
        _ODHCPD,
        _WPA_SUPPLICANT,
        _SMARTD,
    )
}
