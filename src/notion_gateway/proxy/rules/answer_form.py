"""What of an answer's head says how its body is to be read."""

from typing import Final, NamedTuple

from notion_gateway.kernel.outbound.messages import RawHeaders

EVENTS: Final = b"text/event-stream"
CONTENT_TYPE: Final = b"content-type"
CONTENT_ENCODING: Final = b"content-encoding"
_NOT_ENCODED: Final = frozenset({b"", b"identity"})


class AnswerForm(NamedTuple):
    """``media_type``: in lower case, without parameters (RFC 9110 section 8.3.1). ``is_encoded``:
    compressed, so that nothing can be read in it.
    """

    media_type: bytes
    is_encoded: bool


def answer_form(content_type: bytes, content_encoding: bytes) -> AnswerForm:
    """By what the two headers say; empty where they are missing."""
    media_type = content_type.partition(b";")[0].strip().lower()
    return AnswerForm(media_type, content_encoding.strip().lower() not in _NOT_ENCODED)


def form_of(headers: RawHeaders) -> AnswerForm:
    """``headers``: names in lower case."""
    named = dict(headers)
    return answer_form(named.get(CONTENT_TYPE, b""), named.get(CONTENT_ENCODING, b""))
