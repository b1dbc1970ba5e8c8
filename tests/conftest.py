"""The promises' bookkeeping, and what every test shares."""

from collections.abc import Generator, Iterator

import pytest

from tests.promises import PROMISES
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
    with running_postgres(tmp_path_factory.mktemp("servers")) as server:
        yield server


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Generator[RedisServer]:
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Databases and logs of the whole run hold no token (a canary in each consent)."""
    folders: pytest.TempPathFactory | None = getattr(session.config, "_tmp_path_factory", None)
    leaking = list(files_with_tokens(folders.getbasetemp())) if folders is not None else []
    if leaking:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print("\nTokens in the open:", *leaking, sep="\n  ")  # noqa: T201


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    claimed: set[str] = set()
    for item in items:
        for promise in _promises_of(item):
            if promise not in PROMISES:
                raise pytest.UsageError(f"{item.nodeid} names an unknown promise: {promise}")
            claimed.add(promise)
    unclaimed = sorted(PROMISES.keys() - claimed)
    if unclaimed and _runs_everything(config):
        raise pytest.UsageError(f"no test claims: {', '.join(unclaimed)}")


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
