"""What a person is shown of a call before they say yes."""

import json
from typing import Any

import pytest

from notion_gateway.policy.rules.approval import can_be_shown, question_on_stream
from notion_gateway.policy.rules.document import PolicyDocument
from notion_gateway.policy.rules.guard import Judged
from notion_gateway.policy.rules.messages import Body, Message
from notion_gateway.policy.rules.shown_call import MOST_SHOWN_CHARACTERS, shown_arguments
from tests.policy.documents import PAGE, guard, policy

LONG = "All is well. " * 1000
NO_DELETING = {
    "tool": "notion-update-page",
    "path": "allow_deleting_content",
    "is": True,
    "then": "ask",
    "name": "deletes\npages\u200b",
}


def judged(tool: str, document: PolicyDocument, **arguments: Any) -> Judged:
    message = Message("tools/call", 1, {"name": tool, "arguments": arguments})
    return guard(document).judge(Body([message]))[0]


def asked(one: Judged) -> list[str]:
    assert can_be_shown(one)
    message: str = question_on_stream(one, "team", "q")["params"]["message"]
    return message.split("\n")


def test_the_rule_and_what_it_looked_at_stand_first_and_long_texts_last() -> None:
    arguments = {
        "content_updates": [{"old_str": "", "new_str": LONG}],
        "page_id": PAGE,
        "command": "update_content",
        "allowDeletingContent": "true",
    }
    one = judged("notion-update-page", policy("everything", arguments=[NO_DELETING]), **arguments)

    assert asked(one) == [
        "Allow notion-update-page in Notion, in the space team?",
        "Rule of the policy: arguments[0] (deletes pages\\u{200b})",
        "With:",
        'allowDeletingContent: "true"',
        'content_updates[0].old_str: ""',
        f'page_id: "{PAGE}"',
        'command: "update_content"',
        f'content_updates[0].new_str: "{LONG[:1000]}…" (12,000 more characters)',
    ]


def test_what_the_rule_looked_at_stands_first_also_in_a_list_and_in_a_text_that_is_json() -> None:
    rule = {"tool": "notion-create-pages", "path": "pages.*.icon", "is_present": True}
    document = policy("everything", arguments=[{**rule, "then": "ask"}])
    pages = [{"content": LONG}, {"icon": LONG, "content": "x"}]
    one = judged("notion-create-pages", document, parent={"page_id": PAGE}, pages=json.dumps(pages))

    assert [line.partition(":")[0] for line in asked(one)[3:]] == [
        "pages[1].icon",
        "parent.page_id",
        "pages[1].content",
        "pages[0].content",
    ]


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("a", "x\nparent: none\u2028b", r'a: "x\nparent: none\u{2028}b"'),
        ("a", 'x" (1 more characters)', r'a: "x\" (1 more characters)"'),
        ("a", "pay \u202eelpoep\u202c \u200bnow\u3164\x7f", None),
        ("a\nb", 1, r'"a\nb": 1'),
        ("a.b", True, '"a.b": true'),
        ("a\u3164", None, r"a\u{3164}: null"),
        ("\u202ea", None, r'"\u{202e}a": null'),
        ("Due date", [], "Due date: []"),
        ("a", r"\u{200b}", r'a: "\\u{200b}"'),
    ],
)
def test_no_name_and_no_text_looks_like_something_else(
    name: str, value: object, line: str | None
) -> None:
    line = line or r'a: "pay \u{202e}elpoep\u{202c} \u{200b}now\u{3164}\u{7f}"'
    assert shown_arguments({name: value}) == line


def test_more_values_are_shown_by_shorter_beginnings_and_all_by_their_names() -> None:
    shown = shown_arguments({f"text {number}": LONG for number in range(40)})

    assert shown is not None
    lines = shown.split("\n")
    assert [line.partition(":")[0] for line in lines] == [f"text {one}" for one in range(40)]
    assert lines[0] == f'text 0: "{LONG[:200]}…" (12,800 more characters)'
    assert len(shown) <= MOST_SHOWN_CHARACTERS


@pytest.mark.parametrize(
    "arguments",
    [
        {f"text {number}": LONG for number in range(200)},
        {"many": [0] * MOST_SHOWN_CHARACTERS},
        {"a" * (MOST_SHOWN_CHARACTERS + 1): 0},
        {"twice": '{"page_id": "a", "page_id": "' + "b" * MOST_SHOWN_CHARACTERS + '"}'},
        {"hidden": ["\u200b" * 1000] * 30},
    ],
)
def test_what_has_no_room_is_not_asked_about(arguments: dict[str, object]) -> None:
    assert shown_arguments({"page_id": PAGE, **arguments}) is None


def test_a_call_without_arguments_is_shown_as_that() -> None:
    one = judged("notion-fetch", policy(tools={"notion-fetch": "ask"}))
    assert asked(one)[1:] == ["Rule of the policy: tools.notion-fetch", "Without arguments."]
