"""The public keys of issuers that are named by their address: found, remembered, fetched anew."""

from collections.abc import Awaitable, Callable
from typing import Final, final
from urllib.parse import urlsplit

from cachetools import LRUCache

from notion_gateway.access.jwt import KeySetError, RemoteKeys
from notion_gateway.kernel.addresses import is_loopback_name
from notion_gateway.kernel.json import json_object
from notion_gateway.kernel.outbound.messages import HttpRequest, HttpTransport, origin_of

_MAX_ISSUERS: Final = 1000
_OK: Final = 200


@final
class IssuerKeys:
    """As many issuers as are asked for, the last thousand remembered: see ``RemoteKeys`` for how
    long. ``transport`` decides which addresses can be reached at all.
    """

    def __init__(self, transport: HttpTransport) -> None:
        self._transport = transport
        self._sources: LRUCache[tuple[str, str | None], RemoteKeys] = LRUCache(_MAX_ISSUERS)

    def of(self, issuer: str, jwks_url: str | None = None) -> RemoteKeys:
        """``jwks_url``: where they are; without it the issuer's own description says so."""
        found = self._sources.get((issuer, jwks_url))
        if found is None:
            where = _described(self._transport, issuer) if jwks_url is None else _fixed(jwks_url)
            found = self._sources[issuer, jwks_url] = RemoteKeys(self._transport, where)
        return found


def _fixed(address: str) -> Callable[[], Awaitable[str]]:
    async def given() -> str:
        return address

    return given


def _described(transport: HttpTransport, issuer: str) -> Callable[[], Awaitable[str]]:
    """Of an OpenID Connect Discovery 1.0 document, what says where the keys are: issuers of
    machines' tokens have no other endpoint in it.
    """

    async def asked() -> str:
        address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        answer = await transport.send(HttpRequest("GET", address))
        found = json_object(answer.body) if answer.status == _OK else None
        if found is None:
            raise KeySetError("the issuer does not describe itself")
        if found.get("issuer") != issuer:
            raise KeySetError("the issuer calls itself by another name")
        where: object = found.get("jwks_uri")
        if not isinstance(where, str) or not _is_safe(where):
            raise KeySetError("the issuer's jwks_uri is no https address")
        return where

    return asked


def _is_safe(address: str) -> bool:
    """https, or http on loopback."""
    origin = urlsplit(origin_of(address))
    return origin.scheme == "https" or is_loopback_name(origin.hostname or "")
