"""E-mail addresses, as settings and owners of spaces name them."""

import re
from typing import Final

ANY_DOMAIN: Final = "*"
"""In a list of domains: every one."""
_MAX_CHARACTERS: Final = 254  # RFC 5321 section 4.5.3.1.3, without the angle brackets
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_ADDRESS: Final = re.compile(
    rf"[A-Za-z0-9!#$*+/=^_`{{|}}~'-]+(?:\.[A-Za-z0-9!#$*+/=^_`{{|}}~'-]+)*@{_DOMAIN.pattern}"
)
"""The dot-atom of RFC 5322 without ``? % &``, which mean something else in a ``mailto:``. No space,
no quotes, no control characters: nothing that could end a header or a command of SMTP."""


def is_mail_address(value: str) -> bool:
    return len(value) <= _MAX_CHARACTERS and _ADDRESS.fullmatch(value) is not None


def is_domain(value: str) -> bool:
    return len(value) <= _MAX_CHARACTERS and _DOMAIN.fullmatch(value) is not None


def domain_of(address: str) -> str:
    """In lower case."""
    return address.rpartition("@")[2].lower()
