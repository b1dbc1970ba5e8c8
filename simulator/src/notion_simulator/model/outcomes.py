"""What came of a tool call, read from the text a client sends back as the tool's message.

Clients differ in what they send: the text of an MCP result, the whole result as
JSON, the same inside other words, or a sentence of their own for what never ran.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, cast

MAX_SENTENCE_CHARACTERS = 400
DENIED = re.compile(
    r"\b(?:denied|declined|rejected|not approved|disapproved|not allowed)\b", re.IGNORECASE
)
CANCELLED = re.compile(r"\b(?:cancel+ed|aborted|stopped|interrupted)\b", re.IGNORECASE)
FAILED = re.compile(r"\b(?:error|failed|failure|unavailable|timed? ?out|timeout)\b", re.IGNORECASE)
RECONNECT = re.compile(
    r"reconnect|not connected|unauthorized|missing notion|invalid_grant|\b401\b|authorization",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Found:
    """The JSON object a tool answered."""

    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """An answer in words, for instance that the plan does not include the tool."""

    text: str


@dataclass(frozen=True, slots=True)
class Failed:
    message: str

    @property
    def wants_reconnect(self) -> bool:
        """Whether the connection to Notion is what is broken."""
        return RECONNECT.search(self.message) is not None


@dataclass(frozen=True, slots=True)
class Denied:
    """A person did not approve of the call."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The call was stopped before it ended."""


Outcome = Found | Said | Failed | Denied | Cancelled


def outcome_of(text: str) -> Outcome:
    """Returns what a tool's message says."""
    value = _json(text)
    if isinstance(value, str):
        return outcome_of(value)
    if isinstance(value, list):
        return outcome_of(_text_of_blocks(cast("list[object]", value)))
    if isinstance(value, dict):
        return _of_object(cast("dict[str, Any]", value))
    return _of_words(text)


def _json(text: str) -> object:
    """Returns the JSON in a text: all of it, or what stands between its outermost braces."""
    for candidate in (text, text[text.find("{") : text.rfind("}") + 1]):
        try:
            return json.loads(candidate)
        except (ValueError, RecursionError):
            continue
    return None


def _of_words(text: str) -> Outcome:
    words = text.strip()
    if len(words) <= MAX_SENTENCE_CHARACTERS:
        # In this order: "The call was denied" may well go on with "and stopped".
        if DENIED.search(words):
            return Denied()
        if CANCELLED.search(words):
            return Cancelled()
        if FAILED.search(words) or RECONNECT.search(words):
            return Failed(words)
    return Said(words)


def _of_object(data: dict[str, Any]) -> Outcome:
    blocks = data.get("content")
    if isinstance(blocks, list):
        return _of_mcp_result(data, cast("list[object]", blocks))
    # What a page or a search says about itself is never taken for the fate of the call.
    if "text" in data or "results" in data:
        return Found(data)
    for key in ("type", "status", "state", "outcome", "code", "reason"):
        if re.fullmatch(r"(?:execution-)?(?:denied|rejected)", str(data.get(key))):
            return Denied()
        if re.fullmatch(r"cancel+ed|aborted", str(data.get(key))):
            return Cancelled()
    if data.get("denied") is True:
        return Denied()
    if data.get("cancelled") is True:
        return Cancelled()
    message = _error_message(data)
    return Found(data) if message is None else _of_error(message)


def _of_mcp_result(data: dict[str, Any], blocks: list[object]) -> Outcome:
    text = _text_of_blocks(blocks)
    if data.get("isError") or data.get("is_error"):
        inner = _json(text)
        message = _error_message(cast("dict[str, Any]", inner)) if isinstance(inner, dict) else None
        return _of_error(message or text or "The tool failed and did not say why.")
    structured = data.get("structuredContent")
    if isinstance(structured, dict):
        return Found(cast("dict[str, Any]", structured))
    return outcome_of(text)


def _of_error(message: str) -> Outcome:
    """A client may wrap its own words for a denied or cancelled call as an error."""
    outcome = _of_words(message)
    return Failed(message) if isinstance(outcome, Said) else outcome


def _error_message(data: dict[str, Any]) -> str | None:
    error = data.get("error", data if _is_error(data) else None)
    if isinstance(error, str):
        return error
    if isinstance(error, dict):
        fields = cast("dict[str, Any]", error)
        return str(fields.get("message") or fields.get("code") or "unknown error")
    return None


def _is_error(data: dict[str, Any]) -> bool:
    return data.get("name") == "APIResponseError" or (
        isinstance(data.get("code"), int) and isinstance(data.get("message"), str)
    )


def _text_of_blocks(blocks: list[object]) -> str:
    texts = [
        cast("dict[str, Any]", block).get("text") for block in blocks if isinstance(block, dict)
    ]
    return "\n".join(text for text in texts if isinstance(text, str))
