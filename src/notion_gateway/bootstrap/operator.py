"""Spaces, members and tokens for the command line, beside a gateway that may be running.

Whoever can open the gateway's database is its operator: nobody is asked who they are.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from notion_gateway.adapters.client_grant_store import SqlClientGrantStore
from notion_gateway.adapters.clock import SystemClock, SystemRandom
from notion_gateway.adapters.gateway_token_store import SqlGatewayTokenStore
from notion_gateway.adapters.space_store import SqlSpaceStore
from notion_gateway.bootstrap.database import migrate, open_database
from notion_gateway.bootstrap.keys import prepare
from notion_gateway.config import Settings
from notion_gateway.usecases.authentication_cache import AuthenticationCache
from notion_gateway.usecases.freshness import Freshness
from notion_gateway.usecases.gateway_tokens import GatewayTokens
from notion_gateway.usecases.membership import Members
from notion_gateway.usecases.spaces import ManageSpaces


@dataclass(frozen=True, slots=True)
class Operator:
    spaces: ManageSpaces
    tokens: GatewayTokens
    members: Members


@asynccontextmanager
async def open_operator(settings: Settings) -> AsyncGenerator[Operator]:
    """Makes and migrates the database where the gateway's first start would.

    Gateways that run hear of every change within two seconds. Raises ConfigurationError and
    StoreUnavailable.
    """
    prepare(settings)
    await migrate(settings)
    async with open_database(settings) as database:
        clock, random, freshness = SystemClock(), SystemRandom(), Freshness()
        store = SqlSpaceStore(database)
        members = Members(store, freshness)
        cache = AuthenticationCache(clock.now, freshness)
        tokens = GatewayTokens(
            SqlGatewayTokenStore(database), SqlClientGrantStore(database), cache, clock, random
        )
        yield Operator(ManageSpaces(store, members, tokens, clock, random), tokens, members)
