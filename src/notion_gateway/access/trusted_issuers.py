"""Issuers of identities that the settings name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from notion_gateway.access.issuer_keys import IssuerKeys
from notion_gateway.access.issuers_people import IssuersPeople
from notion_gateway.access.jwt import (
    CLIENT_ASSERTION_TYPES,
    ID_JAG_TYPES,
    OIDC_ALGORITHMS,
    JwtVerifier,
)
from notion_gateway.access.revoked_issuers import RevokedIssuers
from notion_gateway.access.rules.issuers import MembershipRule, TrustedIssuer
from notion_gateway.access.rules.space_events import Role
from notion_gateway.kernel.outbound.messages import HttpTransport
from notion_gateway.settings import IssuerSettings, MembershipSettings, Settings


@dataclass(frozen=True, slots=True)
class Issuers:
    """``trusted``: those whose identity assertions let people in, by their address, with what
    verifies them. ``client_keys``: of the clients that they may speak for, those that prove
    themselves with a key, by client id.
    """

    trusted: Mapping[str, tuple[TrustedIssuer, JwtVerifier]]
    people: IssuersPeople
    revoked: RevokedIssuers
    client_keys: Mapping[str, JwtVerifier] = field(default_factory=dict[str, JwtVerifier])


def trusted_issuers(
    settings: Settings, transport: HttpTransport
) -> Mapping[str, tuple[TrustedIssuer, JwtVerifier]]:
    keys = IssuerKeys(transport)
    return {
        one.issuer: (
            _trusted_issuer(settings, one),
            JwtVerifier(keys.of(one.issuer, one.jwks_url), OIDC_ALGORITHMS, ID_JAG_TYPES),
        )
        for one in settings.identity_issuers()
    }


def clients_keys(settings: Settings, transport: HttpTransport) -> Mapping[str, JwtVerifier]:
    keys = IssuerKeys(transport)
    return {
        client_id: JwtVerifier(keys.of(client_id, address), OIDC_ALGORITHMS, CLIENT_ASSERTION_TYPES)
        for one in settings.identity_issuers()
        for client_id, address in one.client_keys.items()
    }


def _trusted_issuer(settings: Settings, one: IssuerSettings) -> TrustedIssuer:
    """The issuer that people sign in at names them as it does there."""
    is_ours = one.issuer == settings.gateway_oidc_issuer
    return TrustedIssuer(
        name=one.name,
        issuer=one.issuer,
        clients=frozenset(one.clients),
        same_user_ids=one.same_user_ids
        or (is_ours and settings.gateway_oidc_user_claim == "sub" and not one.email_domains),
        email_domains=frozenset(one.email_domains),
        claims=one.claims,
        groups_claim=one.groups_claim,
        rules=membership_rules(one.memberships),
    )


def membership_rules(given: Sequence[MembershipSettings]) -> Sequence[MembershipRule]:
    return [MembershipRule(one.space, Role(one.role), one.group, one.domain) for one in given]


def rules_of_issuers(settings: Settings) -> Mapping[str, Sequence[MembershipRule]]:
    """By whose word people belong somewhere, and where: the rules of assertions and of sign-ins."""
    given = [(one.issuer, one.memberships) for one in settings.identity_issuers()]
    if settings.gateway_oidc_issuer is not None:
        given.append((settings.gateway_oidc_issuer, settings.gateway_oidc_memberships))
    found: dict[str, list[MembershipRule]] = {}
    for issuer, memberships in given:
        if memberships:
            found.setdefault(issuer, []).extend(membership_rules(memberships))
    return found
