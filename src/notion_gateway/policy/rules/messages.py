"""The messages of a request's body, read in exactly one way, or refused.

What is judged here is read once more by Notion. Wherever two readers could see two things, the
body is refused: whoever sends it means either neither, or mischief.
"""

import base64
import binascii
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, cast

from notion_gateway.access.rules.tool_limits import CONTENT_METHODS
from notion_gateway.kernel.errors import CallUnclear
from notion_gateway.kernel.json import read_json
from notion_gateway.kernel.outbound.messages import RawHeaders

CALL: Final = "tools/call"
LISTS: Final = frozenset(
    {"tools/list", "resources/list", "resources/templates/list", "prompts/list"}
)
SUBSCRIBE: Final = "resources/subscribe"
"""Tells when a resource changes: for a policy, reading it."""
_CARRY_NOTHING: Final = frozenset(
    [
        "initialize",
        "ping",
        "server/discover",
        "resources/unsubscribe",
        "logging/setLevel",
        "subscriptions/listen",
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
_NAMING: Final = {CALL: "name", "prompts/get": "name", "resources/read": "uri", SUBSCRIBE: "uri"}
"""Which parameter the header ``Mcp-Name`` repeats (2026-07-28)."""
_DEEPEST: Final = 100
_ENCODED: Final = ("=?base64?", "?=")
_OTHER_METHOD: Final = frozenset(
    {b"x-http-method-override", b"x-http-method", b"x-method-override"}
)


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
        name: object = self.params.get(_NAMING.get(self.method or "", "name"))
        if not isinstance(name, str) or not name:
            _unclear("params names nothing that could be called.")
        return name


@dataclass(frozen=True, slots=True)
class Body:
    """``is_batch``: 2025-03-26 has several messages in one body."""

    messages: Sequence[Message]
    is_batch: bool = False


def read_body(body: bytes, headers: RawHeaders) -> Body:
    """``headers`` as they go on to Notion. Raises CallUnclear."""
    _require_plain_json(headers)
    if b"\x00" in body or body.startswith(b"\xef\xbb\xbf"):
        _unclear("the body begins with a byte-order mark, or is not UTF-8.")
    try:
        document, doubled = read_json(body.decode())
    except UnicodeDecodeError:
        _unclear("the body is not UTF-8.")
    except ValueError:
        _unclear("the body is not JSON.")
    if doubled:
        _unclear("a member stands twice in one object.")
    _require_plain_values(document, _DEEPEST, escapes=b"\\u" in body)
    if isinstance(document, list):
        found = [_message(one) for one in cast("list[object]", document)]
        if not found:
            _unclear("the batch is empty.")
        ids = [str(one.call_id) for one in found if one.call_id is not None and one.method]
        if len(ids) != len(set(ids)):
            _unclear("two messages of the batch have one id.")
        read = Body(found, is_batch=True)
    else:
        read = Body([_message(document)])
    _require_agreement(read, headers)
    return read


def _unclear(why: str) -> NoReturn:
    raise CallUnclear(
        f"This space has a policy, and the call can be read in more than one way: {why} Send one"
        " plain JSON-RPC message in UTF-8."
    )


def _require_plain_json(headers: RawHeaders) -> None:
    """Also where the header is missing or doubled: a reader may go by what it finds in the body."""
    types = [value for name, value in headers if name == b"content-type"]
    if len(types) != 1:
        _unclear("Content-Type is missing, or stands twice.")
    kind, *more = [one.strip() for one in types[0].lower().split(b";")]
    if kind != b"application/json" or not all(_is_utf8(one) for one in more):
        _unclear("Content-Type is not application/json in UTF-8.")
    for name, value in headers:
        if name == b"content-encoding" and value.strip().lower() not in (b"", b"identity"):
            _unclear("the body is compressed.")
        if name in _OTHER_METHOD:
            _unclear("a header asks for another method.")


def _is_utf8(parameter: bytes) -> bool:
    name, _, value = parameter.partition(b"=")
    return name.strip() == b"charset" and value.strip(b' "') in (b"utf-8", b"utf8")


def _require_plain_values(value: object, deepest: int, *, escapes: bool) -> None:
    """``escapes``: the body writes characters by their numbers. Only so can it write half of one:
    it is UTF-8, which has none (RFC 3629 section 3).
    """
    if deepest == 0:
        _unclear("the body is nested too deeply.")
    if isinstance(value, str):
        if escapes:
            _require_whole(value)
    elif isinstance(value, dict):
        for name, inner in cast("dict[str, object]", value).items():
            if escapes:
                _require_whole(name)
            _require_plain_values(inner, deepest - 1, escapes=escapes)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            _require_plain_values(inner, deepest - 1, escapes=escapes)
    elif isinstance(value, float) and not math.isfinite(value):
        _unclear("a number is none that JSON has.")


def _require_whole(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        _unclear("a text holds half a character.")


def _message(value: object) -> Message:
    if not isinstance(value, dict):
        _unclear("a message is no object.")
    message = cast("dict[str, Any]", value)
    _require_exact(message, _MESSAGE_MEMBERS)
    if message.get("jsonrpc") != "2.0":
        _unclear("jsonrpc is not 2.0.")
    is_answer = "result" in message or "error" in message
    if is_answer is ("method" in message):
        _unclear("a message is neither a request nor an answer.")
    if is_answer:
        return Message(None, _id(message), result=message.get("result"))
    method, params = message["method"], message.get("params", {})
    if not isinstance(method, str) or not isinstance(params, dict):
        _unclear("method is no text, or params no object.")
    call_id = _id(message) if "id" in message else None
    return Message(method, call_id, _params(method, cast("dict[str, Any]", params), call_id))


def _params(method: str, params: dict[str, Any], call_id: object) -> dict[str, Any]:
    if method.startswith("notifications/"):
        if call_id is not None:
            _unclear("a notification has an id.")
        return params
    if method not in _KNOWN_METHODS:
        _unclear("the method is none that this gateway knows.")
    if call_id is None:
        _unclear("a request has no id.")
    if method in _NAMING or method in CONTENT_METHODS:
        _require_exact(params, _CALL_MEMBERS)
        if not isinstance(params.get("arguments", {}), dict):
            _unclear("arguments is no object.")
    return params


def _id(message: dict[str, Any]) -> str | int:
    call_id = message.get("id")
    if isinstance(call_id, bool) or not isinstance(call_id, (str, int)):
        _unclear("id is neither a text nor a whole number.")
    return call_id


def _require_exact(members: dict[str, Any], exact: frozenset[str]) -> None:
    """A reader that ignores case would take another spelling for the member itself."""
    for name in members:
        if name not in exact and name.casefold() in exact:
            _unclear(f"the member {name!r} is not spelt exactly.")


# --- headers that repeat what stands in the body ------------------------------------------------


def _require_agreement(body: Body, headers: RawHeaders) -> None:
    method, name = _repeated(headers, b"mcp-method"), _repeated(headers, b"mcp-name")
    given = [
        _decoded(value.decode("latin-1")) for key, value in headers if key.startswith(b"mcp-param-")
    ]
    if method is None and name is None and not given:
        return
    if body.is_batch:
        _unclear("headers repeat one message, and the body is a batch.")
    message = body.messages[0]
    if method is not None and method != message.method:
        _unclear("the header Mcp-Method names another method.")
    if name is not None and name not in _names(message):
        _unclear("the header Mcp-Name names something else.")
    values = set(_texts(message.params.get("arguments", {}))) if given else set[str]()
    if not values.issuperset(given):
        _unclear("a header Mcp-Param- has a value that stands nowhere in the arguments.")


def _repeated(headers: RawHeaders, name: bytes) -> str | None:
    found = [value for key, value in headers if key == name]
    if len(found) > 1:
        _unclear(f"the header {name.decode()} stands twice.")
    return _decoded(found[0].decode("latin-1")) if found else None


def _names(message: Message) -> set[object]:
    known = _NAMING.get(message.method or "")
    if known is not None:
        return {message.name}
    return {one for one in message.params.values() if isinstance(one, str)}


def _decoded(value: str) -> str:
    """As 2026-07-28 writes what no header can hold (transports, "Value encoding")."""
    begin, end = _ENCODED
    if not (value.startswith(begin) and value.endswith(end)):
        return value
    try:
        inner = value.removeprefix(begin).removesuffix(end)
        return base64.b64decode(inner, validate=True).decode()
    except (binascii.Error, ValueError):
        _unclear("a header cannot be decoded.")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in cast("dict[str, object]", value).values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _texts(inner)
    else:
        yield value if isinstance(value, str) else json.dumps(value)
