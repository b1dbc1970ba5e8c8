"""An OpenID issuer's own description of itself (OpenID Connect Discovery 1.0)."""

from collections.abc import Mapping
from typing import Any, cast, final
from urllib.parse import urlsplit

import structlog

from notion_gateway.access.rules.sign_in import OpenIdConfiguration
from notion_gateway.kernel.addresses import is_loopback_name
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import (
    GatewayError,
    IdentityUnavailable,
    UpstreamTimeout,
    UpstreamUnreachable,
    UpstreamUnsuitable,
)
from notion_gateway.kernel.json import json_object
from notion_gateway.kernel.outbound.messages import HttpRequest, HttpTransport, origin_of
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.discovery import CachedDiscovery

log = structlog.stdlib.get_logger()

_OK = 200


@final
class OpenIdIssuer:
    """Discovered when it is first needed. ``identifier`` must be exactly what it calls itself."""

    def __init__(self, transport: HttpTransport, identifier: str, clock: Clock) -> None:
        self.identifier = identifier
        self._transport = transport
        self._cached = CachedDiscovery(identifier, self._discover, clock)

    async def configuration(self) -> OpenIdConfiguration:
        """Raises IdentityUnavailable."""
        return await self._cached.find()

    async def jwks_uri(self) -> str:
        return (await self.configuration()).jwks_uri

    async def userinfo(self, access_token: Secret | None) -> Mapping[str, object] | None:
        """What it says of whom the token is for (OpenID Connect Core 1.0 section 5.3); None where
        it says nothing. Raises IdentityUnavailable.
        """
        endpoint = (await self.configuration()).userinfo_endpoint
        if endpoint is None or access_token is None:
            return None
        headers = {"Authorization": f"Bearer {access_token.reveal()}", "Accept": "application/json"}
        try:
            answer = await self._transport.send(HttpRequest("GET", endpoint, headers))
        except (UpstreamUnreachable, UpstreamTimeout, UpstreamUnsuitable):
            raise IdentityUnavailable(
                "The OpenID issuer cannot be reached just now. Try again."
            ) from None
        document = json_object(answer.body) if answer.status == _OK else None
        if document is None:
            log.warning("userinfo_refused", status=answer.status)
        return document

    async def _discover(self) -> OpenIdConfiguration:
        address = f"{self.identifier.rstrip('/')}/.well-known/openid-configuration"
        try:
            answer = await self._transport.send(HttpRequest("GET", address))
        except GatewayError:
            answer = None
        found = json_object(answer.body) if answer is not None and answer.status == _OK else None
        if found is None:
            raise IdentityUnavailable("The OpenID issuer cannot be reached just now. Try again.")
        if found.get("issuer") != self.identifier:
            raise IdentityUnavailable("The OpenID issuer calls itself by another name than here.")
        return OpenIdConfiguration(
            authorization_endpoint=_endpoint(found, "authorization_endpoint"),
            token_endpoint=_endpoint(found, "token_endpoint"),
            jwks_uri=_endpoint(found, "jwks_uri"),
            userinfo_endpoint=(
                _endpoint(found, "userinfo_endpoint") if "userinfo_endpoint" in found else None
            ),
            takes_basic=_takes_basic(found),
            sends_iss=found.get("authorization_response_iss_parameter_supported") is True,
            scopes=_scopes(found),
        )


def _takes_basic(document: dict[str, Any]) -> bool:
    """What every issuer takes unless it says otherwise (OpenID Connect Discovery, section 3)."""
    methods: object = document.get("token_endpoint_auth_methods_supported")
    return not isinstance(methods, list) or "client_secret_basic" in methods


def _scopes(document: dict[str, Any]) -> frozenset[str]:
    given: object = document.get("scopes_supported")
    named = cast("list[object]", given) if isinstance(given, list) else []
    return frozenset(one for one in named if isinstance(one, str))


def _endpoint(document: dict[str, Any], name: str) -> str:
    value: object = document.get(name)
    if isinstance(value, str):
        try:
            origin = urlsplit(origin_of(value))
        except ValueError:
            pass
        else:
            if origin.scheme == "https" or is_loopback_name(origin.hostname or ""):
                return value
    raise IdentityUnavailable(f"The OpenID issuer's {name} is no https address.")
