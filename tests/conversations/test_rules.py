"""What is found by words, and how much is kept."""

import json
import re
from pathlib import Path

import pytest

from notion_gateway.conversations.rules import (
    MAX_CONVERSATION_BYTES,
    MAX_CONVERSATIONS,
    MAX_MESSAGES,
    MAX_PERSON_BYTES,
    Message,
    Size,
    is_found,
    require_room,
    shown,
)
from notion_gateway.kernel.errors import InvalidRequest

SAID = [{"parts": [{"type": "text", "text": "Where is the Roadmap?"}, {"type": "step-start"}]}]


@pytest.mark.parametrize(
    ("words", "found"),
    [(["roadmap"], True), (["road", "plans"], True), (["road", "budget"], False), ([], True)],
)
def test_all_words_must_be_in_title_or_messages(words: list[str], found: bool) -> None:
    assert is_found("Plans of May", SAID, words) is found


@pytest.mark.parametrize(
    "strange", [{}, {"parts": None}, {"parts": "roadmap"}, {"parts": ["roadmap", {"text": 7}]}]
)
def test_what_is_no_text_is_passed_over(strange: dict[str, object]) -> None:
    assert not is_found("Plans", [strange], ["roadmap"])


MOST = Size(MAX_MESSAGES, MAX_CONVERSATION_BYTES, MAX_CONVERSATIONS, MAX_PERSON_BYTES)


def test_there_is_room_for_as_much_as_is_said() -> None:
    require_room(MOST)


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (Size(MAX_MESSAGES + 1, 1, 1, 1), "go on in a new one"),
        (Size(1, MAX_CONVERSATION_BYTES + 1, 1, 1), "go on in a new one"),
        (Size(1, 1, MAX_CONVERSATIONS + 1, 1), "1000 conversations in this space: delete"),
        (Size(1, 1, 1, MAX_PERSON_BYTES + 1), "take 100 MB"),
    ],
)
def test_beyond_that_it_says_what_to_do(size: Size, words: str) -> None:
    with pytest.raises(InvalidRequest, match=re.escape(words)):
        require_room(size)


CALLS = json.loads((Path(__file__).parents[1] / "shared" / "call-outcomes.json").read_text())


@pytest.mark.parametrize("case", CALLS, ids=[case["name"] for case in CALLS])
def test_of_a_call_others_read_its_tool_and_how_it_ended_as_the_chat_says(
    case: dict[str, object],
) -> None:
    read = shown({"role": "assistant", "parts": [case["part"]], "metadata": {"end": case["end"]}})
    assert read["parts"] == [
        {"kind": "call", "tool": "notion-update-page", "outcome": case["outcome"]}
    ]


def test_of_a_call_with_nothing_that_belongs_to_it_others_read_that_it_was_not_run() -> None:
    read = shown(
        {"role": "assistant", "parts": [{"type": "tool-notion-search", "input": "private"}]}
    )
    assert read["parts"] == [{"kind": "call", "tool": "notion-search", "outcome": "not_run"}]


def test_of_a_call_whose_error_nests_without_end_others_read_that_it_failed() -> None:
    part = {
        "type": "tool-notion-search",
        "state": "output-error",
        "errorText": '{"a":' * 100_000,
    }
    read = shown({"role": "assistant", "parts": [part]})
    assert read["parts"] == [{"kind": "call", "tool": "notion-search", "outcome": "failed"}]


@pytest.mark.parametrize(
    "strange",
    [
        {},
        {"parts": "text", "metadata": "stopped", "role": "system"},
        {"parts": [7, {"type": 7}, {"type": "text", "text": 7}, {"type": "step-start"}]},
        {"parts": [{"type": "file", "url": "data:,private"}, {"type": "reasoning", "text": "x"}]},
        {"parts": [{"type": "dynamic-tool", "toolName": 7}], "metadata": {"end": ["cut"]}},
    ],
)
def test_of_what_is_neither_text_nor_call_others_read_nothing(strange: Message) -> None:
    assert shown(strange) == {"role": "assistant", "parts": [], "end": "complete"}
