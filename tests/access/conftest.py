from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.access.front_end import FrontEnd, a_front_end
from tests.support.identity import Person, Signer
from tests.support.rig import Rig
from tests.support.strict_gateway import person, strict_rig
from tests.support.upstreams import RecordingMcp


@pytest.fixture
def signer() -> Signer:
    return Signer()


@pytest.fixture
async def strict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer, upstream: RecordingMcp
) -> AsyncGenerator[Rig]:
    async with strict_rig(tmp_path, monkeypatch, signer, upstream) as rig:
        yield rig


@pytest.fixture
def ada(strict: Rig, signer: Signer) -> Person:
    return person(strict, signer, "ada")


@pytest.fixture
def bob(strict: Rig, signer: Signer) -> Person:
    return person(strict, signer, "bob")


@pytest.fixture
def eve(strict: Rig, signer: Signer) -> Person:
    return person(strict, signer, "eve")


@pytest.fixture
async def front_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[FrontEnd]:
    async with a_front_end(tmp_path, monkeypatch) as one:
        yield one
