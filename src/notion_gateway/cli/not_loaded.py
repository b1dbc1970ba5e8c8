"""What libraries load or read wherever they are imported, and a gateway that serves does without.

Each function here counts where its library is not loaded yet; afterwards it changes nothing.
``performance.md`` has what each is worth.
"""

import importlib
import importlib.util
import ssl
import sys
from types import ModuleType
from typing import Any


def without_rich() -> None:
    """Structlog loads Rich, and Pygments with it, wherever they are: for tracebacks with the values
    of variables, which the log never has (``kernel/log.py`` makes text of them first). They are a
    tenth of a start, and some megabytes. For structlog they are not installed; others find them.
    """
    if "structlog" in sys.modules or "rich" in sys.modules:
        return
    modules: dict[str, ModuleType | None] = sys.modules  # pyright: ignore[reportAssignmentType]
    modules["rich"] = None  # "import rich" raises ImportError then
    try:
        importlib.import_module("structlog")
    finally:
        del modules["rich"]


def without_orm() -> None:
    """SQLAlchemy's asyncio package loads its sessions, and the whole ORM with them. Nobody here has
    a session.
    """
    _with_one_module(
        "sqlalchemy.ext.asyncio", "engine", "AsyncConnection", "AsyncEngine", "create_async_engine"
    )


def without_uvicorns_commands() -> None:
    """Uvicorn loads its command line, with Click, and what starts and watches processes."""
    _with_one_module("uvicorn", "server", "Config", "Server")


def without_pydantic_1() -> None:
    """FastAPI asks of each type in a route whether it is one of Pydantic 1, and loads for that what
    Pydantic 2 still carries of it. Where it is not there, FastAPI knows that none is.
    """
    modules: dict[str, ModuleType | None] = sys.modules  # pyright: ignore[reportAssignmentType]
    modules.setdefault("pydantic.v1", None)


def without_certificates_for_aiohttp() -> None:
    """Aiohttp reads the system's certificates, twice, for sessions that are given none. All here
    are given those of ``kernel/outbound/session.py``; one that is not would trust nobody.
    """
    if "aiohttp" in sys.modules:
        return
    context: Any = ssl.SSLContext
    context.set_default_verify_paths = _read_nothing
    try:
        importlib.import_module("aiohttp")
    finally:
        del context.set_default_verify_paths  # what it has inherited counts again


def _read_nothing(_: ssl.SSLContext) -> None:
    pass


def _with_one_module(package: str, module: str, *names: str) -> None:
    """``package`` stands there with these names, which one module of it has, until somebody asks it
    for another; then it is loaded whole.
    """
    spec = None if package in sys.modules else importlib.util.find_spec(package)
    if spec is None or spec.loader is None:
        return
    part, load = importlib.util.module_from_spec(spec), spec.loader.exec_module
    sys.modules[package] = part
    loaded = importlib.import_module(f"{package}.{module}")
    for name in names:
        setattr(part, name, getattr(loaded, name))

    def whole(name: str) -> object:
        del part.__getattr__
        load(part)
        return getattr(part, name)

    part.__getattr__ = whole  # pyright: ignore[reportAttributeAccessIssue]
