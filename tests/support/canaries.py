"""Looking for secrets where none may be, however they were written down."""

import base64
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

from tests.support.gateway import Answer

TAIL = 20
"""A token's random end gives it away without what stands before it."""


def spellings(secret: str) -> set[bytes]:
    """A secret as it is, escaped, in hex, in base64 at any offset, and its end alone."""
    plain = secret.encode()
    found = {plain, plain[-TAIL:], quote(secret, safe="").encode(), plain.hex().encode()}
    for offset in range(3):
        padded = base64.b64encode(b"\0" * offset + plain)
        # The first and last characters mix with their neighbours.
        core = padded[4 if offset else 0 : len(padded) - 4]
        found |= {core, core.replace(b"+", b"-").replace(b"/", b"_")}
    return found


def leaks(secrets: Iterable[str], sinks: Mapping[str, bytes]) -> list[str]:
    """Where a secret was found; names the sink and never the secret."""
    wanted = [(number, spellings(one)) for number, one in enumerate(sorted(secrets))]
    return [
        f"secret {number} in {name}"
        for name, content in sinks.items()
        for number, written in wanted
        if any(one in content for one in written)
    ]


def files_in(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def said(answers: Iterable[Answer]) -> bytes:
    """Every header and body of these answers."""
    return b"\n".join(
        b"\n".join(f"{name}: {value}".encode() for name, value in one.headers.items()) + one.body
        for one in answers
    )
