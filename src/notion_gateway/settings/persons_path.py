"""The type of settings that hold a path, as people write one."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator


def _expanded(value: Path) -> Path:
    try:
        return value.expanduser()
    except RuntimeError:
        raise ValueError("~ stands for no folder: there is no such user, or no home") from None


PersonsPath = Annotated[Path, AfterValidator(_expanded)]
"""A ``~`` at its beginning is a home directory: in a ``.env`` file no shell has replaced it."""
