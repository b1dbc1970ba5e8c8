"""The head of an answer, taken apart by its lines rather than header by header.

Notion's answers have twenty headers, and nearly all go on to the caller as they came. A head with
nothing unusual in it is split: what frames the answer goes to the parser, which decides alone where
the answer ends; the other lines go past it. Whatever is unusual, down to a single character, leaves
the whole head to the parser.
"""

import re
from enum import Enum, auto
from typing import Final, final

from notion_gateway.proxy.rules.answer_form import (
    CONTENT_ENCODING,
    CONTENT_TYPE,
    AnswerForm,
    answer_form,
)
from notion_gateway.proxy.rules.headers import travels_downstream_as

_STATUS_LINE: Final = re.compile(rb"HTTP/1\.1 [2-5][0-9]{2} [ -~]*")
_TOKEN: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_TEXT: Final = bytes([*b"\t", *range(0x20, 0x7F), *range(0x80, 0x100)])
"""What the lines of a head may be made of (RFC 9110 section 5.5)."""
HEAD_BYTES: Final = 16 * 1024
_KEPT_NAMES: Final = 512
_KEPT_NAME_BYTES: Final = 64
_LENGTH: Final = b"content-length"
_OF_FORM: Final = frozenset({CONTENT_TYPE, CONTENT_ENCODING})
_NOT_PLAIN: Final = frozenset({b"proxy-connection", b"upgrade", b"mcp-session-id"})
"""Two mean something to the parser, and the third is bound to its caller first."""
_PLAIN_CONNECTIONS: Final = frozenset({b"keep-alive", b"close"})
"""Others name headers that go no further (RFC 9110 section 7.6.1)."""


class Way(Enum):
    """Of a line, where that is not another name that it goes on under."""

    AS_IT_IS = auto()
    STAYS = auto()
    LENGTH = auto()
    CODING = auto()
    FORM = auto()
    """It goes on, and says how the body is to be read."""
    CONNECTION = auto()


# Python 3.11 takes long to find a member of an enumeration.
_AS_IT_IS: Final = Way.AS_IT_IS
_STAYS: Final = Way.STAYS
_LENGTH_LINE: Final = Way.LENGTH
_FORM: Final = Way.FORM
_FRAMING_ALONE: Final = {b"transfer-encoding": Way.CODING, b"connection": Way.CONNECTION}


@final
class PlainHead:
    """``framing``: a head for the parser, with what frames the answer alone. ``lines``: those that
    go on to the caller, without their ends, names in lower case; ``more_lines``: how many more they
    are than there are members, where one holds several. ``size``: of it all, in bytes.
    """

    __slots__ = ("form", "framing", "has_length", "lines", "more_lines", "size")

    def __init__(
        self,
        framing: bytes,
        lines: list[bytes],
        size: int,
        form: AnswerForm,
        *,
        has_length: bool,
        more_lines: int = 0,
    ) -> None:
        self.framing = framing
        self.lines = lines
        self.size = size
        self.has_length = has_length
        self.more_lines = more_lines
        self.form = form


def plain_head(data: bytes) -> PlainHead | None:
    """Of an answer that begins with ``data``. None where the parser is to read it."""
    end = data.find(b"\r\n\r\n", 0, HEAD_BYTES)
    if end < 0:
        return None
    head = data[:end]
    first, *lines = head.split(b"\r\n")
    if head.translate(None, _TEXT) != b"\r\n" * len(lines) or not _STATUS_LINE.fullmatch(first):
        return None
    framing, kept, has_length = [first], list[bytes](), False
    said_of_form = {CONTENT_TYPE: b"", CONTENT_ENCODING: b""}
    for line in lines:
        name, colon, value = line.partition(b":")
        way = _known.get(name) or _decide(name)
        if way is None or not colon:
            return None
        if way is _AS_IT_IS:
            kept.append(line)
        elif way is _STAYS:
            continue
        elif isinstance(way, bytes):
            kept.append(way + line[len(name) :])
        elif way is _LENGTH_LINE:
            framing.append(line)
            kept.append(b"content-length:" + value)
            has_length = True
        elif way is _FORM:
            plain = name.lower()
            kept.append(plain + b":" + value)
            said_of_form[plain] = value
        elif way is Way.CODING or value.strip().lower() in _PLAIN_CONNECTIONS:
            framing.append(line)
        else:
            return None
    framing += (b"", b"")
    form = answer_form(said_of_form[CONTENT_TYPE], said_of_form[CONTENT_ENCODING])
    return PlainHead(b"\r\n".join(framing), kept, end + 4, form, has_length=has_length)


def way_of(name: bytes) -> "Way | bytes | None":
    """Of the lines with this name. None where the parser has to read the head."""
    return _known.get(name) or _decide(name)


_known: dict[bytes, "Way | bytes"] = {}
"""By a name as it came. Bounded, because nobody promises that Notion's are few."""


def _decide(name: bytes) -> "Way | bytes | None":
    plain = name.lower()
    if _TOKEN.fullmatch(name) is None or plain in _NOT_PLAIN:
        return None
    there = travels_downstream_as(plain)
    if plain == _LENGTH:
        way = _LENGTH_LINE
    elif plain in _FRAMING_ALONE:
        way = _FRAMING_ALONE[plain]
    elif plain in _OF_FORM:
        way = _FORM
    elif there is None:
        way = _STAYS
    else:
        way = _AS_IT_IS if there == name else there
    if len(name) <= _KEPT_NAME_BYTES:
        if len(_known) >= _KEPT_NAMES:
            _known.clear()
        _known[name] = way
    return way
