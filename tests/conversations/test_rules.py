"""What is found by words, and how much is kept."""

import re

import pytest

from notion_gateway.conversations.rules import (
    MAX_CONVERSATION_BYTES,
    MAX_CONVERSATIONS,
    MAX_MESSAGES,
    MAX_PERSON_BYTES,
    Size,
    is_found,
    require_room,
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
