"""The promises' bookkeeping, and what every test shares."""

import shutil
import tempfile
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

import pytest

from tests.promises import NOT_KEPT_YET, PROMISES
from tests.support.claims import faults_of
from tests.support.databases import (
    PostgresServer,
    RedisServer,
    running_postgres,
    running_redis,
)
from tests.support.leaks import files_with_tokens

pytest_plugins = ["tests.support.fixtures"]


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop that the gateway runs on."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Generator[PostgresServer]:
    """Not below pytest's own folder: another run that starts meanwhile closes that one to all other
    users, and the server, which is one, ends.
    """
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    try:
        with running_postgres(folder) as server:
            yield server
    finally:
        shutil.move(folder, tmp_path_factory.mktemp("servers"))  # to be searched for tokens


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Generator[RedisServer]:
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Databases and logs of the whole run hold no token (a canary in each consent)."""
    folders: pytest.TempPathFactory | None = getattr(session.config, "_tmp_path_factory", None)
    leaking = list(files_with_tokens(folders.getbasetemp())) if folders is not None else []
    if leaking:
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR  # whatever else failed
        print("\nTokens in the open:", *leaking, sep="\n  ")  # noqa: T201


def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    claims = {promise: item.nodeid for item in items for promise in _promises_of(item)}
    whole_suite = _runs_everything(config)
    faults = list(faults_of(PROMISES, NOT_KEPT_YET, claims, whole_suite=whole_suite))
    if faults and not hasattr(config, "workerinput"):
        raise pytest.UsageError("\n".join(faults))
    if faults:
        alone: _Disagreement = _Disagreement.from_parent(session, name="promises")  # pyright: ignore[reportUnknownMemberType]
        alone.faults = faults
        items[:] = [alone]
    # Files that take long come first: begun last, they would be waited for by themselves.
    long = {item.path for item in items if item.get_closest_marker("thorough")}
    items.sort(key=lambda item: item.path not in long)


class _Disagreement(pytest.Item):
    """Fails in place of every test: xdist shows no usage error of its workers."""

    faults: Sequence[str] = ()

    def runtest(self) -> None:
        pytest.fail("\n".join(self.faults), pytrace=False)


def _promises_of(item: pytest.Item) -> Iterator[str]:
    for mark in item.iter_markers("promise"):
        yield from (str(argument) for argument in mark.args)


_ALL_AT_ONCE = "not alone"
"""With this expression the whole suite is collected; the others run after it."""


def _runs_everything(config: pytest.Config) -> bool:
    """A part of the suite, chosen by path or expression, need not keep every promise."""
    return (
        not config.option.keyword
        and config.option.markexpr in ("", _ALL_AT_ONCE)
        and not getattr(config.option, "lf", False)  # absent without the cache plugin
        and config.args == config.getini("testpaths")
    )
