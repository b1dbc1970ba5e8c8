"""Texts of tools, as they may be stored and shown.

They come from the other side and are read by models, so a hostile server speaks through them:
also in characters that no person sees. Those are written out, so that people see what models read.
"""

import math
import re
import unicodedata
from collections.abc import Iterable
from typing import Final, cast

LONGEST_TEXT: Final = 20_000
_LONGEST_NAME: Final = 200
_DEEPEST: Final = 20
_LARGEST_BITS: Final = 64
CUT: Final = "…"

_BLANK: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0d\uffa0\U000e0100-\U000e01ef]"
)
"""Characters that count as printable, and show nothing."""
_LINES: Final = re.compile("[\r\n\t]+")


def has_hidden(value: object) -> bool:
    """Whether a text in it, or the name of a member, has a character that nobody sees, or that
    changes how the others are shown.
    """
    return any(not _is_plain(one) for one in _texts(value))


def shown(text: str, limit: int = LONGEST_TEXT) -> str:
    """A text with such characters written out by their number, in hexadecimal digits; the end of
    a long one is left out.
    """
    kept = text.replace("\r\n", "\n")[:limit]
    if not _is_plain(kept):
        kept = "".join(map(_shown, kept))
    return kept + CUT if len(text) > limit else kept


def cleaned(value: object, depth: int = 0) -> object:
    """A JSON value with all its texts so, and within bounds that every database stores."""
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, (dict, list)) and depth >= _DEEPEST:
        return CUT
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        return {shown(key, _LONGEST_NAME): cleaned(one, depth + 1) for key, one in members.items()}
    if isinstance(value, list):
        return [cleaned(one, depth + 1) for one in cast("list[object]", value)]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and value.bit_length() > _LARGEST_BITS:
        return CUT
    return value


def _is_plain(text: str) -> bool:
    if _BLANK.search(text) is not None:
        return False
    return _LINES.sub(" ", text).isprintable() or not any(map(_is_hidden, text))


def _is_hidden(char: str) -> bool:
    if char.isprintable():
        return _BLANK.fullmatch(char) is not None
    return char not in "\r\n\t" and unicodedata.category(char) != "Zs"


def _shown(char: str) -> str:
    return f"\\u{{{ord(char):x}}}" if _is_hidden(char) else char


def _texts(value: object) -> Iterable[str]:
    """Every text, however deep it stands: by a list of what is left, for a hostile one may lie
    deeper than calls may go.
    """
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            members = cast("dict[str, object]", one)
            yield from members
            left += members.values()
        elif isinstance(one, list):
            left += cast("list[object]", one)
