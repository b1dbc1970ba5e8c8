"""The gateway as a client of the OpenID issuer that people sign in at: its token endpoint."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeGuard, final

from notion_gateway.access.openid import OpenIdIssuer
from notion_gateway.kernel.errors import (
    IdentityUnavailable,
    UpstreamTimeout,
    UpstreamUnreachable,
    UpstreamUnsuitable,
)
from notion_gateway.kernel.json import json_object
from notion_gateway.kernel.outbound.messages import HttpAnswer, HttpTransport
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.requests import OAuthClient, form_request

_OK = 200
_MAX_KEPT_CHARACTERS = 48 * 1024
"""Of a refresh token, which is stored. The answer as a whole is bounded anyway."""


@dataclass(frozen=True, slots=True)
class IssuersTokens:
    """What the issuer gave, of what was well-formed (OpenID Connect Core 1.0 sections 3.1.3.3 and
    12.2).
    """

    id_token: str | None
    access_token: Secret | None
    refresh_token: Secret | None


@dataclass(frozen=True, slots=True)
class IssuersRefusal:
    """``error``: RFC 6749 section 5.2, where it says one."""

    status: int
    error: str | None


@final
@dataclass(frozen=True)
class OpenIdClient:
    issuer: OpenIdIssuer
    transport: HttpTransport
    client_id: str
    secret: Secret | None

    async def ask(self, form: Mapping[str, str]) -> IssuersTokens | IssuersRefusal:
        """Raises IdentityUnavailable where nobody answers."""
        configuration = await self.issuer.configuration()
        basic = configuration.takes_basic
        method = "client_secret_basic" if basic else "client_secret_post"
        client = OAuthClient(self.client_id, method if self.secret else "none", self.secret)
        request = form_request(configuration.token_endpoint, client, form)
        try:
            answer = await self.transport.send(request)
        except (UpstreamUnreachable, UpstreamTimeout, UpstreamUnsuitable):
            raise IdentityUnavailable(
                "The OpenID issuer cannot be reached just now. Try again."
            ) from None
        return _judged(answer)


def _judged(answer: HttpAnswer) -> IssuersTokens | IssuersRefusal:
    document = json_object(answer.body) or {}
    if answer.status != _OK:
        error: object = document.get("error")
        return IssuersRefusal(answer.status, error if isinstance(error, str) else None)
    id_token: object = document.get("id_token")
    access_token: object = document.get("access_token")
    refresh_token: object = document.get("refresh_token")
    return IssuersTokens(
        id_token if isinstance(id_token, str) else None,
        Secret(access_token) if isinstance(access_token, str) else None,
        Secret(refresh_token) if _can_be_kept(refresh_token) else None,
    )


def _can_be_kept(token: object) -> TypeGuard[str]:
    return isinstance(token, str) and 0 < len(token) <= _MAX_KEPT_CHARACTERS
