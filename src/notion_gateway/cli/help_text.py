"""What ``--help`` says of a command: the paragraphs of its docstring, broken where the terminal's
lines end, and not where the source's do.
"""

import inspect

import typer


def unwrap(app: typer.Typer) -> None:
    """Of all commands in it."""
    for command in app.registered_commands:
        if command.help is None and command.callback is not None:
            command.help = _unwrapped(inspect.getdoc(command.callback) or "")
    for group in app.registered_groups:
        if group.typer_instance is not None:
            unwrap(group.typer_instance)


def _unwrapped(text: str) -> str:
    return "\n\n".join(" ".join(one.split()) for one in text.split("\n\n"))
