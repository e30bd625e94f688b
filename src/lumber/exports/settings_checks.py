"""What is unsafe about the settings of an installation, and about the files that they name."""

from __future__ import annotations

import ipaddress
import os
import shlex
import stat
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from lumber.exports.check import Check
from lumber.exports.provider_checks import check_providers, secret_files_of
from lumber.settings import Settings
from lumber.store.url import DatabaseUrl
from lumber.text import counted

_LEAST_AUDIT_DAYS = 90
# More addresses than a network of machines has that somebody knows.
_MOST_PROXIES = {4: 2**16, 6: 2**64}
_PROVES_ITSELF = frozenset({"verify-ca", "verify-full"})


def check_settings(settings: Settings, url: DatabaseUrl) -> Sequence[Check]:
    """Check the settings, without a look into the database."""
    return [
        _public_url(settings),
        _proxies(settings),
        _passwords(settings),
        _audit(settings),
        _connection(url),
        _owner(settings, url),
        _secrets(settings),
        check_providers(settings),
    ]


def _public_url(settings: Settings) -> Check:
    url = settings.public_url
    if not url:
        return Check("public_url", "ok", "none: the service answers on this machine only")
    if url.startswith("https:") or _is_local(urlsplit(url).hostname or ""):
        return Check("public_url", "ok", url)
    return Check(
        "public_url",
        "warning",
        f"{url} isn't encrypted: whoever sees the network sees passwords, keys and data",
        "Put a proxy with TLS in front of the service, and set LUMBER_PUBLIC_URL to its https address.",
    )


def _proxies(settings: Settings) -> Check:
    networks = [ipaddress.ip_network(part, strict=False) for part in settings.proxies]
    wide = [str(network) for network in networks if network.num_addresses > _MOST_PROXIES[network.version]]
    if wide:
        return Check(
            "proxies",
            "warning",
            f"every machine in {', '.join(wide)} may give a false address for its clients",
            "Set LUMBER_TRUSTED_PROXIES to the addresses of your proxies only.",
        )
    if settings.public_url.startswith("https:") and not networks:
        return Check(
            "proxies",
            "warning",
            "no proxy is trusted: if there is one, the audit trail and the limits only know its address",
            "Set LUMBER_TRUSTED_PROXIES to the address of your proxy, such as 127.0.0.1.",
        )
    return Check("proxies", "ok", f"trusted: {', '.join(settings.proxies) or 'none'}")


def _passwords(settings: Settings) -> Check:
    fields = Settings.model_fields
    usual = fields["password_memory_bytes"].default * fields["password_rounds"].default
    memory, rounds = settings.password_memory_bytes, settings.password_rounds
    text = f"{memory // 1024**2} MiB and {counted(rounds, 'round')}"
    if memory * rounds < usual:
        return Check(
            "passwords",
            "warning",
            f"a hash takes {text}, less work than by default: a stolen database is guessed faster",
            "Unset LUMBER_PASSWORD_MEMORY_BYTES and LUMBER_PASSWORD_ROUNDS, or raise them.",
        )
    return Check("passwords", "ok", f"a hash takes {text}")


def _audit(settings: Settings) -> Check:
    days = settings.audit_days
    if days is not None and days < _LEAST_AUDIT_DAYS:
        return Check(
            "audit_days",
            "warning",
            f"lines of the audit trail are deleted after {days:g} days: later, nobody can tell what happened",
            f"Set LUMBER_AUDIT_DAYS to {_LEAST_AUDIT_DAYS} or more, or export the trail regularly with "
            "`lumber audit export`.",
        )
    kept = "all lines are kept" if days is None else f"lines are kept for {days:g} days"
    return Check("audit_days", "ok", kept)


def _connection(url: DatabaseUrl) -> Check:
    remote = [host for host in url.hosts if not _is_local(host)]
    if not remote:
        return Check("connection", "ok", "the database is on this machine")
    if url.tls_mode in _PROVES_ITSELF:
        return Check("connection", "ok", f"encrypted to {remote[0]}, which proves its identity")
    found = (
        "encrypted, but nothing proves who answers" if url.tls_mode == "require" else "not always encrypted"
    )
    return Check(
        "connection",
        "warning",
        f"the connection to the database on {remote[0]} is {found}",
        "Add `?sslmode=verify-full&sslrootcert=FILE` to the address of the database.",
    )


def _owner(settings: Settings, url: DatabaseUrl) -> Check:
    paths = [settings.data_dir.expanduser(), settings.effective_exports_dir, *_secret_files(settings)]
    if url.dialect == "sqlite":
        paths.append(url.path)
    foreign = [path for path in dict.fromkeys(paths) if _owner_of(path) not in (None, os.geteuid())]
    if not foreign:
        return Check("owner", "ok", "the files and folders belong to this user")
    names = ", ".join(f"{path} (user {_owner_of(path)})" for path in foreign)
    return Check(
        "owner",
        "warning",
        f"other users own {names}, and can change or read them",
        "Run Lumber and this command as the user who owns the files, or change their owner with `chown`.",
    )


def _secrets(settings: Settings) -> Check:
    found = [path for path in _secret_files(settings) if _mode_of(path) & (stat.S_IRWXG | stat.S_IRWXO)]
    if not found:
        return Check("secrets", "ok", "no other user can read the files with keys")
    names = " ".join(shlex.quote(str(path)) for path in found)
    return Check(
        "secrets",
        "warning",
        f"other users can read {', '.join(map(str, found))}",
        f"Run: chmod 600 {names}. Then replace the keys in them.",
    )


def _secret_files(settings: Settings) -> Sequence[Path]:
    named = (
        settings.privacy_key_file,
        settings.api_key_file,
        settings.oidc_file,
        settings.smtp_password_file,
    )
    return [*(path.expanduser() for path in named if path is not None), *secret_files_of(settings)]


def _owner_of(path: Path) -> int | None:
    try:
        return path.stat().st_uid
    except OSError:
        return None


def _mode_of(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return 0


def _is_local(host: str) -> bool:
    """Say whether a host is this machine; a path is the folder of a socket."""
    try:
        return (
            host in ("", "localhost") or host.startswith(("/", "@")) or ipaddress.ip_address(host).is_loopback
        )
    except ValueError:
        return False
