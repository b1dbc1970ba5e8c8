"""Joins what it takes to log MCP clients in, and the people who let them."""

import time
from dataclasses import dataclass

from notion_gateway.access.jwt import OIDC_ALGORITHMS, JwtVerifier, RemoteKeys
from notion_gateway.access.oidc_sign_in import OidcSignIn
from notion_gateway.access.opening import Identity
from notion_gateway.access.rate_limiter import MemoryRateLimiter
from notion_gateway.authorization_server.approval import ClientConsent
from notion_gateway.authorization_server.client_directory import ClientDirectory
from notion_gateway.authorization_server.client_documents import FetchedDocuments
from notion_gateway.authorization_server.client_store import SqlClientStore
from notion_gateway.authorization_server.grant_store import SqlClientGrantStore
from notion_gateway.authorization_server.tokens import ClientTokens
from notion_gateway.kernel.secret import Secret
from notion_gateway.ports import Clock, OAuthTransport, Random, StateStore
from notion_gateway.ports_identity import SealedText
from notion_gateway.settings import Settings
from notion_gateway.storage.database import Database
from notion_gateway.vault.derived_keys import DerivedKeys
from notion_gateway.vault.sealed_text import DerivedSealedText
from notion_gateway.vault.vault import Vault

SIGN_IN_CALLBACK_PATH = "/sign-in/callback"


@dataclass(frozen=True, slots=True)
class Clients:
    """``sign_in`` is None where no OpenID client is configured."""

    directory: ClientDirectory
    consent: ClientConsent
    tokens: ClientTokens
    sign_in: OidcSignIn | None
    sealed: SealedText
    clock: Clock
    random: Random


def build_clients(
    settings: Settings,
    database: Database,
    identity: Identity,
    *,
    documents: OAuthTransport,
    issuers: OAuthTransport,
    states: StateStore,
    vault: Vault,
    clock: Clock,
    random: Random,
) -> Clients:
    """``documents`` reaches public addresses, and loopback; ``issuers`` whatever is configured."""
    store, grants = SqlClientStore(database), SqlClientGrantStore(database)
    return Clients(
        directory=ClientDirectory(
            store=store,
            documents=FetchedDocuments(documents),
            allow_local_documents=settings.gateway_local_client_documents,
            arrivals=MemoryRateLimiter(settings.gateway_new_clients_per_minute),
            clock=clock,
            monotonic=time.monotonic,
        ),
        consent=ClientConsent(
            issuer=settings.public_url,
            clients=store,
            grants=grants,
            members=identity.members,
            once=identity.authentication.once,
            clock=clock,
            random=random,
        ),
        tokens=ClientTokens(
            issuer=settings.public_url,
            grants=grants,
            tokens=identity.tokens,
            members=identity.members,
            clock=clock,
            random=random,
        ),
        sign_in=_sign_in(settings, identity, issuers, states, vault, clock, random),
        sealed=DerivedSealedText(DerivedKeys(vault.keyring, "sealed text").current),
        clock=clock,
        random=random,
    )


def _sign_in(
    settings: Settings,
    identity: Identity,
    transport: OAuthTransport,
    states: StateStore,
    vault: Vault,
    clock: Clock,
    random: Random,
) -> OidcSignIn | None:
    provider, client_id = identity.provider, settings.gateway_oidc_client_id
    if provider is None or client_id is None:
        return None
    secret = settings.gateway_oidc_client_secret
    return OidcSignIn(
        provider=provider,
        verifier=JwtVerifier(RemoteKeys(transport, provider.jwks_uri), OIDC_ALGORITHMS),
        transport=transport,
        client_id=client_id,
        client_secret=Secret(secret.get_secret_value()) if secret else None,
        user_claim=settings.gateway_oidc_user_claim,
        redirect_uri=f"{settings.public_url}{SIGN_IN_CALLBACK_PATH}",
        states=states,
        vault=vault,
        clock=clock,
        random=random,
    )
