from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.usecases.world import World, open_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    opened = await open_world(tmp_path)
    yield opened
    await opened.credentials.close()
    await opened.database.close()
