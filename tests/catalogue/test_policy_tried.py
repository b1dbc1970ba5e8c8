"""What ``notion-gateway policy test`` says of a space's tools is what its gateway then does."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.catalogue.catalogues import SPACE, reaches, see
from tests.catalogue.conftest import Altered
from tests.catalogue.new_tools import a_new_tool, refusal, until_refused
from tests.cli.processes import Pair, Ran
from tests.policy.rigs import set_policy
from tests.support.rig import Rig

pytestmark = pytest.mark.anyio

READS, WRITES, LOOKALIKE = "notion-new-reads", "notion-new-writes", "Notion-Delete-Pages"
REASONS = {"allow": None, "ask": "approval_required", "block": "blocked_by_policy"}


async def test_a_policy_is_tried_with_what_the_catalogue_knows_and_an_owner_has_seen(
    rig: Rig, lists: Altered, tmp_path: Path
) -> None:
    cli = Pair(rig.gateway.url, rig.notion.url, rig.data_dir).cli(tmp_path, SPACE)
    file = tmp_path / "policy.json"

    async def tried(*words: str) -> Ran:
        return await asyncio.to_thread(cli, "policy", "test", str(file), *words)

    async def effects(*words: str) -> dict[str, str | None]:
        """By tool, as the reason with which a call would be stopped."""
        found = json.loads((await tried("--json", *words)).out)
        return {
            one["tool"]: "call_unclear" if one["rule"] == "call_unclear" else REASONS[one["effect"]]
            for one in found
            if one["tool"] in {READS, WRITES, LOOKALIKE, "notion-delete-pages"}
        }

    lists.tools = [a_new_tool(READS, reads=True), a_new_tool(WRITES), a_new_tool(LOOKALIKE)]
    file.write_text('{"version": 1, "preset": "no_deleting"}')
    await set_policy(rig, "no_deleting", space=SPACE)
    await rig.caller.connect(SPACE)
    await reaches(rig, 1)
    await until_refused(rig, READS, None)
    unseen = await effects()
    assert unseen == {tool: await refusal(rig, tool) for tool in unseen}
    assert (unseen[WRITES], unseen[LOOKALIKE]) == ("approval_required", "call_unclear")

    # Without the gateway nobody knows of them, unless the file says so.
    assert (await effects("--offline")).keys() == {"notion-delete-pages"}
    calls = tmp_path / "calls"
    calls.write_text(json.dumps({"tool": READS, "arguments": {}}))
    alone = json.loads((await tried("--offline", "--json", "--calls", str(calls))).out)
    assert [one["effect"] for one in alone] == ["ask"]

    await see(rig, 1)
    await until_refused(rig, WRITES, None)
    seen = await effects()
    assert seen == {tool: await refusal(rig, tool) for tool in seen}
    assert seen[WRITES] is None

    # It may name what policy set lets it name, and nothing else.
    file.write_text(json.dumps({"version": 1, "preset": "custom", "tools": {WRITES: "block"}}))
    assert (await effects())[WRITES] == "blocked_by_policy"
    assert "there is no tool" in (await tried("--offline")).err
