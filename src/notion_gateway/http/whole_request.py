"""A request that came in one read, taken apart without a parser.

Clients send the same head again and again. One that the parser took apart before, and that the
``DirectServer`` accepted, is known by its bytes; only the length of its body may be another.
"""

import hashlib
from typing import Final, final

from notion_gateway.http.request import is_short
from notion_gateway.kernel.outbound.messages import RawHeaders

_HEAD_BYTES: Final = 4096
_LENGTH: Final = b"\r\ncontent-length: "


@final
class WholeRequest:
    """``key``: a hash of the head without the digits of its length, so that the bearer in it is
    kept nowhere. It is said of bytes alone: whether they are a request, the parser has to say.
    """

    __slots__ = ("body", "head", "key")

    def __init__(self, key: bytes, head: bytes, body: bytes) -> None:
        self.key = key
        self.head = head
        self.body = body

    def agrees_with(self, headers: RawHeaders) -> bool:
        """The parser, which found these, saw the same ends of head and body: there are as many
        headers as lines, and the body is as long as one of them says, however that is spelled.
        """
        lines = len(headers) + 2
        lengths = [int(value) for name, value in headers if name == b"content-length"]
        is_same_head = self.head.count(b"\n") == self.head.count(b"\r") == lines
        return is_same_head and (lengths or [0]) == [len(self.body)]


def whole_request(data: bytes) -> WholeRequest | None:
    """None for anything but one head with the whole of its body."""
    end = data.find(b"\r\n\r\n", 0, _HEAD_BYTES)
    if end < 0:
        return None
    said = data[: end + 2]
    at, length = said.lower().find(_LENGTH), 0
    if at >= 0:
        begins = at + len(_LENGTH)
        ends = said.index(b"\r\n", begins)
        digits = said[begins:ends]
        if not digits.isdigit() or not is_short(digits):
            return None
        said, length = said[:begins] + said[ends:], int(digits)
    begins = end + 4
    if len(data) - begins != length:
        return None
    return WholeRequest(hashlib.sha256(said).digest(), data[:begins], data[begins:])
