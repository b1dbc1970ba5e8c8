"""Which events a stream adds up to the same without.

A renewal is two events: the intent, and the new pair. Both set nothing but what the next new pair
sets again (status, tokens, what they were redeemed with, intent, last failure, time of the last
renewal; ``Integration.apply``), and most of a stream is renewals. So a renewal's events are
superfluous once any later event brings a pair. Consents, failures, disconnects and workspaces are
not, however old: they are the history that people ask about.

``tests/contracts/test_old_renewals.py`` holds this to ``apply``, for histories in any order.
Whoever lets ``apply`` read more of a renewal's event changes it here.
"""

from typing import Final

from notion_gateway.integration.rules.events import Authorized, RefreshStarted, TokenRefreshed
from notion_gateway.kernel.events import Record


def _type_of(event: type[Record]) -> str:
    return str(event.model_fields["type"].default)


INTENT: Final = _type_of(RefreshStarted)
NEW_PAIR: Final = _type_of(TokenRefreshed)
"""Of a renewal where its ``grant`` is null; else of a consent."""

BRINGS_PAIR: Final = (_type_of(Authorized), NEW_PAIR)
"""One of these makes renewals before it superfluous."""
