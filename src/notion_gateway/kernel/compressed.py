"""What stands in compressed bytes, unpacked as far as was asked for and no further."""

import zlib
from typing import Final

STARTS: Final = (b"\x1f\x8b", b"\x78")
"""Of gzip (RFC 1952 section 2.3.1), and of nearly all that zlib writes (RFC 1950 section 2.2). No
JSON and no event of a stream begins so."""
CODINGS: Final = frozenset({b"gzip", b"x-gzip", b"deflate"})
"""What these are called in ``Content-Encoding`` (RFC 9110 section 8.4.1)."""
_EITHER: Final = zlib.MAX_WBITS | 32


def beginning(part: bytes, longest: int) -> bytes:
    """What gzip or zlib has packed there, as far as it has come, ``longest`` bytes at most. Empty
    for anything else: Brotli and Zstandard cannot be read here.
    """
    if not part.startswith(STARTS):
        return b""
    try:
        return zlib.decompressobj(_EITHER).decompress(part, longest)
    except zlib.error:
        return b""


def whole(packed: bytes, longest: int) -> bytes | None:
    """What gzip or zlib has packed there. None for anything else, for more than ``longest`` bytes,
    and where there is less or more than one whole.
    """
    if not packed.startswith(STARTS):
        return None
    unpacking = zlib.decompressobj(_EITHER)
    try:
        found = unpacking.decompress(packed, longest + 1)
    except zlib.error:
        return None
    is_whole = unpacking.eof and not unpacking.unused_data and len(found) <= longest
    return found if is_whole else None
