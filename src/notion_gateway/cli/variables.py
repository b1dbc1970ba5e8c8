"""The environment variables that stand for options."""

import os

import typer
from typer.core import TyperGroup


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
