"""What a policy makes of a call, and by which rule."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_gateway.policy.rules.deciding import Calling, ToolCall, decide, decide_tool
from notion_gateway.policy.rules.document import Effect, PolicyDocument
from notion_gateway.policy.rules.reading import read_policy
from notion_gateway.policy.rules.tools import KNOWN_TOOLS, WRITING_TOOLS, only_reads
from tests.policy.documents import OTHER_PAGE, PAGE, policy

NAMES = sorted(KNOWN_TOOLS)
STRICTNESS = list(Effect)
SHARED: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "shared" / "taking-away.json").read_text()
)


def effect(document: PolicyDocument, tool: str, token: str | None = None, **arguments: Any) -> str:
    call = ToolCall(tool, only_reads(tool), arguments)
    return decide(document, call, Calling(token)).effect


@pytest.mark.parametrize("tool", NAMES)
def test_presets(tool: str) -> None:
    writes = tool in WRITING_TOOLS

    assert effect(policy("everything"), tool) == "allow"
    assert effect(policy("read_only"), tool) == ("block" if writes else "allow")
    assert effect(policy("custom"), tool) == ("ask" if writes else "allow")
    deletes = tool == "notion-delete-pages"
    assert effect(policy("no_deleting"), tool) == ("block" if deletes else "allow")


@pytest.mark.parametrize("preset", ["everything", "no_deleting", "custom", "read_only"])
def test_a_tool_that_appears_later_is_asked_about_or_blocked_until_an_owner_has_seen_it(
    preset: str,
) -> None:
    unseen = "block" if preset == "read_only" else "ask"
    seen = {"everything": "allow", "no_deleting": "allow"}.get(preset, unseen)

    assert effect(policy(preset), "notion-brand-new") == unseen
    assert effect(policy(preset, seen_tools=["notion-brand-new"]), "notion-brand-new") == seen
    reading = decide(policy(preset), ToolCall("notion-brand-new", reads=True), Calling())
    assert reading.effect == "allow"
    assert "new tools" in reading.rule


def test_who_knows_better_says_so_for_new_tools() -> None:
    document = policy("custom", new_tools={"reading": "ask", "writing": "block"})

    assert effect(document, "notion-brand-new") == "block"
    assert effect(document, "notion-update-page") == "ask"


@pytest.mark.parametrize(
    "case",
    SHARED["cases"],
    ids=lambda case: f"{case['tool']}: {case['why']}",
)
def test_no_deleting_looks_at_arguments_in_whatever_spelling(case: dict[str, Any]) -> None:
    tool = case["tool"]
    expected = "block" if case["takes_away"] else "allow"
    decision = decide(
        policy("no_deleting"), ToolCall(tool, only_reads(tool), case["arguments"]), Calling()
    )
    assert decision.effect == expected


PLAIN_ID = PAGE.replace("-", "")


@pytest.mark.parametrize(
    ("parent", "expected"),
    [
        ({"page_id": PAGE}, "allow"),
        ({"page_id": PLAIN_ID, "type": "page_id"}, "allow"),
        ({"page_id": PLAIN_ID.upper()}, "allow"),
        ({"page_id": f"https://app.notion.com/p/Home-{PLAIN_ID}?pvs=204"}, "allow"),
        (f'{{"page_id": "{PAGE}"}}', "allow"),
        ({"data_source_id": f"collection://{PAGE}"}, "allow"),
        ({"page_id": OTHER_PAGE}, "block"),
        ({"page_id": PAGE, "database_id": OTHER_PAGE}, "block"),
        ({"page_id": f"https://app.notion.com/p/{PLAIN_ID}?p={OTHER_PAGE}"}, "block"),
        ({"page_id": f"{PLAIN_ID}00"}, "block"),
        ({"type": "workspace"}, "block"),
        ({"page_id": PAGE, "type": "workspace", "workspace": True}, "block"),
        ({"page_id": PAGE, "type": "workspace"}, "block"),
        ({"page_id": PAGE, "type": "database_id"}, "block"),
        ({"page_id": PAGE, "type": None}, "block"),
        ({"page_id": PAGE, "workspace": False}, "block"),
        ({"workspace": PAGE}, "block"),
        ({"page_id": PAGE, "url": "https://x.notion.site/Other"}, "block"),
        ({"page_id": "https://x.notion.site/Other", "y": PAGE}, "block"),
        ({"page_id": f"https://x.notion.site/Other?x={PAGE}"}, "block"),
        ({"page_id": f"https://x.notion.site/Other#{PAGE}"}, "block"),
        ({"page_id": f"https://x.notion.site/Other {PAGE}"}, "block"),
        ({"page_id": f"https://app.notion.com/p/{PAGE}?p=%32{OTHER_PAGE[1:]}"}, "block"),
        (f'{{"page_id": "{PAGE}", "page_id": "Other"}}', "block"),
        ([{"page_id": PAGE}, "Other"], "block"),
        ({}, "block"),
        ("", "block"),
        (None, "block"),
        ([], "block"),
    ],
)
def test_parents_outside_a_list_of_pages(parent: object, expected: str) -> None:
    rule = {"tool": "notion-create-pages", "path": "parent", "outside_pages": [PAGE]}
    document = policy("everything", arguments=[{**rule, "then": "block"}])

    assert effect(document, "notion-create-pages", parent=parent) == expected
    assert effect(document, "notion-create-pages") == "block"
    assert effect(document, "notion-create-pages", parent={"page_id": PAGE}, PARENT={}) == "block"


@pytest.mark.parametrize(
    ("form", "arguments", "holds"),
    [
        ({"is_present": True}, {"filter": {"a": {"b": None}}}, True),
        ({"is_present": True}, {"filter": {"a": {}}}, False),
        ({"in": ["x", "y"]}, {"filter": {"a": {"b": "Y"}}}, True),
        ({"in": ["x", "y"]}, {"filter": {"a": {"b": "z"}}}, False),
        ({"in": [PAGE]}, {"filter": {"a": {"b": f"see {PLAIN_ID}"}}}, True),
        ({"not_in": ["x"]}, {"filter": {"a": {"b": "x"}}}, False),
        ({"not_in": ["x"]}, {"filter": {"a": {"b": "X"}}}, True),
        ({"not_in": ["x"]}, {"filter": {"a": {"b": ["x"]}}}, True),
        ({"not_in": ["x"]}, {"filter": {}}, True),
        ({"not_in": [True]}, {"filter": {"a": {"b": 1}}}, True),
        ({"not_in": [PAGE]}, {"filter": {"a": {"b": PLAIN_ID}}}, False),
        ({"is": False}, {"filter": {"a": {"b": "nope"}}}, True),
        ({"is": False}, {"filter": {"a": {"b": True}}}, False),
        ({"is": 7}, {"filter": {"a": {"b": 7.0}}}, True),
        ({"is": 7}, {"filter": {"a": {"b": "7"}}}, True),
        ({"contains": "DROP"}, {"filter": {"a": {"b": ["x", "drop"]}}}, True),
        ({"is": "x"}, {"filter": {"a": [{"b": "x"}]}}, True),
        ({"is": "x"}, {"filter": [{"a": {"b": "x"}}]}, True),
        ({"is": "x"}, {"filter": [[{"a": {"b": ["x"]}}]]}, True),
        ({"is": "x"}, {"filter": [{"a": {"b": "y"}}]}, False),
        ({"is": "x"}, {"filter": '{"a": {"b": "x"}}'}, True),
        ({"is": "x"}, {"filter": ' \ufeff{"A": "[{\\"b\\": \\"x\\"}]"}'}, True),
        ({"is": "x"}, {"filter": '"{\\"a\\": {\\"b\\": \\"x\\"}}"'}, True),
        ({"is": "x"}, {"filter": '{"a": {"b": "y"}}'}, False),
        ({"is": "x"}, {"filter": {"a": {"b": '["x"]'}}}, True),
        ({"is": "x"}, {"filter": "a plain text"}, False),
        ({"is": "x"}, {"filter": '{"a": {"b": "x", "b": "y"}}'}, True),
        ({"is": "x"}, {"filter": "{a: {b: 'x'}}"}, True),
        ({"is": "x"}, {"filter": "[" * 5_000}, True),
        ({"is": "x"}, {"filter": {"a": {"b": "[a link](x)"}}}, False),
        ({"is": 7}, {"filter": '[{"a": {"b": "7e0"}}]'}, True),
        ({"in": ["x"]}, {"filter": '[{"a": {"b": "x"}}]'}, True),
        ({"in": [PAGE]}, {"filter": {"a": {"b": f"https://x/%31{PLAIN_ID[1:]}"}}}, True),
        ({"contains": "drop"}, {"filter": '{"a": {"b": "\\u0064rop"}}'}, True),
        ({"contains": "drop"}, {"filter": {"a": {"b": '{"sql": "\\u0064rop"}'}}}, True),
        ({"is_present": True}, {"filter": '{"a": {"b": null}}'}, True),
        ({"is_present": True}, {"filter": '{"a": {}}'}, False),
        ({"not_in": ["x"]}, {"filter": '{"a": {"b": "x"}}'}, True),
        ({"not_in": ["x"]}, {"filter": {"a": {"b": "x"}, "A": '{"b": "y"}'}}, True),
        ({"not_in": [PAGE]}, {"filter": {"a": {"b": f"https://x/Other?x={PAGE}"}}}, True),
    ],
)
def test_forms(form: dict[str, Any], arguments: dict[str, Any], holds: bool) -> None:
    rule = {"tool": "notion-search", "path": "filter.a.b", "then": "block", **form}
    document = policy("everything", arguments=[rule])

    found = decide(document, ToolCall("notion-search", reads=True, arguments=arguments), Calling())
    assert (found.effect == "block") is holds
    assert found.rule == (
        "arguments[0] (notion-search filter.a.b)" if holds else "preset everything (reading)"
    )
    assert found.by_arguments is holds


@pytest.mark.parametrize(("path", "holds"), [("*.page", True), ("1.page", True), ("0.page", False)])
def test_paths_lead_into_lists(path: str, holds: bool) -> None:
    rule = {"tool": "notion-search", "path": f"pages.{path}", "is": "x", "then": "ask"}
    document = policy("everything", arguments=[rule])
    pages = [{"page": "y"}, {"page": "x"}]

    assert (effect(document, "notion-search", pages=pages) == "ask") is holds
    assert (effect(document, "notion-search", pages=json.dumps(pages)) == "ask") is holds
    alone = effect(document, "notion-search", pages={"page": "x"})
    assert (alone == "ask") is (path != "1.page")


def test_what_is_said_of_a_caller_narrows_and_never_widens() -> None:
    document = policy(
        "custom",
        tools={"notion-search": "block", "notion-update-page": "allow"},
        callers=[
            {"token": "t-1", "preset": "read_only", "tools": {"notion-search": "allow"}},
            {"any_token": True, "tools": {"notion-fetch": "ask"}},
        ],
    )

    for token in (None, "t-1", "t-2"):
        assert effect(document, "notion-search", token) == "block"
    assert effect(document, "notion-update-page") == "allow"
    assert effect(document, "notion-update-page", "t-2") == "allow"
    assert effect(document, "notion-update-page", "t-1") == "block"
    assert effect(document, "notion-fetch") == "allow"
    assert effect(document, "notion-fetch", "t-2") == "ask"
    told = decide(document, ToolCall("notion-fetch", reads=True), Calling("t-2"))
    assert told.rule == "callers[1].tools.notion-fetch"


def test_what_is_narrower_for_a_client_holds_for_each_of_its_logins() -> None:
    document = policy("everything", callers=[{"client": "c-1", "preset": "read_only"}])
    writing = ToolCall("notion-update-page", reads=False)

    for token in ("t-1", "t-2"):
        assert decide(document, writing, Calling(token, "c-1")).effect is Effect.BLOCK
        assert decide(document, writing, Calling(token, "c-2")).effect is Effect.ALLOW
    assert decide(document, writing, Calling("c-1")).effect is Effect.ALLOW
    assert decide(document, writing, Calling()).effect is Effect.ALLOW


rules = st.fixed_dictionaries(
    {},
    optional={
        "tools": st.dictionaries(st.sampled_from(NAMES), st.sampled_from(list(Effect))),
        "otherwise": st.fixed_dictionaries(
            {"reading": st.sampled_from(list(Effect)), "writing": st.sampled_from(list(Effect))}
        ),
        "new_tools": st.fixed_dictionaries(
            {"reading": st.sampled_from(list(Effect)), "writing": st.sampled_from(list(Effect))}
        ),
        "preset": st.sampled_from(["everything", "read_only", "no_deleting", "custom"]),
    },
)


@given(
    rules,
    rules,
    st.sampled_from([*NAMES, "notion-brand-new", "delete-pages"]),
    st.fixed_dictionaries({}, optional={"in_trash": st.booleans(), "command": st.text()}),
)
def test_no_narrower_rule_allows_more_than_the_space_does(
    of_space: dict[str, Any], of_token: dict[str, Any], tool: str, arguments: dict[str, Any]
) -> None:
    head = {"version": 1, "preset": "custom", **of_space}
    alone = read_policy(json.dumps(head))
    narrowed = read_policy(json.dumps({**head, "callers": [{"token": "t", **of_token}]}))
    call = ToolCall(tool, only_reads(tool), arguments)

    before = decide(alone, call, Calling("t")).effect
    after = decide(narrowed, call, Calling("t")).effect
    assert STRICTNESS.index(after) >= STRICTNESS.index(before)
    assert decide(narrowed, call, Calling()) == decide(alone, call, Calling())


@given(rules, st.sampled_from(NAMES), st.dictionaries(st.text(max_size=5), st.text(max_size=5)))
def test_what_is_not_listed_is_not_called_either(
    of_space: dict[str, Any], tool: str, arguments: dict[str, Any]
) -> None:
    document = read_policy(json.dumps({"version": 1, "preset": "custom", **of_space}))
    listed = decide_tool(document, tool, reads=only_reads(tool), calling=Calling())

    if listed.effect is Effect.BLOCK:
        assert (
            effect(document, tool, **{f"a{key}": one for key, one in arguments.items()}) == "block"
        )
