"""Lists that may be answered from memory: which questions are the same, and which answers are kept.

What a server lists is the heaviest it says, and the same for everybody on a grant. Whatever is
unusual, in a question or in an answer, is Notion's to answer each time: nothing is guessed.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, cast, final

from notion_gateway.kernel.compressed import CODINGS, whole
from notion_gateway.kernel.json import read_json
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.proxy.rules.answer_form import CONTENT_ENCODING, CONTENT_TYPE, EVENTS, form_of
from notion_gateway.proxy.rules.headers import CODING, is_of_tracing
from notion_gateway.proxy.rules.sessions import HEADER as SESSION
from notion_gateway.proxy.rules.sessions import Caller

LONGEST_LIST_BYTES: Final = 512 * 1024
"""Reading one holds up other calls, if for milliseconds; the simulator's 46 tools take 41 kB."""
_LONGEST_SECONDS: Final = 3600
_LONGEST_QUESTION_BYTES: Final = 16 * 1024
_MAY_BE_ASKED: Final = b'/list"'
TOOLS: Final = "tools/list"
_METHODS: Final = frozenset({TOOLS, "resources/list", "resources/templates/list", "prompts/list"})
_QUESTION_MEMBERS: Final = frozenset({"jsonrpc", "id", "method", "params"})
_ANSWER_MEMBERS: Final = frozenset({"jsonrpc", "id", "result"})
_TRACE: Final = frozenset({"traceparent", "tracestate"})
_PROGRESS: Final = "progressToken"
_SAYS_HOW_LONG: Final = b'"ttlMs"'
_DESCRIBES_THE_LIST: Final = frozenset(
    b"content-type content-language cache-control x-accel-buffering".split()
)
"""Headers that are kept. The others speak of the one exchange that they came with: its date, its
id, what is left of a limit."""
_SCOPES: Final = {"private": True, "public": False}

_NOT_AS_IT_IS: Final = re.compile(rb"(?i)(?:identity|\*)\s*;\s*q\s*=\s*0(?:\.0*)?\s*(?:,|$)")
"""RFC 9110 section 12.5.3."""

_JSON: Final = re.compile(r"(.*)", re.DOTALL)
_ONE_EVENT: Final = re.compile(r"(?:event: ?message\r?\n)?data: ?([^\r\n]*)\r?\n\r?\n")
"""A stream of one event, without an id by which it could be taken up again."""
_FORMS: Final = {b"application/json": _JSON, EVENTS: _ONE_EVENT}


@dataclass(frozen=True, slots=True)
class ListQuestion:
    """``key``: of all that an answer may depend on, but for whom it is asked. ``call_id`` is what
    the answer names, ``written_id`` the same as the asker wrote it. ``method``: MCP's, for the list
    that is asked for.
    """

    caller: Caller
    key: bytes
    call_id: str | int
    written_id: bytes = field(repr=False)
    method: str = TOOLS


@final
@dataclass(frozen=True, slots=True)
class KeptList:
    """Notion's answer without the id in it. ``is_private``: for its asker alone."""

    headers: tuple[tuple[bytes, bytes], ...]
    before: bytes = field(repr=False)
    after: bytes = field(repr=False)
    seconds: float
    is_private: bool

    @property
    def size(self) -> int:
        """In bytes; headers aside, which are few."""
        return len(self.before) + len(self.after)

    def answer(self, question: ListQuestion) -> tuple[RawHeaders, bytes]:
        """Headers and body, with the asker's own id where Notion's answer had its first asker's."""
        body = b"".join((self.before, question.written_id, self.after))
        return [*self.headers, (b"content-length", b"%d" % len(body))], body


def head_of_question(headers: RawHeaders, query: bytes) -> bytes | None:
    """What the head of a request adds to a question's key, of its ``headers`` as they go upstream.

    All of them but those that differ from call to call, because nobody knows what Notion's answer
    depends on: the form and coding (``accept``, ``accept-encoding``), the version, the repeated
    method, the client by its ``user-agent``, headers of generations to come. None with a session:
    it knows what its client is, may have ended, and is one person's; and none where the caller
    takes no answer as it is, uncompressed.
    """
    found = hashlib.sha256(query)
    for name, value in headers:
        if name == SESSION or (name == CODING and _NOT_AS_IT_IS.search(value)):
            return None
        if not is_of_tracing(name):
            found.update(b"\n%b: %b" % (name, value))
    return found.digest()


