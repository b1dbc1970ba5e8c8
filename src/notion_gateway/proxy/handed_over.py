"""What has become of a call that began in callbacks, and goes on in a coroutine."""

from dataclasses import dataclass, field
from typing import Final

from notion_gateway.integration.access_tokens import LentToken

HANDED_OVER: Final = "notion_gateway.proxy.handed_over"
"""Where the scope holds it."""


@dataclass(slots=True)
class HandedOver:
    """``is_counted``: against its caller's limits. ``refused``: the token that Notion answered
    with 401. ``fault``: how it ended; there is nothing left to do but to say so, in an answer to
    ``body``.
    """

    is_counted: bool = False
    refused: LentToken | None = None
    fault: Exception | None = None
    body: bytes = field(default=b"", repr=False)

    def require_unfinished(self) -> None:
        """Raises its fault, if it has one; once."""
        fault, self.fault = self.fault, None  # else the fault's traceback would hold the fault
        try:
            if fault is not None:
                raise fault
        finally:
            del fault
