"""Many connected spaces at once: consents as they end, without their way through a browser."""

import asyncio
from collections.abc import Sequence

import sqlalchemy as sa

from bench.spaces import IN_A_TRANSACTION, store_connected
from notion_gateway.integration.idle_grants import IDLE_SECONDS
from notion_gateway.integration.rules.commands import Connect
from notion_gateway.integration.rules.events import Client, Grant
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.answers import Issued
from notion_gateway.settings import Settings
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.grants import secrets
from notion_gateway.wiring import Features
from notion_simulator.oauth import clients, grants
from notion_simulator.oauth.authorization import AuthorizationRequest
from notion_simulator.oauth.tokens import digest, new_token
from notion_simulator.simulator import Simulator

_REDIRECT = "http://localhost:8000/callback"
_AT_ONCE = 20
IDLE_AGE_SECONDS = IDLE_SECONDS + 3600
"""So old that a grant counts as idle."""


async def plant(gateway: Features, notion: Simulator, spaces: Sequence[str]) -> None:
    """Connects each of them, as the client of its own name. ``notion`` runs in this loop.

    A few at once: in a small pool the last of many would wait for longer than it may.
    """
    for first in range(0, len(spaces), _AT_ONCE):
        some = spaces[first : first + _AT_ONCE]
        await asyncio.gather(*(_plant(gateway, notion, space) for space in some))


async def make_idle(settings: Settings) -> None:
    """What is stored is as old as if nobody had called for so long."""
    database = Database(settings.sqlalchemy_url)
    async with database.writing() as connection:
        older = secrets.c.created_at - IDLE_AGE_SECONDS
        await connection.execute(sa.update(secrets).values(created_at=older))
    await database.close()


async def plant_very_many(
    gateway: Features, notion: Simulator, spaces: Sequence[str], settings: Settings
) -> None:
    """The same for thousands, in few transactions; nobody is told of them."""
    keeper = gateway.integrations.connect.recorder.store
    database = Database(settings.sqlalchemy_url)
    for first in range(0, len(spaces), IN_A_TRANSACTION):
        some = spaces[first : first + IN_A_TRANSACTION]
        connected = [(space, _grant(notion, space), _issued(notion, space)) for space in some]
        await store_connected(database, keeper, connected)
    await database.close()


async def _plant(gateway: Features, notion: Simulator, space: str) -> None:
    keeper = gateway.integrations.connect.recorder.store
    grant = _grant(notion, space)
    pair, sealed = keeper.seal_pair(space, grant.process_id, _issued(notion, space))
    await keeper.carry_out(space, Connect(grant, pair), sealed)


def _grant(notion: Simulator, space: str) -> Grant:
    return Grant(
        process_id=f"process-{space}",
        issuer=notion.base_url,
        resource=f"{notion.base_url}/mcp",
        client=Client(client_id=space),
        authorized_by="ann",
    )


def _issued(notion: Simulator, client_id: str) -> Issued:
    """What a consent's code buys."""
    now = notion.clock()
    document = {"redirect_uris": [_REDIRECT], "token_endpoint_auth_method": "none"}
    client = clients.register(document, client_id=client_id, client_secret="", now=now)
    assert isinstance(client, clients.Client)
    notion.oauth.clients[client_id] = client
    asked = AuthorizationRequest(client, _REDIRECT, None, "", None, None)
    workspace = next(iter(notion.workspaces))
    code = notion.oauth.open_grant(asked, "ann", workspace, now, notion.settings)
    grant, code_digest = notion.oauth.grant_of(code)
    assert grant is not None
    access, refresh = (new_token(grant.user_id, grant.id) for _ in range(2))
    outcome = grants.exchange_code(
        grant,
        grants.CodeExchange(client_id, code_digest, _REDIRECT, None),
        grants.FreshTokens(digest(access), digest(refresh)),
        now,
        notion.token_rules,
    )
    assert isinstance(outcome, grants.Issued), outcome
    notion.oauth.put(outcome.grant)
    lifetime = notion.settings.access_token_lifetime_seconds
    return Issued(Secret(access), Secret(refresh), lifetime)
