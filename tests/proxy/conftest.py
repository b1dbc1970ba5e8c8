"""What the tests of calls in callbacks share."""

from collections.abc import AsyncGenerator

import pytest

from notion_gateway.proxy.relay import Relay
from tests.hostile.raw_upstream import RawUpstream, in_place_of
from tests.support.identity import Signer
from tests.support.rig import Rig
from tests.support.warmth import warmed


@pytest.fixture
def signer() -> Signer:
    return Signer()


@pytest.fixture
def relays(monkeypatch: pytest.MonkeyPatch) -> list[Relay]:
    """What is answered in callbacks, which every call is. Asked for before any connection is made:
    the loop looks up only once what reads from it.
    """
    return warmed(monkeypatch)


@pytest.fixture
async def raw(connected: Rig) -> AsyncGenerator[RawUpstream]:
    async with in_place_of(connected.notion) as one:
        yield one
