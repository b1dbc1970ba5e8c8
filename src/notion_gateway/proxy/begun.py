"""What has become of a call that began in callbacks, and goes on in a coroutine."""

from dataclasses import dataclass
from typing import Final

from notion_gateway.integration.access_tokens import LentToken

BEGUN: Final = "notion_gateway.proxy.begun"
"""Where the scope holds it."""


@dataclass(frozen=True, slots=True)
class Begun:
    """``is_counted``: against its caller's limits. ``refused``: the token that Notion answered
    with 401. ``fault``: how it ended; there is nothing left to do but to say so.
    """

    is_counted: bool = False
    refused: LentToken | None = None
    fault: Exception | None = None

    def require_unfinished(self) -> None:
        """Raises its fault, if it has one."""
        if self.fault is not None:
            raise self.fault
