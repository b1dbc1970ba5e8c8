"""Opens what it takes to log MCP clients in."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from notion_gateway.access.opening import Access
from notion_gateway.access.rate_limiter import RateLimiter
from notion_gateway.authorization_server.approval import ClientApproval
from notion_gateway.authorization_server.client_directory import ClientDirectory
from notion_gateway.authorization_server.client_documents import ClientDocuments
from notion_gateway.authorization_server.client_store import ClientStore
from notion_gateway.authorization_server.client_tokens import ClientTokens
from notion_gateway.authorization_server.grant_store import ClientGrantStore
from notion_gateway.authorization_server.rules.clients import MAX_DOCUMENT_BYTES
from notion_gateway.kernel.outbound.session import http_session
from notion_gateway.kernel.outbound.transport import AiohttpTransport
from notion_gateway.settings import Settings
from notion_gateway.storage.opening import Storage
from notion_gateway.vault.derived_keys import DerivedKeys
from notion_gateway.vault.sealed_text import SealedText
from notion_gateway.vault.vault import Vault

_DOCUMENT_SECONDS = 5.0  # a person waits, and whose server it is was chosen by a stranger


@dataclass(frozen=True, slots=True)
class AuthorizationServer:
    """``issuer``: this gateway's public URL, under which each space is a resource. ``sealed``
    seals what stands in the approval page's address.
    """

    issuer: str
    directory: ClientDirectory
    approval: ClientApproval
    tokens: ClientTokens
    sealed: SealedText


@asynccontextmanager
async def open_authorization_server(
    settings: Settings, storage: Storage, vault: Vault, access: Access, grants: ClientGrantStore
) -> AsyncGenerator[AuthorizationServer]:
    async with http_session(allow_private=False) as session:
        documents = AiohttpTransport(
            session, timeout_seconds=_DOCUMENT_SECONDS, max_answer_bytes=MAX_DOCUMENT_BYTES
        )
        clients, clock = ClientStore(storage.database), storage.clock
        yield AuthorizationServer(
            issuer=settings.public_url,
            directory=ClientDirectory(
                store=clients,
                documents=ClientDocuments(documents),
                allow_local_documents=settings.gateway_local_client_documents,
                arrivals=RateLimiter(settings.gateway_new_clients_per_minute),
                clock=clock,
                monotonic=time.monotonic,
            ),
            approval=ClientApproval(
                issuer=settings.public_url,
                clients=clients,
                grants=grants,
                members=access.members,
                once=access.authentication.once,
                clock=clock,
            ),
            tokens=ClientTokens(
                issuer=settings.public_url,
                grants=grants,
                tokens=access.tokens,
                members=access.members,
                keys=DerivedKeys(vault.keyring, "client tokens").current,
                clock=clock,
            ),
            sealed=SealedText(DerivedKeys(vault.keyring, "sealed text").current),
        )
