"""What is unsafe about the identity providers of an installation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from lumber.errors import ConfigError
from lumber.exports.check import Check
from lumber.identity.oidc.config import ProviderConfig, read_providers
from lumber.identity.rights import Role
from lumber.settings import Settings
from lumber.text import counted

_NAME = "providers"


def check_providers(settings: Settings) -> Check:
    """Check the file of LUMBER_OIDC_FILE. No provider is asked."""
    try:
        configs = [provider.config for provider in read_providers(settings)]
    except ConfigError as error:
        return Check(_NAME, "failure", str(error), "Correct the file. `lumber serve` doesn't start with it.")
    unsafe = [text for config in configs for text in _unsafe(config)]
    if unsafe:
        advice = "Let in named groups or domains only, with verified addresses. See docs/sign-in.md."
        return Check(_NAME, "warning", "; ".join(unsafe), advice)
    shown = ", ".join(config.id for config in configs) or "none"
    return Check(_NAME, "ok", f"{counted(len(configs), 'provider')}: {shown}")


def secret_files_of(settings: Settings) -> Sequence[Path]:
    """Return the files with the secrets of clients, as far as the file of the providers can be read."""
    try:
        providers = read_providers(settings)
    except ConfigError:
        return ()
    return [provider.secret_file for provider in providers if provider.secret_file is not None]


def _unsafe(config: ProviderConfig) -> Iterator[str]:
    if config.allow_anyone and config.create_accounts and config.default_role is Role.ADMIN:
        yield f"everybody whom the provider {config.id!r} knows becomes an admin"
    if config.allowed_domains and config.trust_unverified_email:
        yield f"people may choose their address at the provider {config.id!r}: allowed_domains proves nothing"
