"""Moments as people type them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from notion_gateway.cli.output import Exit, Fault

_AGO: Final = re.compile(r"(\d{1,4}) ?(m|h|d|w)")
_UNITS: Final = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


def moment(option: str, text: str, now: datetime) -> str:
    """With its zone, as RFC 3339 has it. Raises Fault where it can be none; ``option`` is named
    there.
    """
    ago = _AGO.fullmatch(text.strip())
    try:
        if ago is not None:
            found = now - int(ago[1]) * _UNITS[ago[2]]
        else:
            found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Fault(
            f"{option} is no moment: write how long ago, such as 12h, 7d or 2w, or 2026-11-28, or"
            " 2026-11-28T08:00:00Z. Without a zone it is UTC.",
            Exit.USAGE,
        ) from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).isoformat()
