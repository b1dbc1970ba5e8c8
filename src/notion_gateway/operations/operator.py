"""Spaces, members, tokens, issuers and messages for the command line, beside a gateway that may be
running.

Whoever can open the gateway's database is its operator: nobody is asked who they are.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from notion_gateway.access.authentication_cache import AuthenticationCache
from notion_gateway.access.cache_trust import CacheTrust
from notion_gateway.access.gateway_tokens import GatewayTokens
from notion_gateway.access.issuer_store import IssuerStore
from notion_gateway.access.manage_spaces import ManageSpaces
from notion_gateway.access.membership import Members
from notion_gateway.access.space_store import SpaceStore
from notion_gateway.access.token_store import GatewayTokenStore
from notion_gateway.access.what_goes import Figures
from notion_gateway.access.workloads import Workloads
from notion_gateway.authorization_server.device_store import DeviceLoginStore
from notion_gateway.authorization_server.grant_store import ClientGrantStore
from notion_gateway.authorization_server.machine_store import MachineStore
from notion_gateway.authorization_server.programs_end import end_programs
from notion_gateway.conversations.opening import follow_members
from notion_gateway.integration.member_grants import follow_leavers
from notion_gateway.kernel.clock import SystemClock
from notion_gateway.notices.deliveries import Deliveries
from notion_gateway.notices.opening import open_outbox
from notion_gateway.operations.issuers import OperatorsIssuers, named_issuers
from notion_gateway.settings import Settings
from notion_gateway.storage.opening import open_database, require_fit
from notion_gateway.vault.opening import prepare


@dataclass(frozen=True, slots=True)
class Operator:
    spaces: ManageSpaces
    tokens: GatewayTokens
    members: Members
    issuers: OperatorsIssuers
    figures: Figures
    deliveries: Deliveries
    now: Callable[[], datetime]


@asynccontextmanager
async def open_operator(settings: Settings) -> AsyncGenerator[Operator]:
    """Makes and migrates the database where the gateway's first start would.

    Gateways that run hear of every change within two seconds. Raises ConfigurationError and
    StoreUnavailable.
    """
    prepare(settings)
    await require_fit(settings)
    async with open_database(settings) as database:
        clock, trust = SystemClock(), CacheTrust()
        outbox = open_outbox(settings, clock)
        told = [outbox.of_members, follow_members, follow_leavers, end_programs]
        store = SpaceStore(database, told)
        members = Members(store, trust)
        cache = AuthenticationCache(clock.now, trust)
        store_of_tokens = GatewayTokenStore(database)
        grants = ClientGrantStore(database)
        workloads = Workloads(database, store)
        sources = [store_of_tokens, grants, MachineStore(database), workloads]
        tokens = GatewayTokens(store_of_tokens, sources, cache, clock)
        issuers = OperatorsIssuers(
            named_issuers(settings),
            IssuerStore(database),
            grants,
            DeviceLoginStore(database),
            clock,
        )
        spaces = ManageSpaces(store, members, cache, clock)
        yield Operator(
            spaces, tokens, members, issuers, Figures(database), Deliveries(database), clock.now
        )
