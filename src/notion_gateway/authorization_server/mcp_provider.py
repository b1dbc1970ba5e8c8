"""The gateway's decisions behind the ``mcp`` package's authorization-server handlers.

The handlers parse requests to log in, to register and to revoke, and authenticate clients that
revoke; one provider serves one request, so that it knows what was really sent where the handlers
pass on less (a redirect URI as it was written).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

from mcp.server.auth.provider import (
    AccessToken,
    AuthorizationCode,
    AuthorizationParams,
    AuthorizeError,
    OAuthAuthorizationServerProvider,
    RefreshToken,
    RegistrationError,
    TokenError,
)
from mcp.shared.auth import InvalidRedirectUriError, OAuthClientInformationFull, OAuthToken
from pydantic import AnyUrl, ConfigDict, Field

from notion_gateway.access.rules.sign_in import APPROVAL_PATH
from notion_gateway.authorization_server.opening import AuthorizationServer
from notion_gateway.authorization_server.rules.clients import (
    AUTH_METHODS,
    GRANT_TYPES,
    ClientUnusable,
    McpClient,
    client_name,
    require_redirect_uris,
)
from notion_gateway.authorization_server.rules.grants import (
    LOGIN_REQUEST,
    ClientGrant,
    LoginRefused,
)
from notion_gateway.kernel.randomness import random_token
from notion_gateway.kernel.secret import Secret


class KnownClient(OAuthClientInformationFull):
    """A client as the handlers want it, with the gateway's own rule for redirect URIs."""

    model_config = ConfigDict(hide_input_in_errors=True)

    known: McpClient = Field(exclude=True)
    sent_redirect_uri: str | None = Field(default=None, exclude=True)

    def validate_scope(self, requested_scope: str | None) -> list[str] | None:
        """There are no scopes: what a client may do is the person's choice (RFC 6749, 3.3)."""
        del requested_scope
        return None

    def validate_redirect_uri(self, redirect_uri: AnyUrl | None) -> AnyUrl:
        """Of the address as it was sent: a parsed one may have been mended on the way."""
        sent = self.sent_redirect_uri
        if redirect_uri is None or sent is None:
            raise InvalidRedirectUriError("redirect_uri is missing")
        if not self.known.may_return_to(sent):
            raise InvalidRedirectUriError("redirect_uri is not one of this client's")
        return redirect_uri


class KeptRefresh(RefreshToken):
    grant: ClientGrant


class KeptAccess(AccessToken):
    grant: ClientGrant


@final
@dataclass
class GatewayProvider(OAuthAuthorizationServerProvider[AuthorizationCode, KeptRefresh, KeptAccess]):
    """``sent``: the request's parameters, or a registration's members. ``client``: whom the
    caller has found already.
    """

    server: AuthorizationServer
    sent: Mapping[str, Any]
    client: McpClient | None = None
    sent_secret: Secret | None = field(default=None, repr=False)

    async def get_client(self, client_id: str) -> KnownClient | None:
        known = self.client
        if known is None or known.client_id != client_id:
            return None
        return KnownClient(
            client_id=known.client_id,
            client_secret=self._comparable(known),
            token_endpoint_auth_method=known.auth_method,
            grant_types=list(known.grant_types),
            known=known,
            sent_redirect_uri=self.sent.get("redirect_uri"),
        )

    def _comparable(self, known: McpClient) -> str | None:
        """The handlers compare secrets, of which the gateway keeps hashes only: where the hash
        is right they find what was sent, else something that nobody can have sent.
        """
        if known.secret_sha256 is None:
            return None
        if self.sent_secret is not None and known.is_secret(self.sent_secret):
            return self.sent_secret.reveal()
        return random_token()

    async def register_client(self, client_info: OAuthClientInformationFull) -> None:
        secret, method = client_info.client_secret, client_info.token_endpoint_auth_method
        try:
            redirect_uris = require_redirect_uris(self.sent.get("redirect_uris"))
        except ClientUnusable as fault:
            raise RegistrationError("invalid_redirect_uri", str(fault)) from None
        if method not in AUTH_METHODS:
            raise RegistrationError(
                "invalid_client_metadata", "token_endpoint_auth_method is not supported"
            )
        # What is not offered is left out of the answer (RFC 7591 section 3.2.1).
        client_info.grant_types = [one for one in GRANT_TYPES if one in client_info.grant_types]
        client_info.response_types = ["code"]
        client_info.scope = None
        await self.server.directory.register(
            McpClient(
                client_info.client_id,
                client_name(client_info.client_name),
                redirect_uris,
                method,
                None if secret is None else Secret(secret).fingerprint(),
                client_info.grant_types,
            )
        )

    async def authorize(
        self, client: OAuthClientInformationFull, params: AuthorizationParams
    ) -> str:
        """The approval page's address: a person decides, nothing is decided here."""
        assert isinstance(client, KnownClient)  # noqa: S101 - get_client makes no others
        try:
            request = self.server.approval.begin(
                client.known,
                redirect_uri=str(self.sent["redirect_uri"]),
                state=params.state,
                code_challenge=params.code_challenge,
                resource=params.resource,
            )
        except LoginRefused as fault:
            error = "invalid_target" if fault.error == "invalid_target" else "invalid_request"
            raise AuthorizeError(error, fault.description) from None
        sealed = self.server.sealed.seal(LOGIN_REQUEST, request.model_dump_json())
        return f"{self.server.issuer}{APPROVAL_PATH}?request={sealed}"

    async def load_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: str
    ) -> None:
        """None: no handler of the package's gives out tokens, ``ClientTokens`` does."""
        del client, authorization_code

    async def exchange_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: AuthorizationCode
    ) -> OAuthToken:
        del client, authorization_code
        raise TokenError("unsupported_grant_type")

    async def exchange_refresh_token(
        self, client: OAuthClientInformationFull, refresh_token: KeptRefresh, scopes: list[str]
    ) -> OAuthToken:
        del client, refresh_token, scopes
        raise TokenError("unsupported_grant_type")

    async def load_refresh_token(
        self, client: OAuthClientInformationFull, refresh_token: str
    ) -> KeptRefresh | None:
        """For revocation only."""
        token = Secret(refresh_token)
        try:
            grant, _ = await self.server.tokens.by_refresh_token(client.client_id, token)
        except LoginRefused:
            return None
        return KeptRefresh(token=refresh_token, client_id=grant.client_id, scopes=[], grant=grant)

    async def load_access_token(self, token: str) -> KeptAccess | None:
        """For revocation only; who calls is found out elsewhere."""
        grant = await self.server.tokens.by_access(Secret(token))
        if grant is None:
            return None
        return KeptAccess(token=token, client_id=grant.client_id, scopes=[], grant=grant)

    async def revoke_token(self, token: KeptAccess | KeptRefresh) -> None:
        await self.server.tokens.revoke(token.grant)
