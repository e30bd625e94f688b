"""Give a command the options that set its config."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from lumber.cli.config.option import ConfigOption
from lumber.cli.config.request import ConfigRequest
from lumber.cli.config.table import OPTIONS, PRIVACY

Command = Callable[..., int]

_FileOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="JSON file with an export config. Command-line options override the file.",
    ),
]
_SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Set any field of the export config: split.seed=7, 'templates={\"similarity\": 0.5}'. VALUE is "
        "JSON, or text if it isn't JSON. Repeat for several. Options override the file, and --set overrides "
        "both. Don't set the same field with --set and an option.",
    ),
]
PrivacyKeyFileOption = Annotated[
    Path | None,
    typer.Option(
        "--privacy-key-file",
        metavar="FILE",
        rich_help_panel=PRIVACY,
        help="File with the key of the pseudonyms, made with `openssl rand -hex 32`. The same key gives the "
        "same pseudonyms. [default: LUMBER_PRIVACY_KEY, or the file in LUMBER_PRIVACY_KEY_FILE]",
        show_default=False,
    ),
]


def with_config_options(*, writes: bool) -> Callable[[Command], Command]:
    """Return a decorator that replaces a command's first parameter, its ConfigRequest, by options.

    `writes` adds the options for the files of an export. Typer reads the options from the signature.
    """
    options = [option for option in OPTIONS if writes or not option.writes]

    def decorate(command: Command) -> Command:
        @wraps(command)
        def run(**arguments: Any) -> int:
            values = [(option, arguments.pop(option.parameter)) for option in options]
            request = ConfigRequest(
                file=arguments.pop("config"),
                given={option.name: value for option, value in values if option.is_given(value)},
                settings=arguments.pop("set_") or (),
            )
            return command(request, **arguments)

        own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
        parameters = [
            *(_parameter(each.parameter, _annotation(each), each.missing) for each in options),
            _parameter("config", _FileOption),
            _parameter("set_", _SetOption),
            *(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own),
        ]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {each.name: each.annotation for each in parameters}
        return run

    return decorate


def _parameter(name: str, annotation: Any, default: Any = None) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _annotation(option: ConfigOption) -> Any:
    """Return the parameter's type with what Typer needs to know."""
    names = [option.name if option.off is None else f"{option.name}/{option.off}"]
    if option.short is not None:
        names.append(option.short)
    choices = option.choices()
    declared = typer.Option(
        *names,
        metavar=option.metavar,
        help=option.text,
        rich_help_panel=option.panel,
        show_default=False,
        autocompletion=(lambda: choices) if choices else None,
    )
    return Annotated[option.annotation, declared]
