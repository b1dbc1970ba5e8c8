"""Commands as a person can paste them."""

import os
import shlex
import shutil
import sys
from pathlib import Path

from notion_gateway.cli.target import DEFAULT_SPACE, DEFAULT_URL, Target


def flags(target: Target) -> str:
    """What the printed commands need, unless it is what they do without."""
    given = {
        "--gateway": (os.environ.get("NOTION_GATEWAY_URL", DEFAULT_URL), target.url),
        "--space": (os.environ.get("NOTION_GATEWAY_SPACE", DEFAULT_SPACE), target.space_id),
    }
    return "".join(
        f" {option} {needed}" for option, (default, needed) in given.items() if default != needed
    )


def connecting(target: Target, *, mine: bool) -> str:
    """The command that connects a space, or somebody's own Notion in it."""
    return f"notion-gateway connect{_gateway(target)} --space {target.space_id}{' --mine' * mine}"


def _gateway(target: Target) -> str:
    default = os.environ.get("NOTION_GATEWAY_URL", DEFAULT_URL)
    return "" if target.url == default else f" --gateway {target.url}"


def command() -> str:
    """As it can be typed in another terminal, in the folder where this one was."""
    program = Path(sys.argv[0])
    installed = Path(sys.prefix, "bin", "notion-gateway")
    if program.name != "notion-gateway" or not shutil.which(str(program)):
        program = installed
    return shlex.quote(str(short(program)))


def short(path: Path) -> Path:
    """Relative where it lies below the current folder."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
