"""After a whole run: whatever the tests left on disk is searched for tokens in the open."""

import re
from collections.abc import Iterator
from pathlib import Path

_HEX = rb"-[0-9a-f]{4}"
TOKEN = re.compile(_HEX * 3 + rb"-[0-9a-f]{12}:[A-Za-z0-9]{16}:[A-Za-z0-9]{32}")
"""Notion's form of codes, access tokens and refresh tokens, and so the simulator's, from their
first hyphen on: what begins with a character that is always the same is found forty times as fast,
and a whole run leaves some gigabytes.
"""

_TOO_LARGE_BYTES = 64 * 1024 * 1024


def files_with_tokens(folder: Path) -> Iterator[Path]:
    """Databases, their side files, logs, and everything else below the folder."""
    for path in folder.rglob("*"):
        try:
            if path.is_symlink() or not path.is_file() or path.stat().st_size > _TOO_LARGE_BYTES:
                continue
            if TOKEN.search(path.read_bytes()):
                yield path
        except OSError:
            continue  # gone meanwhile, or a server's socket
