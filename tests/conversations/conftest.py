from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.support.identity import Signer
from tests.support.rig import Rig
from tests.support.strict_gateway import strict_rig


@pytest.fixture
def signer() -> Signer:
    return Signer()


@pytest.fixture
async def rig(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> AsyncGenerator[Rig]:
    async with strict_rig(tmp_path, monkeypatch, signer) as rig:
        yield rig
