"""What stands in compressed bytes, without unpacking more than was asked for."""

import zlib
from typing import Final

STARTS: Final = (b"\x1f\x8b", b"\x78")
"""Of gzip (RFC 1952 section 2.3.1), and of nearly all that zlib writes (RFC 1950 section 2.2). No
JSON and no event of a stream begins so."""


def beginning(part: bytes, longest: int) -> bytes:
    """What gzip or zlib has packed there, as far as it has come, ``longest`` bytes at most. Empty
    for anything else: Brotli and Zstandard cannot be read here.
    """
    if not part.startswith(STARTS):
        return b""
    try:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress(part, longest)
    except zlib.error:
        return b""
