"""Log files of our own, of the shapes and sizes of the real samples, for machines that do not have those."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

LINES = 2_000
_START = datetime(2005, 6, 14, 15, 16, 1, tzinfo=UTC)
_NETWORKS = ("203.0.113", "198.51.100")

_LINUX = (
    "sshd(pam_unix)[{pid}]: authentication failure; uid=0 euid=0 tty=NODEVssh ruser= rhost={address} ",
    "sshd(pam_unix)[{pid}]: check pass; user unknown",
    "ftpd[{pid}]: connection from {address} (host-{pid}.example.net) at {moment:%c} ",
    "su(pam_unix)[{pid}]: session opened for user backup by (uid=0)",
    "logrotate: ALERT exited abnormally with [1]",
    "kernel: usb 1-{device}: new full speed device, number {pid}",
)
_SSH = (
    "sshd[{pid}]: Failed password for invalid user guest from {address} port {port} ssh2",
    "sshd[{pid}]: input_userauth_request: invalid user guest [preauth]",
    "sshd[{pid}]: pam_unix(sshd:auth): authentication failure; tty=ssh ruser= rhost={address}  user=root",
    "sshd[{pid}]: Received disconnect from {address}: 11: Bye [preauth]",
    "sshd[{pid}]: Accepted publickey for deploy from 2001:db8::{device} port {port} ssh2",
)
_CLUSTER = (
    "crond(pam_unix)[{pid}]: session opened for user root by (uid=0)",
    "crond[{pid}]: (root) CMD (run-parts /etc/cron.hourly)",
    "ntpd[{pid}]: synchronized to {address}, stratum 3",
    "/opt/monitor-3.0/sbin/collector[{pid}]: no answer from any [Group_C{device}] source",
    "kernel: mem: <ffffffff80123456> EDAC error on node {device}",
)


def _syslog(host: str) -> Callable[[datetime, int], str]:
    return lambda moment, _number: f"{_stamp(moment, width=2)} {host} "


def _labelled(moment: datetime, number: int) -> str:
    host = f"dn{number % 40 + 1}"
    label = f"- {int(moment.timestamp())} {moment:%Y.%m.%d} {host}"
    return f"{label} {_stamp(moment, width=1)} {host}/{host} "


def _stamp(moment: datetime, *, width: int) -> str:
    return f"{moment:%b} {moment.day:>{width}} {moment:%H:%M:%S}"


_FILES = {
    "Linux_2k.log": (_syslog("combo"), _LINUX),
    "OpenSSH_2k.log": (_syslog("gate"), _SSH),
    "Thunderbird_2k.log": (_labelled, _CLUSTER),
}


def write_log_samples(folder: Path) -> None:
    """Write the files, each of LINES lines, with the line ends of the real ones and none after the last."""
    for name, (head, messages) in _FILES.items():
        lines = []
        for number in range(LINES):
            moment = _START + timedelta(minutes=17 * number)
            message = messages[number % len(messages)].format(
                pid=number + 1_000,
                port=number + 30_000,
                device=number % 9 + 1,
                address=f"{_NETWORKS[number % 2]}.{number // 2 % 254 + 1}",
                moment=moment,
            )
            lines.append(head(moment, number) + message)
        (folder / name).write_bytes("\r\n".join(lines).encode())
