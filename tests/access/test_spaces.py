"""Making spaces, and who may do what in them."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.support.identity import Person, Signer
from tests.support.rig import Rig
from tests.support.strict_gateway import strict_rig

pytestmark = pytest.mark.anyio


@pytest.fixture
async def strict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> AsyncGenerator[Rig]:
    """Before the simulator's own MCP server."""
    async with strict_rig(tmp_path, monkeypatch, signer) as rig:
        yield rig


async def test_who_makes_a_space_owns_it(ada: Person, bob: Person) -> None:
    space = await ada.create_space("  Road   map ")

    (mine,) = (await ada.get("/spaces")).json["spaces"]
    assert (mine["space_id"], mine["name"], mine["role"]) == (space, "Road map", "owner")
    assert (await bob.get("/spaces")).json == {"spaces": []}


async def test_an_owner_connects_and_a_member_uses(ada: Person, bob: Person) -> None:
    space = await ada.create_space()
    await ada.add(space, "bob")
    refused = await bob.get(f"/integrations/notion/oauth/mcp/start?space_id={space}")
    assert (refused.status, refused.reason) == (403, "owner_required")

    await ada.connect(space)

    assert (await bob.get(f"/integrations/notion/{space}")).json["status"] == "connected"
    assert (await bob.call(space)).status == 200
    refused = await bob.send("DELETE", f"/integrations/notion/{space}")
    assert (refused.status, refused.reason) == (403, "owner_required")


async def test_a_gateway_token_calls_tools_and_manages_nothing(strict: Rig, ada: Person) -> None:
    space = await ada.create_space()
    await ada.connect(space)
    token = await ada.token(space)
    script = Person(strict.caller, "ada", ada.signer, ada.now, bearer=token)

    assert (await script.call(space)).status == 200
    refused = await script.send("DELETE", f"/integrations/notion/{space}")
    assert (refused.status, refused.reason) == (403, "token_not_allowed")
    refused = await script.post(f"/spaces/{space}/tokens", {"name": "more"})
    assert (refused.status, refused.reason) == (403, "token_not_allowed")
