"""Many connected spaces at once: consents as they end, without their way through a browser."""

import asyncio
from collections.abc import Sequence

from notion_gateway.integration.rules.commands import Connect
from notion_gateway.integration.rules.events import Client, Grant
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.answers import Issued
from notion_gateway.wiring import Features
from notion_simulator.oauth import clients, grants
from notion_simulator.oauth.authorization import AuthorizationRequest
from notion_simulator.oauth.tokens import digest, new_token
from notion_simulator.simulator import Simulator

_REDIRECT = "http://localhost:8000/callback"
_AT_ONCE = 20


async def plant(gateway: Features, notion: Simulator, spaces: Sequence[str]) -> None:
    """Connects each of them, as the client of its own name. ``notion`` runs in this loop.

    A few at once: in a small pool the last of many would wait for longer than it may.
    """
    for first in range(0, len(spaces), _AT_ONCE):
        some = spaces[first : first + _AT_ONCE]
        await asyncio.gather(*(_plant(gateway, notion, space) for space in some))


async def _plant(gateway: Features, notion: Simulator, space: str) -> None:
    keeper = gateway.integrations.connect.recorder.store
    grant = Grant(
        process_id=f"process-{space}",
        issuer=notion.base_url,
        resource=f"{notion.base_url}/mcp",
        client=Client(client_id=space),
        authorized_by="ann",
    )
    pair, sealed = keeper.seal_pair(space, grant.process_id, _issued(notion, space))
    await keeper.carry_out(space, Connect(grant, pair), sealed)


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
