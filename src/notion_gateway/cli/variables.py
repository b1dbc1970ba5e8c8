"""The environment variables that stand for options, and those that nothing reads."""

import difflib
import os
import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

import typer
from typer.core import TyperGroup

from notion_gateway.cli.target import TOKEN_FILE_VARIABLE, TOKEN_VARIABLE

FOLDER_VARIABLE = "NOTION_GATEWAY_UI"
"""Where the built front end lies; `./just` sets it."""
_OURS = re.compile(r"(GATEWAY|NOTION_MCP|NOTION_GATEWAY)_.*", re.IGNORECASE)
_OF_KUBERNETES = re.compile(r".*_(SERVICE_HOST|SERVICE_PORT|PORT_\d+_(TCP|UDP))(_.*)?")
"""What it sets in every container for a service that is named gateway."""
_OF_THE_FRONT_END: Final = frozenset(
    {"GATEWAY_APPLICATION_NAME", "GATEWAY_APPLICATION_KEY", "GATEWAY_APPLICATION_KEY_FILE"}
)


def option_variables(app: typer.Typer) -> set[str]:
    """Those of every command and its groups."""
    found: set[str] = set()
    waiting = [typer.main.get_command(app)]
    while waiting:
        command = waiting.pop()
        if isinstance(command, TyperGroup):
            waiting.extend(command.commands.values())
        found.update(one.envvar for one in command.params if isinstance(one.envvar, str))
    return found


def forget_blank_variables(app: typer.Typer) -> None:
    """Takes those from the environment that are empty or blank: they count as unset."""
    for name in option_variables(app):
        if name in os.environ and not os.environ[name].strip():
            del os.environ[name]


def take_from_env_file(app: typer.Typer) -> None:
    """Gives those that stand in the ``.env`` file and not in the environment to the options, which
    are read from the latter. Raises ConfigurationError.
    """
    if not Path(".env").exists():  # what reads it takes its time to load
        return
    from notion_gateway.settings.env_file import read_env_file

    wanted = option_variables(app) | {FOLDER_VARIABLE}
    if not any(os.environ.get(one, "").strip() for one in (TOKEN_VARIABLE, TOKEN_FILE_VARIABLE)):
        wanted |= {TOKEN_VARIABLE, TOKEN_FILE_VARIABLE}
    for name, value in read_env_file().items():
        if name in wanted and not os.environ.get(name, "").strip():
            os.environ[name] = value


def unknown_variables() -> list[str]:
    """A sentence for each variable that looks like the gateway's and is read by nothing, in the
    environment or the ``.env`` file. Raises ConfigurationError.
    """
    from notion_gateway.cli.program import commands
    from notion_gateway.settings import Settings
    from notion_gateway.settings.env_file import read_env_file
    from notion_gateway.settings.secret_files import is_secret

    settings = {name.upper() for name in Settings.model_fields}
    settings |= {f"{n.upper()}_FILE" for n, one in Settings.model_fields.items() if is_secret(one)}
    tokens = {TOKEN_VARIABLE, TOKEN_FILE_VARIABLE}
    known = settings | option_variables(commands) | tokens | {FOLDER_VARIABLE}
    return misspelt([*os.environ, *read_env_file()], known | _OF_THE_FRONT_END)


def misspelt(names: Iterable[str], known: Collection[str]) -> list[str]:
    """A sentence for each name that begins like one of the gateway's and is none."""
    said: list[str] = []
    for name in sorted({*names}):
        is_known = name.upper() in known or _OF_KUBERNETES.fullmatch(name)
        if is_known or not _OURS.fullmatch(name):
            continue
        near = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.8)
        meant = f" Is {near[0]} meant?" if near else " docs/configuration.md has every name."
        said.append(f"{name} is not a setting, and is ignored.{meant}")
    return said
