"""What people are shown of a policy is what it decides."""

import json

import pytest

from notion_gateway.policy.rules.deciding import Calling, decide_tool
from notion_gateway.policy.rules.document import Preset
from notion_gateway.policy.rules.overview import JudgedTool, judged_tools
from notion_gateway.policy.rules.tools import KNOWN_TOOLS, only_reads
from tests.policy.documents import policy
from tests.policy.test_deciding import SHARED
from tests.support.rig import Rig

PATH = "/spaces/team/policy"


def judged(preset: str = "custom", *also: str, **more: object) -> dict[str, JudgedTool]:
    document = policy(preset, **more)
    return {one.tool: one for one in judged_tools(document, only_reads, also)}


@pytest.mark.parametrize("preset", list(Preset))
def test_every_tool_is_shown_with_what_the_policy_decides(preset: Preset) -> None:
    tools = {"notion-update-page": "ask", "notion-search": "block"}
    document = policy(preset, tools=tools)
    for tool, shown in judged(preset, tools=tools).items():
        decided = decide_tool(document, tool, reads=only_reads(tool), calling=Calling())
        assert (shown.effect, shown.rule) == (decided.effect, decided.rule)
        bare = decide_tool(policy(preset), tool, reads=only_reads(tool), calling=Calling())
        assert shown.inherited == bare.effect


def test_tools_are_told_apart_by_what_they_do() -> None:
    shown = judged()
    kinds = [shown[f"notion-{one}"].kind for one in ("search", "update-page", "delete-pages")]
    assert kinds == ["reading", "writing", "deleting"]


def test_a_tool_that_nobody_knows_is_new_until_an_owner_has_seen_it() -> None:
    new = judged("everything", "notion-paint")["notion-paint"]
    assert (new.is_new, new.kind, new.effect) == (True, "writing", "ask")
    seen = judged("everything", seen_tools=["notion-paint"])["notion-paint"]
    assert (seen.is_new, seen.effect) == (False, "allow")


def test_without_a_policy_all_is_allowed_and_the_first_one_begins_with_everything() -> None:
    shown = {one.tool: one for one in judged_tools(None, only_reads, ["notion-paint"])}
    assert shown.keys() > KNOWN_TOOLS
    assert {(one.effect, one.rule) for one in shown.values()} == {("allow", "")}
    assert {tool for tool, one in shown.items() if one.inherited != "allow"} == {"notion-paint"}


@pytest.mark.anyio
async def test_a_member_looks_through_the_tools_of_a_space(rig: Rig) -> None:
    none = (await rig.caller.get(f"{PATH}/tools")).json
    assert (none["version"], none["preset_arguments"]) == (0, [])

    document = {"version": 1, "preset": "no_deleting", "tools": {"notion-search": "ask"}}
    await rig.caller.send("PUT", PATH, params={"expected_version": "0"}, data=json.dumps(document))
    found = (await rig.caller.get(f"{PATH}/tools", params={"also": "notion-paint"})).json
    shown = {one["tool"]: one for one in found["tools"]}
    assert found["version"] == 1
    assert shown["notion-search"] == {
        "tool": "notion-search",
        "kind": "reading",
        "takes_away": "never",
        "is_new": False,
        "effect": "ask",
        "inherited": "allow",
        "rule": "tools.notion-search",
    }
    assert shown["notion-delete-pages"]["effect"] == "block"
    assert shown["notion-paint"]["is_new"] is True
    told = {one: shown[f"notion-{one}"]["takes_away"] for one in ("delete-pages", "update-page")}
    assert told == {"delete-pages": "always", "update-page": "by_arguments"}
    assert shown["notion-paint"]["takes_away"] == "as_annotated"
    # Whatever the policy: people are asked by them where there is none. The front end's tests have
    # what is told here.
    assert none["taking_away"] == found["taking_away"] == found["preset_arguments"]
    assert found["taking_away"] == SHARED["rules"]
    always = [tool for tool, one in shown.items() if one["takes_away"] == "always"]
    assert always == SHARED["always"]
    assert found["preset_arguments"][0] == {
        "tool": "notion-update-page",
        "path": "command",
        "is": "replace_content",
        "then": "block",
    }
