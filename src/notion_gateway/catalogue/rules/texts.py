"""Texts of tools, as they may be stored and shown.

They come from the other side and are read by models, so a hostile server speaks through them:
also in characters that no person sees. Those are written out, so that people see what models read.
"""

import math
from collections.abc import Iterable
from typing import Final, cast

from notion_gateway.kernel.hidden_characters import is_plain, written_out

LONGEST_TEXT: Final = 20_000
_LONGEST_NAME: Final = 200
_DEEPEST: Final = 20
_LARGEST_BITS: Final = 64
CUT: Final = "…"


def has_hidden(value: object) -> bool:
    """Whether a text in it, or the name of a member, has a character that nobody sees, or that
    changes how the others are shown.
    """
    return any(not is_plain(one) for one in _texts(value))


def shown(text: str, limit: int = LONGEST_TEXT) -> str:
    """A text with such characters written out by their number, in hexadecimal digits; the end of
    a long one is left out.
    """
    kept = written_out(text.replace("\r\n", "\n")[:limit])
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
