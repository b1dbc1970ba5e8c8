from collections.abc import AsyncGenerator

import pytest

from tests.hostile.raw_upstream import RawUpstream, in_place_of
from tests.support.rig import Rig


@pytest.fixture
async def raw(connected: Rig) -> AsyncGenerator[RawUpstream]:
    """Bare sockets where Notion was when the space was connected."""
    async with in_place_of(connected.notion) as one:
        yield one
