"""What has to happen to a database that came out of a backup, before a gateway serves with it.

A restored database is a second one with the same tokens, and Notion lets each refresh token be used
once. Whether the first one still serves somewhere, no gateway can know: whoever restores says it.
"""

from datetime import UTC, datetime
from enum import Enum, auto
from functools import reduce
from typing import Final

import sqlalchemy as sa

from notion_gateway.access.issuer_refresh_tokens import drop
from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.integration.rules.commands import Disconnect
from notion_gateway.integration.rules.integration import Integration
from notion_gateway.storage.database import Database
from notion_gateway.storage.restores import Restores

BY: Final = "operator: restored as a copy"


class Original(Enum):
    """The gateways whose database the backup was made of.

    ``GONE``: none of them serves any more, nor will again. ``GOES_ON``: they serve, and the
    restored database is a copy beside them.
    """

    GONE = auto()
    GOES_ON = auto()


async def settle(database: Database, original: Original) -> int:
    """Returns how many grants it has left. Raises StoreUnavailable.

    After ``GONE`` every grant is renewed as ``integration/restored_grants.py`` says. After
    ``GOES_ON`` there is none: the copy's spaces are disconnected here, and their tokens destroyed
    without a word to Notion, so that nothing the copy does ends a grant of the original's.

    Of issuers' refresh tokens none is left in either case: those of a backup may have been used
    since, and a second use may end what the issuer gave for them. Their people sign in again.
    """
    await Restores(database).note()
    async with database.writing() as connection:
        await drop(connection, sa.true())
    await database.scrub()
    streams = IntegrationEvents(database)
    grants = await streams.secrets.grants()
    if original is Original.GONE:
        return len(grants)
    for grant_id in grants:
        await _disconnect(streams, await streams.state(grant_id))
    return len(await streams.secrets.grants())


async def _disconnect(streams: IntegrationEvents, state: Integration) -> None:
    events = state.decide(Disconnect(BY), datetime.now(UTC))
    await streams.append(
        state.grant_id,
        state.version,
        events,
        destroy=state.secret_ids(),
        state=reduce(Integration.apply, events, state),
    )
