"""A real service with accounts and keys, and commands that use it."""

import asyncio
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import sqlalchemy as sa

from lumber.identity.api_keys import create_key
from lumber.identity.rights import ROLE_SCOPES, Role, Scope
from lumber.identity.users import create_account
from lumber.store.database import open_database
from lumber.store.models import ApiKey
from lumber.store.models.base import utc_now
from lumber.store.url import DatabaseUrl
from tests.commands import lumber
from tests.integration.datasets import fill
from tests.integration.processes import Running
from tests.integration.serving import PARTITION_ROWS, serving

ROWS = 300
OUR_VARIABLES = (
    "LUMBER_SERVER",
    "LUMBER_API_KEY",
    "LUMBER_API_KEY_FILE",
    "LUMBER_CA_FILE",
    "LUMBER_DATABASE_URL",
)


@dataclass(frozen=True)
class House:
    """A service, the keys of its accounts, and a folder for the configuration of whoever uses it."""

    url: str
    address: str
    keys: Mapping[str, str]
    folder: Path
    process: Running

    def here(self, *arguments: object, stdin: str = "", **environment: object) -> CompletedProcess[str]:
        """Run a command on the database."""
        values = {"LUMBER_DATABASE_URL": self.url, **self._own(), **environment}
        return lumber(*arguments, stdin=stdin, **values)

    def there(
        self, *arguments: object, who: str | None = "admin", stdin: str = "", **environment: object
    ) -> CompletedProcess[str]:
        """Run a command on the service, with the key of somebody."""
        key = {} if who is None else {"LUMBER_API_KEY": self.keys[who]}
        values = {"LUMBER_SERVER": self.address, **key, **self._own(), **environment}
        return lumber(*arguments, stdin=stdin, **values)

    def answer(self, *arguments: object, code: int = 0, **values: Any) -> dict[str, Any]:
        """Run a command on the service with --json; return what it prints."""
        done = self.there(*arguments, "--json", **values)
        assert done.returncode == code, (done.stdout, done.stderr)
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def environment(self, who: str = "admin") -> dict[str, str]:
        """Return the variables of a command on the service that runs as a process."""
        return {"LUMBER_SERVER": self.address, "LUMBER_API_KEY": self.keys[who], **self._own()}

    def _own(self) -> dict[str, str]:
        folder = str(self.folder)
        # Files depend on the partitions, so commands on the database have those of the service.
        partitions = {"LUMBER_PARTITION_ROWS": str(PARTITION_ROWS), "LUMBER_WORKERS": "1"}
        return {
            **partitions,
            "XDG_CONFIG_HOME": f"{folder}/config",
            "LUMBER_DATA_DIR": f"{folder}/data",
            "HOME": folder,
        }


@contextmanager
def inhabited(folder: Path, **settings: object) -> Iterator[House]:
    """Serve a database with log lines and accounts."""
    with without_our_variables():
        url = f"sqlite:///{folder / 'lumber.db'}"
        fill(url, ROWS)
        keys = asyncio.run(_accounts(url))
        with serving(url, folder / "served", **settings) as (process, address):
            yield House(url, address, keys, folder, process)


@contextmanager
def without_our_variables() -> Iterator[None]:
    """Leave out what the environment of the tests says about a service."""
    kept = {name: os.environ.pop(name) for name in OUR_VARIABLES if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)


async def _accounts(url: str) -> dict[str, str]:
    """Create accounts; return a key of each by its name."""
    database = open_database(DatabaseUrl.parse(url))
    try:
        async with database.session() as session:
            roles = {"admin": Role.ADMIN, "exporter": Role.EXPORTER, "viewer": Role.VIEWER}
            users = {name: await create_account(session, name, role.value) for name, role in roles.items()}
            made = {
                name: await create_key(session, users[name], name, sorted(ROLE_SCOPES[role]))
                for name, role in roles.items()
            }
            soon = utc_now() + timedelta(days=1)
            scopes = [Scope.EXPORTS_READ.value]
            made["expired"] = await create_key(session, users["viewer"], "old", scopes, expires_at=soon)
            over = {"expires_at": utc_now() - timedelta(seconds=1)}
            is_old = ApiKey.id == made["expired"].key.key_id
            await session.execute(sa.update(ApiKey).where(is_old).values(**over))
        return {name: new.text.text for name, new in made.items()}
    finally:
        await database.close()
