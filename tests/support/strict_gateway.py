"""A gateway that believes nobody without proof, before an upstream that records what reaches it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp

from tests.support.gateway import Caller, calling, serving_gateway
from tests.support.identity import AUDIENCE, Person, Signer
from tests.support.rig import Rig, a_rig

UNLIMITED: dict[str, Any] = {
    "gateway_calls_per_minute": 0,
    "gateway_failed_logins_per_minute": 10**9,
}


def proven(*signers: Signer, **changes: Any) -> dict[str, Any]:
    """Settings: these applications, and no limits unless ``changes`` say otherwise."""
    return {
        "gateway_trust_headers": False,
        "gateway_audience": AUDIENCE,
        "gateway_applications": [one.settings() for one in signers],
        **UNLIMITED,
        **changes,
    }


@asynccontextmanager
async def strict_rig(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    signer: Signer,
    mcp: ASGIApp | None = None,
    **changes: Any,
) -> AsyncGenerator[Rig]:
    async with a_rig(folder, monkeypatch, mcp=mcp, **proven(signer, **changes)) as rig:
        yield rig


@asynccontextmanager
async def second_replica(rig: Rig, signer: Signer, **changes: Any) -> AsyncGenerator[Caller]:
    """Another gateway on the same data."""
    settings = proven(signer, **changes)
    async with (
        serving_gateway(rig.data_dir, rig.notion.url, **settings) as there,
        calling(there.url) as caller,
    ):
        yield caller


def person(rig: Rig, signer: Signer, user: str, caller: Caller | None = None) -> Person:
    return Person(caller or rig.caller, user, signer, rig.clock.now)
