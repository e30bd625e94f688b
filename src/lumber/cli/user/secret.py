"""Read a new password from the terminal, where it doesn't show, or from a file."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from lumber.cli.output import Output, printable
from lumber.errors import ConfigError, FieldProblem
from lumber.identity.passwords import Passwords, checked_password
from lumber.settings import Settings

PasswordFileOption = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        metavar="FILE",
        help="File with the password, or - for standard input. A line break at the end doesn't count. "
        "[default: ask on the terminal]",
        show_default=False,
    ),
]
_MOST_BYTES = 16_384
_OTHERS = 0o077


def new_password_hash(settings: Settings, out: Output, name: str, file: Path | None) -> str:
    """Return the hash of a new password for the account `name`.

    Raises ConfigError, which never shows the password, and typer.BadParameter without a terminal or a file.
    """
    password = checked_password(_asked(name) if file is None else _read(file, out), name)
    passwords = Passwords.of(settings)
    try:
        return asyncio.run(passwords.hashed(password))
    finally:
        passwords.close()


def _asked(name: str) -> str:
    if not sys.stdin.isatty():
        raise typer.BadParameter(
            "without a terminal, a password needs --password-file.", param_hint="--password-file"
        )
    prompt = f"Password for {name}"
    answer: str = typer.prompt(prompt, hide_input=True, confirmation_prompt=True, err=True)
    return answer


def _read(file: Path, out: Output) -> str:
    try:
        if file == Path("-"):
            raw = sys.stdin.buffer.read(_MOST_BYTES + 1)
        else:
            with file.open("rb") as opened:
                raw = opened.read(_MOST_BYTES + 1)
            if file.stat().st_mode & _OTHERS:
                out.note(
                    f"Other users of this machine can read {printable(file)}: chmod 600 it, or delete it."
                )
        if len(raw) > _MOST_BYTES:
            raise _problem(file, f"has more than {_MOST_BYTES:,} bytes")
        return raw.decode().removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise _problem(file, f"can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _problem(file, "is not UTF-8") from None


def _problem(file: Path, message: str) -> ConfigError:
    return ConfigError([FieldProblem("--password-file", str(file), f"{file} {message}")])
