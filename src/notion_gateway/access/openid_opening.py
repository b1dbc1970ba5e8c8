"""Opens what it takes to know people by the OpenID issuer: its tokens, and signing in at it."""

from collections.abc import Collection
from datetime import timedelta

from notion_gateway.access.application_sign_ins import ApplicationSignIns
from notion_gateway.access.authentication import AcceptedIssuer
from notion_gateway.access.issuer_refresh_tokens import IssuerRefreshTokens
from notion_gateway.access.issuer_renewal import IssuerRenewal
from notion_gateway.access.jwt import (
    ID_TOKEN_TYPES,
    OIDC_ALGORITHMS,
    TYPES_FOR_CALLERS,
    JwtVerifier,
    RemoteKeys,
)
from notion_gateway.access.oidc_sign_in import SIGN_IN_CALLBACK_PATH, OidcSignIn
from notion_gateway.access.openid import OpenIdIssuer
from notion_gateway.access.openid_client import OpenIdClient
from notion_gateway.access.signed_in_members import SignedInMembers
from notion_gateway.kernel.background import Detached
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.outbound.messages import HttpTransport
from notion_gateway.kernel.secret import Secret
from notion_gateway.settings import Settings


def accepted_issuer(
    settings: Settings, transport: HttpTransport, issuer: OpenIdIssuer | None
) -> AcceptedIssuer | None:
    audience = settings.gateway_oidc_audience
    if issuer is None or audience is None:
        return None
    return AcceptedIssuer(
        issuer=issuer.identifier,
        audience=audience,
        user_claim=settings.gateway_oidc_user_claim,
        verifier=_verifier(issuer, transport),
    )


def sign_in_of(
    settings: Settings,
    clock: Clock,
    transport: HttpTransport,
    members: SignedInMembers | None,
    kept: IssuerRefreshTokens,
    detached: Detached,
) -> OidcSignIn | None:
    client_id, secret = settings.gateway_oidc_client_id, settings.gateway_oidc_client_secret
    if members is None or client_id is None:
        return None
    known = Secret(secret.get_secret_value()) if secret else None
    client = OpenIdClient(members.issuer, transport, client_id, known)
    verifier = _verifier(members.issuer, transport, ID_TOKEN_TYPES)
    return OidcSignIn(
        issuer=members.issuer,
        client=client,
        verifier=verifier,
        redirect_uri=f"{settings.public_url}{SIGN_IN_CALLBACK_PATH}",
        members=members,
        renewal=IssuerRenewal(
            members,
            client,
            verifier,
            kept,
            timedelta(hours=settings.gateway_membership_hours),
            clock,
            detached,
        ),
        clock=clock,
    )


def application_sign_ins_of(
    settings: Settings, clock: Clock, transport: HttpTransport, members: SignedInMembers | None
) -> ApplicationSignIns | None:
    """The front end may be the same client at the issuer as the gateway."""
    if members is None:
        return None
    given = (settings.gateway_oidc_front_end_client_id, settings.gateway_oidc_client_id)
    clients = [one for one in given if one is not None]
    verifier = _verifier(members.issuer, transport, ID_TOKEN_TYPES)
    return ApplicationSignIns(members, verifier, clients, clock)


def _verifier(
    issuer: OpenIdIssuer,
    transport: HttpTransport,
    types: Collection[str | None] = TYPES_FOR_CALLERS,
) -> JwtVerifier:
    return JwtVerifier(RemoteKeys(transport, issuer.jwks_uri), OIDC_ALGORITHMS, types)
