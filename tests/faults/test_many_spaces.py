"""A gateway's memory is bounded, and does not grow with every space that is called."""

import asyncio
import os
import shutil
import signal
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvloop

from bench.processes import Usage, fake_upstream
from bench.spaces import call_each, fill
from bench.targets import Target, served
from tests.support.figures import Figure
from tests.support.waiting import until

pytestmark = pytest.mark.thorough

KEPT = 200
WARM = 1000
"""Called before the first look: so many fill what has a limit."""
HALFWAY = 2000
SPACES = 3000
_KEEPING = """
import gc, os, signal, sys
if sys.orig_argv[1:2] and sys.orig_argv[1].endswith("notion-gateway"):
    from notion_gateway.access.authentication_cache import AuthenticationCache
    from notion_gateway.access.membership import Members
    from notion_gateway.audit.contents import AskedContents
    from notion_gateway.budget.budgets import Budgets
    from notion_gateway.integration.access_tokens import AccessTokens
    from notion_gateway.integration.serving_grants import ServingGrants
    from notion_gateway.policy.policies import Policies

    def keep(cache):
        made = cache.__post_init__

        def made_with_limit(self):
            self.max_cached = {kept}
            made(self)

        cache.__post_init__ = made_with_limit

    kept = (AuthenticationCache, AskedContents, Budgets, Members, AccessTokens, Policies)
    kept += (ServingGrants,)
    for cache in kept:
        keep(cache)

    from notion_gateway.integration import grant_uses
    from notion_gateway.proxy import known_heads

    grant_uses.MOST = known_heads._MAX_SEEN = {kept}

    def tell(*_):
        gc.collect()
        with open("objects.new", "w") as file:
            file.write(str(sys.getallocatedblocks()))
        os.rename("objects.new", "objects")

    signal.signal(signal.SIGRTMIN, tell)
"""
"""Besides the limit: on a signal it tells how many pieces of memory its Python objects take, which
is exact, where the process's memory as a whole comes and goes in larger pieces.
"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Path, int]]:
    """A data folder with connected spaces, and the port of their upstream."""
    folder = tmp_path_factory.mktemp("spaces")
    with fake_upstream() as (_, port):
        uvloop.run(fill(folder / "gateway-data", port, SPACES))
        yield folder, port


@contextmanager
def gateway(folder: Path, filled: tuple[Path, int], kept: int) -> Generator[Target]:
    """A real process, whose caches keep so many entries instead of ten thousand."""
    data, port = filled
    shutil.copytree(data, folder, dirs_exist_ok=True)
    (folder / "sitecustomize.py").write_text(_KEEPING.format(kept=kept))
    with served(folder, port, PYTHONPATH=str(folder)) as target:
        yield target


@dataclass(frozen=True, slots=True)
class Growth:
    """For each further space that was called, when many had been called already."""

    bytes_each: float
    objects_each: float


def growth(target: Target, folder: Path) -> Growth:
    """The process's memory grows by a megabyte now and then, also where nothing is kept: of the
    two halves that are called, the one with less of that tells what each space takes.
    """
    looks: list[tuple[int, int]] = []
    for after, number in ((0, WARM), (WARM, HALFWAY), (HALFWAY, SPACES)):
        call_each(target, number, after=after)
        looks.append((_objects(target, folder), Usage.of(target.pid).rss_bytes))
    (first, used), (_, halfway), (last, in_the_end) = looks
    half = HALFWAY - WARM
    least = min(halfway - used, in_the_end - halfway)
    return Growth(least / half, (last - first) / (SPACES - WARM))


def _objects(target: Target, folder: Path) -> int:
    told = folder / "objects"
    told.unlink(missing_ok=True)
    os.kill(target.pid, signal.SIGRTMIN)
    asyncio.run(until(told.exists, 20))
    return int(told.read_text())


@pytest.mark.promise("threats:55")
def test_a_full_memory_does_not_grow_with_more_spaces(
    tmp_path: Path, filled: tuple[Path, int], figure: Figure
) -> None:
    with gateway(tmp_path, filled, KEPT) as target:
        found = growth(target, tmp_path)
    figure(
        f"{SPACES:,} spaces, of which it keeps {KEPT}: {max(found.objects_each, 0):.1f} objects"
        " for each further one"
    )
    assert found.objects_each < 2, found
    assert found.bytes_each < 1000, found


def test_without_the_bound_it_does(tmp_path: Path, filled: tuple[Path, int]) -> None:
    with gateway(tmp_path, filled, 10 * SPACES) as target:
        found = growth(target, tmp_path)
    assert found.objects_each > 8, found
    assert found.bytes_each > 1000, found
