"""The kinds of incident, as data: what they write, who is behind them, and how detectors report them.

The templates are written as in `lumber.ingest.sample.templates`.
"""

from __future__ import annotations

from dataclasses import dataclass

from lumber.ingest.sample.templates import CRIT, ERR, INFO, WARNING, Template


@dataclass(frozen=True, slots=True)
class IncidentType:
    """One kind of incident. `attacker` is where it comes from: "outside", "lan", or "" for a fault.

    `score_max` is the top of the detector's scale (1 or 100). In `description`, `{rows}`, `{source}` and
    `{minutes}` are filled in.
    """

    name: str
    process: str
    attacker: str
    severity: str
    detector: str
    score_max: int
    rows: tuple[int, int]
    minutes: tuple[int, int]
    description: str
    templates: tuple[Template, ...]


INCIDENT_TYPES = (
    IncidentType(
        "brute_force",
        "sshd",
        "outside",
        "high",
        "auth-rate",
        1,
        (24, 70),
        (3, 12),
        "{rows} failed logins from {source} within {minutes} minutes",
        (
            Template(
                10,
                INFO,
                "Failed password for {user:root|root|admin|ubuntu|pi} from {attacker.ip} port {port:1024-65535} ssh2",
                ("user", "attacker.ip", "port"),
            ),
            Template(
                5,
                INFO,
                "Failed password for invalid user {user:oracle|test|git|ftp|guest} from {attacker.ip} "
                "port {port:1024-65535} ssh2",
                ("user", "attacker.ip", "port"),
            ),
            Template(
                2,
                ERR,
                "error: maximum authentication attempts exceeded for root from {attacker.ip} "
                "port {port:1024-65535} ssh2 [preauth]",
                ("attacker.ip", "port"),
            ),
        ),
    ),
    IncidentType(
        "port_scan",
        "kernel",
        "outside",
        "medium",
        "flow-fanout",
        100,
        (30, 80),
        (1, 5),
        "{source} tried {rows} ports within {minutes} minutes",
        (
            Template(
                1,
                WARNING,
                "[{time.uptime}] DROP IN=eth1 OUT= MAC={mac:mac} SRC={attacker.ip} DST={device.wan_ip} LEN=44 "
                "TOS=0x00 PREC=0x00 TTL={ttl:38-60} ID={id:1-65535} PROTO=TCP SPT={sport:40000-65535} "
                "DPT={dport:1-10000} WINDOW=1024 SYN",
                ("attacker.ip", "device.wan_ip", "sport", "dport"),
            ),
        ),
    ),
    IncidentType(
        "dhcp_starvation",
        "dnsmasq",
        "lan",
        "high",
        "lease-pool",
        1,
        (24, 60),
        (1, 6),
        "{rows} leases asked for within {minutes} minutes; the flood enters at {source}",
        (
            Template(6, INFO, "DHCPDISCOVER(br-lan) {mac:mac}", ("mac",)),
            Template(3, INFO, "DHCPREQUEST(br-lan) {attacker.ip} {mac:mac}", ("attacker.ip", "mac")),
            Template(2, WARNING, "DHCP packet received on br-lan which has no address"),
            Template(4, WARNING, "no address range available for DHCP request via br-lan"),
        ),
    ),
    IncidentType(
        "http_error_burst",
        "nginx",
        "outside",
        "medium",
        "error-ratio",
        100,
        (20, 60),
        (2, 10),
        "{rows} server errors within {minutes} minutes, mostly for {source}",
        (
            Template(
                6,
                ERR,
                "*{request:1000-999999} upstream timed out (110: Connection timed out) while reading response "
                "header from upstream, client: {attacker.ip}, server: shop.example.net",
                ("request", "attacker.ip"),
            ),
            Template(
                5,
                ERR,
                '{attacker.ip} - - [{time.clf}] "GET /api/v1/items?page={page:1-9999} HTTP/1.1" '
                '{status:502|503|504} 166 "-" "python-requests/2.32"',
                ("attacker.ip", "page", "status"),
            ),
            Template(1, CRIT, "*{request:1000-999999} no live upstreams while connecting to upstream"),
        ),
    ),
    IncidentType(
        "disk_failure",
        "smartd",
        "",
        "critical",
        "disk-health",
        1,
        (12, 36),
        (10, 45),
        "{rows} disk errors within {minutes} minutes",
        (
            Template(
                4,
                CRIT,
                "Device: /dev/sd{disk:a|b} [SAT], {sectors:8~400} Currently unreadable (pending) sectors",
                ("disk", "sectors"),
            ),
            Template(
                4,
                ERR,
                "Device: /dev/sd{disk:a|b} [SAT], ATA error count increased from {old:1-40} to {new:41-90}",
                ("disk", "old", "new"),
            ),
            Template(1, CRIT, "Device: /dev/sd{disk:a|b} [SAT], FAILED SMART self-check. BACK UP DATA NOW!"),
        ),
    ),
)