def list_question(body: bytes, head: bytes | None, caller: Caller) -> ListQuestion | None:
    """None for anything that is not plainly one request for a list. ``head``: what
    ``head_of_question`` says.

    Nearly all calls are something else, and are not parsed. Clients say in ``_meta`` who they are
    and what they can (2026-07-28), so all of ``params`` is in the key, the cursor too.
    """
    if head is None or body.find(_MAY_BE_ASKED) < 0 or len(body) > _LONGEST_QUESTION_BYTES:
        return None
    try:
        text = body.decode()
        if read_json(text)[1]:
            return None
        call = _members(text)
        asked = _asked({name: one.value for name, one in call.items()})
    except (ValueError, RecursionError):
        return None
    if asked is None:
        return None
    call_id, method = call["id"], call["method"].value
    key = hashlib.sha256(head + asked.encode()).digest()
    return ListQuestion(caller, key, call_id.value, call_id.written(text), method)


def _asked(call: Mapping[str, Any]) -> str | None:
    """Method and parameters in one form, whatever the order of their members."""
    if call.get("jsonrpc") != "2.0" or not call.keys() <= _QUESTION_MEMBERS:
        return None
    method, params = call.get("method"), call.get("params", {})
    if not isinstance(method, str) or method not in _METHODS or not isinstance(params, dict):
        return None
    if not _is_id(call.get("id")):
        return None
    named = cast("dict[str, Any]", params)
    meta: object = named.get("_meta", {})
    if not isinstance(meta, dict) or _PROGRESS in meta:
        return None  # who asks for progress wants more than the answer
    told = cast("dict[str, Any]", meta)
    kept = {name: value for name, value in told.items() if name not in _TRACE}
    said = {"method": method, "params": {**named, "_meta": kept}}
    return json.dumps(said, sort_keys=True)


def kept_list(
    question: ListQuestion, status: int, headers: RawHeaders, body: bytes, otherwise_seconds: float
) -> KeptList | None:
    """Notion's answer to a question, as it is kept; None where it is not to be kept. A compressed
    one is kept unpacked: the id in it is another one for each asker.

    ``headers`` as they go on to the caller. ``otherwise_seconds``: for how long where Notion does
    not say so itself.
    """
    form = _form(headers)
    if status != 200 or form is None or len(body) > LONGEST_LIST_BYTES:  # noqa: PLR2004
        return None
    plain = _plain(headers, body)
    if plain is None:
        return None
    if not otherwise_seconds and _SAYS_HOW_LONG not in plain:
        return None
    try:
        text = plain.decode()
        found = form.fullmatch(text)
        if found is None:
            return None
        document, at = found[1], found.start(1)
        members = _members(document)
    except (ValueError, RecursionError):
        return None
    result = _result(members, question)
    fresh = None if result is None else _freshness(result, otherwise_seconds)
    if fresh is None:
        return None
    seconds, is_private = fresh
    call_id = members["id"]
    return KeptList(
        tuple(one for one in headers if one[0] in _DESCRIBES_THE_LIST),
        text[: at + call_id.start].encode(),
        text[at + call_id.end :].encode(),
        seconds,
        is_private,
    )


def _form(headers: RawHeaders) -> re.Pattern[str] | None:
    named = dict(headers)
    if len(named) != len(headers) and [name for name, _ in headers].count(b"content-type") != 1:
        return None
    if SESSION in named:
        return None
    if any(b"no-store" in value.lower() for name, value in headers if name == b"cache-control"):
        return None
    _, _, said = named.get(CONTENT_TYPE, b"").lower().partition(b";")
    if said.replace(b'"', b"").strip() not in (b"", b"charset=utf-8"):
        return None
    return _FORMS.get(form_of(headers).media_type)


