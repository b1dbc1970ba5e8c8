"""The messages of a request's body, read in exactly one way, or refused.

What is judged here is read once more by Notion. Wherever two readers could see two things, the
body is refused: whoever sends it means either neither, or mischief.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from notion_gateway.access.rules.resource_news import (
    LISTEN,
    LISTEN_MEMBERS,
    SUBSCRIBE,
    asks_for_resources,
)
from notion_gateway.access.rules.tool_limits import CONTENT_METHODS
from notion_gateway.kernel.json import read_json
from notion_gateway.kernel.mcp_headers import NAMED_BY, repeatable_names
from notion_gateway.policy.rules.call_headers import CallHeaders, unclear

CALL: Final = "tools/call"
LISTS: Final = frozenset(
    {"tools/list", "resources/list", "resources/templates/list", "prompts/list"}
)

_CARRY_NOTHING: Final = frozenset(
    [
        "initialize",
        "ping",
        "server/discover",
        "resources/unsubscribe",
        "logging/setLevel",
        LISTEN,
        # Of a call that was let through when it was made.
        "tasks/get",
        "tasks/result",
        "tasks/list",
        "tasks/cancel",
        "tasks/update",
    ]
)
CALLS: Final = CONTENT_METHODS | {CALL, SUBSCRIBE}
_KNOWN_METHODS: Final = LISTS | _CARRY_NOTHING | CALLS

_MESSAGE_MEMBERS: Final = frozenset({"jsonrpc", "id", "method", "params", "result", "error"})
_CALL_MEMBERS: Final = frozenset({"name", "arguments", "uri", "ref", "argument", "_meta"})
_DEEPEST: Final = 100


@dataclass(frozen=True, slots=True)
class Message:
    """``call_id`` is None for a notification, ``method`` for an answer to a question, Notion's or
    the gateway's; ``result`` is then what it says, None for an error.
    """

    method: str | None
    call_id: str | int | None = None
    params: dict[str, Any] = field(default_factory=dict[str, Any], repr=False)
    result: object = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """What it calls, reads or gets. Raises CallUnclear where nothing stands there."""
        name: object = self.params.get(NAMED_BY.get(self.method or "", "name"))
        if not isinstance(name, str) or not name:
            unclear("params names nothing that could be called.")
        return name

    @property
    def reads_resources(self) -> bool:
        """Whether it asks to be told of resources, which for a policy is reading them."""
        return asks_for_resources(self.method, self.params) is True


@dataclass(frozen=True, slots=True)
class Body:
    """``is_batch``: 2025-03-26 has several messages in one body."""

    messages: Sequence[Message]
    is_batch: bool = False


def read_body(body: bytes, headers: CallHeaders) -> Body:
    """Raises CallUnclear."""
    if b"\x00" in body or body.startswith(b"\xef\xbb\xbf"):
        unclear("the body begins with a byte-order mark, or has a NUL, which JSON has not.")
    try:
        document, doubled = read_json(body.decode(), is_finite=True)
    except UnicodeDecodeError:
        unclear("the body is not UTF-8.")
    except ValueError:
        unclear("the body is not JSON, or has a number that JSON has not.")
    if doubled:
        unclear("a member stands twice in one object.")
    # Only by their numbers can characters be halves: UTF-8 has none (RFC 3629 section 3).
    if b"\\u" in body or body.count(b"[") + body.count(b"{") >= _DEEPEST:
        _require_plain_values(document, _DEEPEST)
    if isinstance(document, list):
        found = [_message(one) for one in cast("list[object]", document)]
        if not found:
            unclear("the batch is empty.")
        ids = [str(one.call_id) for one in found if one.call_id is not None and one.method]
        if len(ids) != len(set(ids)):
            unclear("two messages of the batch have one id.")
        read = Body(found, is_batch=True)
    else:
        read = Body([_message(document)])
    _require_agreement(read, headers)
    return read


def _require_plain_values(value: object, deepest: int) -> None:
    if deepest == 0:
        unclear("the body is nested too deeply.")
    if isinstance(value, str):
        _require_whole(value)
    elif isinstance(value, dict):
        for name, inner in cast("dict[str, object]", value).items():
            _require_whole(name)
            _require_plain_values(inner, deepest - 1)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            _require_plain_values(inner, deepest - 1)


def _require_whole(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        unclear("a text holds half a character.")


def _message(value: object) -> Message:
    if not isinstance(value, dict):
        unclear("a message is no object.")
    message = cast("dict[str, Any]", value)
    _require_exact(message, _MESSAGE_MEMBERS)
    if message.get("jsonrpc") != "2.0":
        unclear("jsonrpc is not 2.0.")
    is_answer = "result" in message or "error" in message
    if is_answer is ("method" in message):
        unclear("a message is neither a request nor an answer.")
    if is_answer:
        return Message(None, _id(message), result=message.get("result"))
    method, params = message["method"], message.get("params", {})
    if not isinstance(method, str) or not isinstance(params, dict):
        unclear("method is no text, or params no object.")
    call_id = _id(message) if "id" in message else None
    return Message(method, call_id, _params(method, cast("dict[str, Any]", params), call_id))


def _params(method: str, params: dict[str, Any], call_id: object) -> dict[str, Any]:
    if method.startswith("notifications/"):
        if call_id is not None:
            unclear("a notification has an id.")
        return params
    if method not in _KNOWN_METHODS:
        unclear("the method is none that this gateway knows.")
    if call_id is None:
        unclear("a request has no id.")
    if method in NAMED_BY or method in CONTENT_METHODS:
        _require_exact(params, _CALL_MEMBERS)
        if not isinstance(params.get("arguments", {}), dict):
            unclear("arguments is no object.")
    if method == LISTEN:
        _require_exact(params, LISTEN_MEMBERS)
        if asks_for_resources(method, params) is None:
            unclear("notifications is no object.")
    return params


def _id(message: dict[str, Any]) -> str | int:
    call_id = message.get("id")
    if isinstance(call_id, bool) or not isinstance(call_id, (str, int)):
        unclear("id is neither a text nor a whole number.")
    return call_id


def _require_exact(members: dict[str, Any], exact: frozenset[str]) -> None:
    """A reader that ignores case would take another spelling for the member itself."""
    for name in members:
        if name not in exact and name.casefold() in exact:
            unclear(f"the member {name!r} is not spelt exactly.")


def _require_agreement(body: Body, headers: CallHeaders) -> None:
    if headers.repeat_nothing:
        return
    if body.is_batch:
        unclear("headers repeat one message, and the body is a batch.")
    message = body.messages[0]
    if headers.method is not None and headers.method != message.method:
        unclear("the header Mcp-Method names another method.")
    if headers.name is not None and headers.name not in _names(message):
        unclear("the header Mcp-Name names something else.")
    given = headers.arguments
    if given and not given.issubset(_texts(message.params.get("arguments", {}))):
        unclear("a header Mcp-Param- has a value that stands nowhere in the arguments.")


def _names(message: Message) -> list[object]:
    if message.method in NAMED_BY:
        return [message.name]
    return repeatable_names(message.method, message.params)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in cast("dict[str, object]", value).values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _texts(inner)
    else:
        yield value if isinstance(value, str) else json.dumps(value)
