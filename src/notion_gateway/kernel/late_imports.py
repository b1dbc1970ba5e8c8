"""Packages that a start does without: imported when they are first needed.

An import holds the event loop for as long as it runs; in a thread, calls go on beside it.
"""

import asyncio
import importlib
from typing import Final

_imported: Final[set[str]] = set()


async def imported(*modules: str) -> None:
    """Returns once they are there; ``import`` finds them at once then. Raises ImportError."""
    if not _imported.issuperset(modules):
        await asyncio.to_thread(_import, modules)


def _import(modules: tuple[str, ...]) -> None:
    for module in modules:
        importlib.import_module(module)
    _imported.update(modules)