def _plain(headers: RawHeaders, body: bytes) -> bytes | None:
    """The body, unpacked where it is compressed; None where it cannot be read, or is too long."""
    if not form_of(headers).is_encoded:
        return body
    coding = dict(headers)[CONTENT_ENCODING].strip().lower()
    return whole(body, LONGEST_LIST_BYTES) if coding in CODINGS else None


def _result(members: Mapping[str, "_Member"], question: ListQuestion) -> dict[str, Any] | None:
    if members.keys() ^ _ANSWER_MEMBERS or members["jsonrpc"].value != "2.0":
        return None
    call_id, result = members["id"].value, members["result"].value
    if not _is_id(call_id) or call_id != question.call_id or not isinstance(result, dict):
        return None
    found = cast("dict[str, Any]", result)
    return found if found.get("resultType", "complete") == "complete" else None


def _freshness(result: Mapping[str, Any], otherwise: float) -> tuple[float, bool] | None:
    """For how many seconds, and whether for its asker alone. What Notion says counts, down to
    nothing; a list of its own that names no scope is private, as the protocol has it.
    """
    ttl, seconds = result.get("ttlMs"), otherwise
    if "ttlMs" in result:
        if not isinstance(ttl, int) or isinstance(ttl, bool):
            return None
        seconds = min(ttl, _LONGEST_SECONDS * 1000) / 1000
    scope = result.get("cacheScope", "private" if "ttlMs" in result else "public")
    if not isinstance(scope, str) or scope not in _SCOPES or seconds <= 0:
        return None
    return seconds, _SCOPES[scope]


def _is_id(call_id: object) -> bool:
    return isinstance(call_id, (str, int)) and not isinstance(call_id, bool)


# --- news -----------------------------------------------------------------------------------

_CHANGED: Final = b"list_changed"


@final
class NewsOfLists:
    """Looks for ``notifications/tools/list_changed`` and its brothers in a stream of events, also
    where a read ends in the middle of it. Whichever it names, all lists may be old: a page that
    merely has the word in it costs one more question.
    """

    def __init__(self, *, is_readable: bool = True) -> None:
        """``is_readable``: else the stream is compressed, and whatever comes may be such news."""
        self.is_readable = is_readable
        self._end = b""
        """Where the last read ended in the middle of a line."""

    def is_in(self, part: bytes) -> bool:
        if not self.is_readable:
            return True
        # ``in`` would cost three times as much: with bytes it first makes an error, and drops it.
        found = part.find(_CHANGED) >= 0
        if self._end or not part.endswith(b"\n"):
            rest = len(_CHANGED) - 1
            found = found or _CHANGED in self._end + part[:rest]
            self._end = (self._end + part)[-rest:] if len(part) < rest else part[-rest:]
            if self._end.endswith(b"\n"):
                self._end = b""
        return found


# --- where members stand --------------------------------------------------------------------


class _Member(NamedTuple):
    value: Any
    start: int
    end: int

    def written(self, text: str) -> bytes:
        return text[self.start : self.end].encode()


_DECODER: Final = json.JSONDecoder()
_SPACE: Final = re.compile(r"[ \t\r\n]*")


def _members(text: str) -> dict[str, _Member]:
    """The members of one JSON object, and where the value of each is written. Raises ValueError
    for anything else, and for a member that stands twice.
    """
    found: dict[str, _Member] = {}
    at, mark = _past(text, 0, "{"), ","
    while mark == ",":
        name, at = _DECODER.raw_decode(text, at)
        if not isinstance(name, str) or name in found:
            raise ValueError("no member, or one that stands twice")
        start = _past(text, at, ":")
        value, end = _DECODER.raw_decode(text, start)
        found[name] = _Member(value, start, end)
        behind = _skipped(text, end)
        mark = text[behind : behind + 1]
        at = _past(text, end, mark if mark == "," else "}")
    if at != len(text):
        raise ValueError("something stands behind the object")
    return found


def _past(text: str, at: int, mark: str) -> int:
    """Where it goes on behind ``mark``, which comes next. Raises ValueError where it does not."""
    at = _skipped(text, at)
    if not text.startswith(mark, at):
        raise ValueError(f"no {mark}")
    return _skipped(text, at + len(mark))


def _skipped(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return at if space is None else space.end()
