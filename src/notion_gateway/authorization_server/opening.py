"""Opens what it takes to log MCP clients in."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from notion_gateway.access.issuer_keys import IssuerKeys
from notion_gateway.access.opening import Access
from notion_gateway.access.rate_limiter import limiter
from notion_gateway.audit.opening import Audit
from notion_gateway.authorization_server.approval import ClientApproval
from notion_gateway.authorization_server.client_assertions import ClientAssertions, KeyedClients
from notion_gateway.authorization_server.client_directory import ClientDirectory
from notion_gateway.authorization_server.client_documents import ClientDocuments
from notion_gateway.authorization_server.client_store import ClientStore
from notion_gateway.authorization_server.client_tokens import ClientTokens
from notion_gateway.authorization_server.device_logins import DeviceLogins
from notion_gateway.authorization_server.device_store import DeviceLoginStore
from notion_gateway.authorization_server.document_reach import DocumentReach
from notion_gateway.authorization_server.grant_store import ClientGrantStore
from notion_gateway.authorization_server.identity_assertions import IdentityAssertions
from notion_gateway.authorization_server.machine_store import MachineStore
from notion_gateway.authorization_server.machines import Machines
from notion_gateway.authorization_server.refused_logins import RefusedLogins
from notion_gateway.authorization_server.rules.clients import MAX_DOCUMENT_BYTES
from notion_gateway.authorization_server.workloads import WorkloadExchange
from notion_gateway.kernel.clock import steady_seconds
from notion_gateway.kernel.outbound.session import http_session
from notion_gateway.kernel.outbound.transport import AiohttpTransport
from notion_gateway.kernel.own_address import OwnAddress
from notion_gateway.kernel.worker_counts import CountTable, WorkerCounts
from notion_gateway.settings import Settings
from notion_gateway.storage.opening import Storage
from notion_gateway.vault.derived_keys import Proofs
from notion_gateway.vault.sealed_text import SealedText

_GUESSES_PER_MINUTE = 5
"""Of one person: at that pace, one of the codes that wait is guessed in thousands of years."""
_MACHINE_TOKENS_PER_MINUTE = 60
"""Of one machine, which needs one an hour: a pool of runners may all ask at once."""
_REFUSED_WORKLOADS_PER_MINUTE = 60
"""From one address: each costs a look into the database."""
_ASSERTED_TOKENS_PER_MINUTE = 30
"""Of one person by one client, which needs one in ten minutes."""
_DOCUMENT_SECONDS = 5.0  # a person waits, and whose server it is was chosen by a stranger


@dataclass(frozen=True, slots=True)
class AuthorizationServer:
    """``own``: this gateway's address, which is its issuer; each space is a resource under it.
    ``sealed`` seals what stands in the approval page's address.
    """

    own: OwnAddress
    directory: ClientDirectory
    keyed_clients: KeyedClients
    reach: DocumentReach
    approval: ClientApproval
    tokens: ClientTokens
    device_logins: DeviceLogins
    machines: Machines
    workloads: WorkloadExchange
    identity_assertions: IdentityAssertions
    refused_logins: RefusedLogins
    sealed: SealedText

    @property
    def issuer(self) -> str:
        return self.own.url


@asynccontextmanager
async def open_authorization_server(
    settings: Settings,
    storage: Storage,
    proofs: Proofs,
    access: Access,
    grants: ClientGrantStore,
    machines: MachineStore,
    audit: Audit,
    counts: WorkerCounts | None = None,
) -> AsyncGenerator[AuthorizationServer]:
    """``counts``: what this worker and others count together."""
    async with http_session(allow_private=False, egress=settings.egress) as session:
        documents = AiohttpTransport(
            session, timeout_seconds=_DOCUMENT_SECONDS, max_answer_bytes=MAX_DOCUMENT_BYTES
        )
        own = settings.own_address
        clients, clock = ClientStore(storage.database), storage.clock
        assertions = ClientAssertions(own, access.authentication.once, clock)
        arrivals = settings.gateway_new_clients_per_minute

        def shared(name: str) -> CountTable | None:
            return None if counts is None else counts.table(name)

        tokens = ClientTokens(
            own=own,
            grants=grants,
            tokens=access.tokens,
            members=access.members,
            issuers=access.issuers,
            refusing_issuer=access.refusing_issuer,
            confirmed_within=timedelta(hours=settings.gateway_membership_hours),
            keys=proofs.keys("client tokens"),
            clock=clock,
        )
        directory = ClientDirectory(
            store=clients,
            documents=ClientDocuments(documents),
            reads_documents=settings.gateway_client_documents != "off",
            allow_local_documents=settings.gateway_local_client_documents,
            arrivals=limiter(arrivals, shared("new_clients")),
            clock=clock,
            monotonic=steady_seconds,
        )
        yield AuthorizationServer(
            own=own,
            directory=directory,
            keyed_clients=KeyedClients(access.issuers.client_keys, assertions, directory),
            reach=DocumentReach(documents, steady_seconds, _documents_advertised(settings)),
            approval=ClientApproval(
                own=own,
                clients=clients,
                grants=grants,
                members=access.members,
                once=access.authentication.once,
                clock=clock,
            ),
            tokens=tokens,
            device_logins=DeviceLogins(
                own=own,
                store=DeviceLoginStore(storage.database),
                clients=clients,
                tokens=tokens,
                members=access.members,
                arrivals=limiter(arrivals, shared("device_logins")),
                guesses=limiter(_GUESSES_PER_MINUTE, shared("guessed_codes")),
                clock=clock,
            ),
            machines=Machines(
                own=own,
                store=machines,
                assertions=assertions,
                documents=documents,
                asked=limiter(_MACHINE_TOKENS_PER_MINUTE, shared("machine_tokens")),
                clock=clock,
            ),
            workloads=WorkloadExchange(
                own=own,
                workloads=access.workloads,
                keys=IssuerKeys(documents),
                refused=limiter(_REFUSED_WORKLOADS_PER_MINUTE, shared("refused_workloads")),
                asked=limiter(_MACHINE_TOKENS_PER_MINUTE, shared("workload_tokens")),
                clock=clock,
            ),
            identity_assertions=IdentityAssertions(
                own=own,
                issuers=access.issuers,
                grants=grants,
                members=access.members,
                once=access.authentication.once,
                asked=limiter(_ASSERTED_TOKENS_PER_MINUTE, shared("asserted_tokens")),
                clock=clock,
            ),
            refused_logins=RefusedLogins(own, access.members, audit.writer),
            sealed=SealedText(proofs.keys("sealed text")),
        )


def _documents_advertised(settings: Settings) -> bool | None:
    """None where a look outside decides. Documents of this machine need no way out."""
    if settings.gateway_client_documents == "auto":
        return True if settings.gateway_local_client_documents else None
    return settings.gateway_client_documents == "on"
