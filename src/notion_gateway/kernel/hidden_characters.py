"""Characters that no person sees, or that change how others are shown, written out.

Texts from elsewhere are read by models as well as by people: what is written out, both see.
"""

import re
import unicodedata
from typing import Final

_BLANK: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0d\uffa0\U000e0100-\U000e01ef]"
)
"""Characters that count as printable, and show nothing."""
_LINES: Final = re.compile("[\r\n\t]+")


def is_plain(text: str) -> bool:
    """Whether it has no such character."""
    if _BLANK.search(text) is not None:
        return False
    return _LINES.sub(" ", text).isprintable() or not any(map(_is_hidden, text))


def written_out(text: str) -> str:
    """With such characters as their numbers, in hexadecimal digits."""
    return text if is_plain(text) else "".join(map(_written_out, text))


def _is_hidden(char: str) -> bool:
    if char.isprintable():
        return _BLANK.fullmatch(char) is not None
    return char not in "\r\n\t" and unicodedata.category(char) != "Zs"


def _written_out(char: str) -> str:
    return f"\\u{{{ord(char):x}}}" if _is_hidden(char) else char
