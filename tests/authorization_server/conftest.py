"""What tests of issuers' assertions begin with."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.authorization_server.asserting import DOMAIN, Asserting, asserting
from tests.support.identity_issuer import IdentityIssuer, an_identity_issuer, claude, okta
from tests.support.upstreams import RecordingMcp


@pytest.fixture
async def issuers() -> AsyncGenerator[tuple[IdentityIssuer, IdentityIssuer]]:
    async with an_identity_issuer(okta) as first, an_identity_issuer(claude) as second:
        yield first, second


@pytest.fixture
async def here(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    issuers: tuple[IdentityIssuer, IdentityIssuer],
) -> AsyncGenerator[Asserting]:
    """Everybody of the domain belongs to the space; it is connected."""
    async with asserting(
        tmp_path, monkeypatch, *issuers, upstream=RecordingMcp(), rules=[DOMAIN]
    ) as one:
        answer = await one.logins.rig.caller.connect(one.logins.space)
        assert answer.result["status"] == "success"
        yield one
