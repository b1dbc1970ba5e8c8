"""What the tests of policies share."""

import pytest

from notion_gateway.proxy.relay import Relay
from tests.support.identity import Signer
from tests.support.warmth import warmed


@pytest.fixture
def signer() -> Signer:
    return Signer()


@pytest.fixture
def relays(monkeypatch: pytest.MonkeyPatch) -> list[Relay]:
    """What is answered in callbacks, which every call is that memory knows. Asked for before any
    connection is made: the loop looks up only once what reads from it.
    """
    return warmed(monkeypatch)
