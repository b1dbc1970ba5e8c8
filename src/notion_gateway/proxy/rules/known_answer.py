"""Answers whose head is like one before, recognised by one regular expression.

Notion's answers to calls have the same headers in the same order, with other values. Once the
parser has found one of them whole and its connection kept alive, the next one of its kind is not
taken apart line by line, and not parsed, if it comes in one read with exactly as long a body as it
says. Of streams, whose bodies come in chunks, the head is known so, and the parser reads the body.
Of whatever differs otherwise, the parser decides anew.
"""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, final

from notion_gateway.proxy.rules.plain_head import HEAD_BYTES, PlainHead, Way, way_of

_TEXT: Final = rb"[\t\x20-\x7e\x80-\xff]*"
_LENGTH: Final = rb"([0-9]{1,9})"
_WITHOUT_BODY: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
_CHUNKED: Final = b"chunked"
_MOST_OF_A_STATUS: Final = 8
_STATUS_BYTES: Final = 12
"""``HTTP/1.1 200``: those that begin otherwise are not tried."""
_LEARNED_EVERY: Final = 1000
"""Once there are so many kinds that one has to make room: to learn one costs as much as many calls
without it."""


@final
class KnownAnswer:
    """Heads with the same status line, form and connection, and the same names in the same order.

    ``length_at``: which of the values is the body's length; None where it comes in chunks.
    """

    __slots__ = ("_form", "_framing", "_length_at", "_match", "_more_lines", "_template", "status")

    def __init__(
        self,
        status: int,
        pattern: bytes,
        length_at: int | None,
        template: bytes,
        like: PlainHead,
    ) -> None:
        self.status = status
        self._match: Callable[[bytes], re.Match[bytes] | None] = re.compile(pattern).match
        self._length_at = length_at
        self._template = template
        self._more_lines = len(like.lines) - 1
        self._form = like.form
        self._framing = b"" if length_at is not None else like.framing

    def head(self, data: bytes) -> PlainHead | None:
        """None where ``data`` is not one whole answer of this kind, which the parser need not see,
        or does not begin with such a head of a stream, which leaves the parser the framing.
        """
        found = self._match(data)
        if found is None:
            return None
        values, size, at = found.groups(), found.end(), self._length_at
        if at is not None and size + int(values[at]) != len(data):
            return None
        if size > HEAD_BYTES:
            return None
        return PlainHead(
            self._framing,
            [self._template % values],
            size,
            self._form,
            has_length=at is not None,
            more_lines=self._more_lines,
        )


def known_answer(status: int, data: bytes, plain: PlainHead) -> KnownAnswer | None:
    """The kind of an answer that ``plain_head`` took apart, and that the parser found whole and to
    be followed by others; or, where chunks are all that frames it, to begin as a head does. None
    where something else than one plain length or chunks frames it, for 204 and 304 have no body,
    whatever length they say (RFC 9112 section 6.3), and where none of its lines go on.
    """
    if status in _WITHOUT_BODY:
        return None
    first, *lines = data.partition(b"\r\n\r\n")[0].split(b"\r\n")
    pattern, template = [re.escape(first)], list[bytes]()
    values, length_at, is_chunked, is_open = 0, None, False, False
    for line in lines:
        name, _, value = line.partition(b":")
        way, begins = way_of(name), re.escape(name) + b":"
        if is_open and way is not Way.AS_IT_IS:
            pattern.append(b")")
            is_open = False
        if way is Way.AS_IT_IS:
            if is_open:
                pattern.append(rb"\r\n" + begins + _TEXT)
                continue
            pattern.append(rb"\r\n(" + begins + _TEXT)
            template.append(b"%b")
            values, is_open = values + 1, True
        elif way is Way.STAYS:
            pattern.append(rb"\r\n" + begins + _TEXT)
        elif way is Way.CONNECTION:
            pattern.append(rb"\r\n" + re.escape(line))
        elif way is Way.FORM:
            pattern.append(rb"\r\n" + re.escape(line))
            template.append((name.lower() + b":" + value).replace(b"%", b"%%"))
        elif way is Way.CODING and not is_chunked and value.strip().lower() == _CHUNKED:
            pattern.append(rb"\r\n" + re.escape(line))
            is_chunked = True
        elif way is Way.LENGTH and length_at is None and value[:1] == b" " and value[1:].isdigit():
            pattern.append(rb"\r\n" + begins + b" " + _LENGTH)
            template.append(b"content-length: %b")
            values, length_at = values + 1, values
        elif isinstance(way, bytes):
            pattern.append(rb"\r\n" + begins + b"(" + _TEXT + b")")
            template.append(way.replace(b"%", b"%%") + b":%b")
            values += 1
        else:
            return None
    if (length_at is not None) is is_chunked or not plain.lines:
        return None
    pattern += ((b")" if is_open else b""), rb"\r\n\r\n")
    return KnownAnswer(status, b"".join(pattern), length_at, b"\r\n".join(template), plain)


@final
class KnownAnswers:
    """Bounded, because nobody promises that Notion's kinds are few."""

    def __init__(self) -> None:
        self._kinds: dict[bytes, list[KnownAnswer]] = {}
        self._missed = 0

    def find(self, data: bytes) -> tuple[int, PlainHead] | None:
        """Status and head, where ``data`` is one whole answer of a known kind, or begins with the
        head of a known stream: then the head has no length.
        """
        for kind in self._kinds.get(data[:_STATUS_BYTES], ()):
            head = kind.head(data)
            if head is not None:
                return kind.status, head
        return None

    def learn(self, status: int, data: bytes, plain: PlainHead) -> None:
        """One whole answer, or one stream, as ``known_answer`` has it."""
        kinds = self._kinds.setdefault(data[:_STATUS_BYTES], [])
        if len(kinds) >= _MOST_OF_A_STATUS:
            self._missed += 1
            if self._missed < _LEARNED_EVERY:
                return
            self._missed = 0
        kind = known_answer(status, data, plain)
        if kind is not None:
            kinds.insert(0, kind)
            del kinds[_MOST_OF_A_STATUS:]
