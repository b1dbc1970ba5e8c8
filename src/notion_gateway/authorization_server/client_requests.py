"""What clients send, read as OAuth has it, and made whole for the package's handlers."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlencode

from fastapi import Request
from starlette.types import Message

from notion_gateway.authorization_server.opening import AuthorizationServer
from notion_gateway.authorization_server.rules.clients import McpClient
from notion_gateway.authorization_server.rules.machines import JWT_BEARER, OFFERED_GRANT_TYPES
from notion_gateway.authorization_server.rules.refusals import Refused
from notion_gateway.authorization_server.rules.why import Why
from notion_gateway.http.body import read_body
from notion_gateway.kernel.secret import Secret

_MAX_FORM_BYTES = 16 * 1024
_MAX_TOKEN_FORM_BYTES = 80 * 1024
"""An assertion of 48 KiB fits, and one that is a little longer is refused for that."""
_MAX_PARAMETERS = 50
_FORM = "application/x-www-form-urlencoded"
_HINTS = ("access_token", "refresh_token")


@dataclass(frozen=True, slots=True)
class ClientRequest:
    """``sent``: its parameters as they were sent. ``client``: whom it claims to be from.
    ``request``: for the handler of revocations.
    """

    request: Request
    client_id: str
    sent: Mapping[str, str]
    client: McpClient | None
    secret: Secret | None = field(repr=False)


def parameters(encoded: str) -> dict[str, str]:
    """Each once; what is empty counts as left out (RFC 6749 section 3.1). The same ``resource``
    may stand twice, but a token is for one (RFC 8707 section 2). Raises LoginRefused.
    """
    try:
        pairs = parse_qsl(encoded, max_num_fields=_MAX_PARAMETERS)
    except ValueError:
        raise Refused(Why.PARAMETERS_TOO_MANY) from None
    if len({value for name, value in pairs if name == "resource"}) > 1:
        raise Refused(Why.RESOURCE_TWICE)
    others = [name for name, _ in pairs if name != "resource"]
    if len(set(others)) < len(others):
        raise Refused(Why.PARAMETER_TWICE)
    return dict(pairs)


def offered_grant_types(server: AuthorizationServer) -> list[str]:
    """All that the token endpoint knows; assertions where the settings name an issuer of them."""
    with_assertions = server.identity_assertions.is_offered
    return [one for one in OFFERED_GRANT_TYPES if one != JWT_BEARER or with_assertions]


async def token_request(request: Request, server: AuthorizationServer) -> ClientRequest:
    """Raises LoginRefused also for a grant type that is not offered, and what
    ``revocation_request`` raises.
    """
    sent = await _form(request, _MAX_TOKEN_FORM_BYTES)
    grant_type = sent.get("grant_type")
    offered = offered_grant_types(server)
    if grant_type is None:
        raise Refused(Why.GRANT_TYPE_MISSING)
    if grant_type not in offered:
        raise Refused(Why.GRANT_TYPE_NOT_OFFERED, f"grant_type is one of {tuple(offered)}")
    return await _client_request(request, server, sent, {})


async def device_request(
    request: Request, server: AuthorizationServer, address: str
) -> ClientRequest:
    """Of a program that asks for codes (RFC 8628 section 3.1); its document is read, where it has
    one. Raises what ``revocation_request`` raises, ClientUnusable and TooManyRequests.
    """
    sent = await _form(request)
    asked = await _client_request(request, server, sent, {})
    found = await server.directory.find(asked.client_id, address)
    return replace(asked, client=found)


async def revocation_request(request: Request, server: AuthorizationServer) -> ClientRequest:
    """Raises LoginRefused, RequestTooLarge, RequestTimeout or StoreUnavailable."""
    sent = await _form(request)
    if sent.get("token_type_hint") not in (None, *_HINTS):
        del sent["token_type_hint"]  # a hint that is unknown is none (RFC 7009 section 2.1)
    return await _client_request(request, server, sent, {"client_secret": ""})


async def _form(request: Request, most: int = _MAX_FORM_BYTES) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        raise Refused(Why.REQUEST_NO_FORM)
    body = await read_body(request.scope, request.receive, most)
    return parameters(body.decode("latin-1"))


async def _client_request(
    request: Request, server: AuthorizationServer, sent: dict[str, str], defaults: Mapping[str, str]
) -> ClientRequest:
    """What a client sends in its own name."""
    basic = _basic(request.headers.get("authorization", ""))
    form = {**defaults, **sent}
    secret = sent.get("client_secret")
    if basic is not None:  # the name stands in the header then (RFC 6749 section 2.3.1)
        if secret is not None or form.setdefault("client_id", basic[0]) != basic[0]:
            raise Refused(Why.CLIENT_PROVES_ITSELF_TWICE)
        secret = basic[1]
    client_id = form.get("client_id", "")
    client = await server.directory.redeeming(client_id)
    asking = with_body(request, urlencode(form).encode())
    return ClientRequest(asking, client_id, sent, client, Secret(secret) if secret else None)


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return unquote(client_id), unquote(secret)


def with_body(request: Request, body: bytes) -> Request:
    """The same request, with a body that was read, and perhaps mended, before."""
    headers = [
        (name, _canonical(value) if name == b"authorization" else value)
        for name, value in request.scope["headers"]
        if name != b"content-length"
    ]
    headers.append((b"content-length", str(len(body)).encode()))
    scope = cast("dict[str, Any]", {**request.scope, "headers": headers})

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(scope, receive)


def _canonical(authorization: bytes) -> bytes:
    """A scheme's name has no case (RFC 9110 section 11.1); the handler knows one spelling."""
    scheme, space, rest = authorization.partition(b" ")
    return scheme.capitalize() + space + rest.strip()
