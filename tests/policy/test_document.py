"""A policy is read, or refused with the line and the reason."""

import json
from typing import Any

import pytest

from notion_gateway.policy.errors import PolicyInvalid
from notion_gateway.policy.rules.document import json_schema
from notion_gateway.policy.rules.reading import (
    read_form,
    read_policy,
    stored_policy,
    tools_named,
    written,
)
from notion_gateway.policy.rules.tools import KNOWN_TOOLS, only_reads
from notion_simulator.tools.registry import TOOLS
from tests.cli.processes import ROOT
from tests.policy.documents import PAGE

HEAD = '{"version": 1, "preset": "custom",\n'


def with_a_path(path: str) -> str:
    rule = {"tool": "notion-fetch", "path": path, "is_present": True, "then": "ask"}
    return f'{HEAD}"arguments": [{json.dumps(rule)}]}}'


def test_every_tool_of_the_simulated_notion_is_known_and_so_is_what_reads() -> None:
    assert TOOLS.keys() <= KNOWN_TOOLS
    for name, tool in TOOLS.items():
        assert only_reads(name) is tool.hints.read_only


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[", 1, "no JSON"),
        ('{"version": 1,\n "preset": }', 2, "no JSON"),
        ("7", 1, "the document"),
        ('{"preset": "custom"}', 1, "version"),
        ('{"version": 1}', 1, "preset"),
        ('{"version": 2, "preset": "custom"}', 1, "version"),
        ('{"version": 1,\n\n"preset": "nothing"}', 3, "preset"),
        (HEAD + '"colour": 1}', 2, "colour"),
        (HEAD + '"tools": {\n"notion-fetch": "perhaps"}}', 3, "tools.notion-fetch"),
        (HEAD + '"tools": {\n"notion-fetch": "ask",\n"notion-fech": "ask"}}', 4, "seen_tools"),
        (HEAD + '"tools": {"notion-Fetch": "ask"}}', 2, "Did you mean notion-fetch?"),
        (HEAD + '"tools": {"no tool": "ask"}}', 2, "no tool"),
        (HEAD + '"otherwise": {"reading": "allow"}}', 2, "otherwise.writing"),
        (with_a_path("a" * 101), 2, "arguments[0].path"),
        (with_a_path(".".join("a" * 11)), 2, "arguments[0].path"),
        (with_a_path("a..b"), 2, "arguments[0].path"),
        (with_a_path("a b"), 2, "arguments[0].path"),
        (with_a_path("a\n"), 2, "arguments[0].path"),
        (
            HEAD + '"arguments": [\n{"tool": "notion-fetch", "path": "id", "then": "ask"}]}',
            3,
            "exactly one of",
        ),
        (
            HEAD + '"arguments": [{"tool": "notion-fetch", "path": "id", "is_present": true,\n'
            '"then": "allow"}]}',
            3,
            "arguments[0].then",
        ),
        (
            HEAD + '"arguments": [{"path": "id", "is": 1, "then": "ask",\n"tool": "notion-x"}]}',
            3,
            "arguments[0].tool",
        ),
        (
            HEAD + '"arguments": [{"tool": "notion-fetch", "path": "id", "then": "ask",\n'
            '"outside_pages": ["home"]}]}',
            2,
            "names one page",
        ),
        (HEAD + '"callers": [\n{"tools": {}}]}', 3, "token, client, any_token"),
        (HEAD + '"callers": [\n{"token": "a", "client": "b"}]}', 3, "token, client, any_token"),
        (HEAD + '"callers": [{"token": "a",\n"tools": {"notion-x": "block"}}]}', 3, "notion-x"),
    ],
)
def test_what_is_no_policy_is_refused_with_line_and_reason(text: str, line: int, said: str) -> None:
    with pytest.raises(PolicyInvalid) as refused:
        read_policy(text)

    assert str(refused.value).startswith(f"Line {line}: ")
    assert said in str(refused.value)


def test_a_path_has_up_to_ten_parts_of_a_hundred_characters() -> None:
    longest = ".".join(["é" * 100] * 10)
    (rule,) = read_policy(with_a_path(longest)).arguments
    assert rule.path == longest


@pytest.mark.parametrize(
    ("text", "line", "name"),
    [
        ('{"version": 1, "preset": "everything",\n\n"preset": "read_only"}', 3, "preset"),
        (HEAD + '"tools": {"notion-fetch": "ask",\n"notion-fetch"\n: "allow"}}', 3, "notion-fetch"),
        (HEAD + '"tools": {},\n"t\\u006fols": {}}', 3, "tools"),
        (
            HEAD + '"arguments": [{"name": "{\\"name\\": [", "then": "ask"},\n{"name": "name"},\n'
            '{"then": "ask", "then": "block"}]}',
            4,
            "then",
        ),
    ],
)
def test_a_member_that_stands_twice_is_refused_with_the_line_of_the_second(
    text: str, line: int, name: str
) -> None:
    with pytest.raises(PolicyInvalid) as refused:
        read_policy(text)

    assert str(refused.value) == f"Line {line}: a member stands twice in one object: {name}."


def test_a_tool_that_an_owner_has_seen_or_notion_lists_may_be_named() -> None:
    document = {"version": 1, "preset": "custom", "tools": {"notion-brand-new": "block"}}
    text = json.dumps(document)

    assert read_policy(text, catalogue=["notion-brand-new"]).tools
    assert read_policy(json.dumps({**document, "seen_tools": ["notion-brand-new"]})).tools
    with pytest.raises(PolicyInvalid):
        read_policy(text)
    assert tools_named(read_form(text)) == {"notion-brand-new"}, "which a gateway may know"


def test_what_is_stored_is_what_was_written_and_reads_back_the_same() -> None:
    given: dict[str, Any] = {
        "version": 1,
        "preset": "no_deleting",
        "tools": {"notion-fetch": "ask", "resources/read": "block"},
        "arguments": [
            {
                "tool": "notion-create-pages",
                "path": "parent",
                "outside_pages": [PAGE],
                "then": "block",
                "name": "only below the team's page",
            },
            {"tool": "notion-fetch", "path": "id", "in": ["self", 1, True], "then": "ask"},
        ],
        "callers": [
            {"token": "t-1", "preset": "read_only"},
            {"client": "https://client.example/metadata"},
            {"any_token": True},
        ],
    }
    read = read_policy(json.dumps(given))

    assert written(read) == given
    assert stored_policy(written(read)) == read


def test_what_a_document_says_to_editors_counts_for_nothing() -> None:
    head = {"$schema": "./policy.schema.json", "version": 1, "preset": "read_only"}

    read = read_policy(json.dumps(head))
    assert written(read) == {"version": 1, "preset": "read_only"}
    assert read == read_policy(json.dumps(written(read)))
    with pytest.raises(PolicyInvalid):
        read_policy(json.dumps({**head, "callers": [{"any_token": True, "$schema": "x"}]}))


@pytest.mark.parametrize("document", [{"version": 2, "preset": "custom"}, {}, None, 7])
def test_what_this_version_cannot_read_is_no_policy_to_it(document: object) -> None:
    assert stored_policy(document) is None


def test_the_published_schema_is_the_codes() -> None:
    published = json.loads((ROOT / "docs" / "policy.schema.json").read_text())

    assert published == json_schema()
