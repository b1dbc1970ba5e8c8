"""Signatures of JSON Web Tokens, against the public keys of one signer (RFC 7515, 7517)."""

import asyncio
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from enum import Enum
from typing import Any, Final, Protocol, cast, final

import structlog
from joserfc import jwk, jws, jwt
from joserfc.errors import JoseError, UnsupportedAlgorithmError

from notion_gateway.kernel.clock import steady_seconds
from notion_gateway.kernel.errors import GatewayError, IdentityUnavailable, Unauthenticated
from notion_gateway.kernel.outbound.messages import HttpRequest, HttpTransport

log = structlog.stdlib.get_logger()

APPLICATION_ALGORITHMS = ("EdDSA", "Ed25519", "ES256")
OIDC_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")

TYPES_FOR_CALLERS: Final = frozenset({"jwt", "at+jwt", None})
"""ID and access tokens only: an issuer signs others too, such as logout tokens, which name the same
audience (RFC 8725 section 3.11, RFC 9068 section 4, OpenID Connect Back-Channel Logout section
2.4). Many leave ``typ`` out: None."""
ID_TOKEN_TYPES: Final = frozenset({"jwt", None})
"""Where an ID token is asked for, an access token is none (RFC 9068 section 4, OpenID Connect Core
1.0 section 3.1.3.7)."""
ID_JAG_TYPES: Final = frozenset({"oauth-id-jag+jwt"})
"""Identity assertions, which let nobody in by themselves (draft-ietf-oauth-identity-assertion-
authz-grant, RFC 8725 section 3.11)."""
CLIENT_ASSERTION_TYPES: Final = frozenset({"jwt", "client-authentication+jwt", None})
"""With which a program proves who it is itself; the first and the last are what programs send that
know nothing of the second (draft-ietf-oauth-rfc7523bis)."""

_MAX_TOKEN_CHARACTERS = 48 * 1024
"""A token may list hundreds of groups; a whole request head has 64 KiB."""

_MAX_KEYS = 512
_KEYS_LIVE_SECONDS = 600.0
_KEYS_COUNT_SECONDS = 86_400.0
"""So long where they cannot be renewed. A key that was withdrawn because somebody else has it would
count for as long as the signer is kept from being asked.
"""
_FETCHED_AGAIN_AFTER_SECONDS = 10.0

PublicKey = jwk.RSAKey | jwk.ECKey | jwk.OKPKey


class KeySource(Protocol):
    async def keys(self, unknown_kid: str | None = None) -> Sequence[PublicKey]:
        """The signer's keys; ``unknown_kid`` is one that was missing among the last ones."""
        ...


class TokenFault(Enum):
    """Why a token's head or signature is not accepted, as whoever signs is told."""

    TOO_LONG = "The token is too long."
    FORM = "The token is no JSON Web Token."
    EXTENSION = "The token demands an extension (crit)."
    ALGORITHM = "The token is signed in a way that is not accepted here."
    TYPE = "The token is of a type that lets nobody in (typ)."
    KEY_UNKNOWN = "The token's key is none of its signer's."
    SIGNATURE = "The token's signature is not that of a configured key."


class TokenUnusable(Unauthenticated):
    """The token's head or signature is not accepted."""

    def __init__(self, fault: TokenFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class KeySetError(ValueError):
    """A key set holds what cannot be a signer's public keys."""


def read_key_set(document: object, *, is_own: bool = False) -> list[PublicKey]:
    """The signing keys of a JWK set. Raises KeySetError where there is none.

    Keys for encryption, of unknown kinds and with members missing or out of range are left out
    (RFC 7517 section 5), and so are shared secrets: who verifies with one could sign as well.
    ``is_own``: the operator wrote it, and is told of a secret or of damage instead.
    """
    entries: object = cast("dict[str, object]", document).get("keys") if _is(document) else None
    if not isinstance(entries, list):
        raise KeySetError("no JWK set: there is no list of keys")
    found: list[PublicKey] = []
    listed = cast("list[object]", entries)
    if len(listed) > _MAX_KEYS:
        raise KeySetError(f"there are more than {_MAX_KEYS} keys")
    for entry in listed:
        try:
            key = _public_key(entry)
        except KeySetError:
            if is_own:
                raise
            continue
        if key is not None:
            found.append(key)
    if not found:
        raise KeySetError("no key for signatures is in it")
    return found


def _public_key(entry: object) -> PublicKey | None:
    """None for a key that is for something else. Raises KeySetError."""
    if not _is(entry):
        raise KeySetError("a key is no JSON object")
    parameters = cast("dict[str, Any]", entry)
    kind = parameters.get("kty")
    if kind == "oct":
        raise KeySetError("a key is a shared secret; only public keys are accepted")
    if parameters.get("use", "sig") != "sig" or not isinstance(kind, str) or kind not in _KINDS:
        return None
    if kind == "OKP" and parameters.get("crv") != "Ed25519":
        return None
    try:
        return _KINDS[kind].import_key(parameters)
    except (JoseError, ValueError, KeyError, TypeError):
        raise KeySetError("a key is malformed") from None


_KINDS: Mapping[str, type[PublicKey]] = {
    "RSA": jwk.RSAKey,
    "EC": jwk.ECKey,
    "OKP": jwk.OKPKey,
}


@final
class Signatures(jws.JWSRegistry):
    """The algorithms that are allowed, without a word on stderr about the name EdDSA: RFC 9864
    has a narrower one, and libraries will go on using the other for years. Only keys on the
    curve Ed25519 are read, which makes the two the same.
    """

    def get_alg(self, name: str) -> Any:  # noqa: ANN401 - its type is private to the library
        if name not in (self.allowed or ()) or name not in self.algorithms:
            raise UnsupportedAlgorithmError(f"Algorithm {name} is not accepted here")
        return self.algorithms[name]


@final
class FixedKeys:
    def __init__(self, keys: Sequence[PublicKey]) -> None:
        self._keys = keys

    async def keys(self, unknown_kid: str | None = None) -> Sequence[PublicKey]:
        del unknown_kid
        return self._keys


@final
class RemoteKeys:
    """A signer's JWKS, fetched when it is needed: every ten minutes, or sooner for a key id
    that is new, but never in quick succession; forged tokens name key ids that are new.

    One fetch serves all who wait for it, and goes on if they leave. Where nobody asked for twenty
    minutes, the next one waits for it: a key may have been withdrawn long ago. While the keys that
    are known cannot be renewed they go on counting, for a day at most.
    """

    def __init__(
        self,
        transport: HttpTransport,
        address: Callable[[], Any],
        *,
        monotonic: Callable[[], float] = steady_seconds,
    ) -> None:
        self._transport = transport
        self._address = address
        self._monotonic = monotonic
        self._keys: Sequence[PublicKey] = ()
        self._fetched = -_KEYS_LIVE_SECONDS
        self._tried = -_KEYS_LIVE_SECONDS
        self._renewal: asyncio.Task[None] | None = None

    async def keys(self, unknown_kid: str | None = None) -> Sequence[PublicKey]:
        now = self._monotonic()
        outdated = now - self._fetched >= _KEYS_LIVE_SECONDS or unknown_kid is not None
        if outdated and now - self._tried >= _FETCHED_AGAIN_AFTER_SECONDS:
            self._tried = now
            self._renewal = asyncio.create_task(self._renew(), name="signer-keys")
        age = now - self._fetched
        if self._renewal is not None and (
            unknown_kid is not None or not self._keys or age >= 2 * _KEYS_LIVE_SECONDS
        ):
            await asyncio.shield(self._renewal)
        if not self._keys or now - self._fetched >= _KEYS_COUNT_SECONDS:
            raise IdentityUnavailable
        return self._keys

    async def _renew(self) -> None:
        try:
            self._keys = await self._fetch()
            self._fetched = self._monotonic()
        except (GatewayError, ValueError, RecursionError) as fault:
            log.warning("signer_keys_not_fetched", fault=type(fault).__name__)

    async def _fetch(self) -> Sequence[PublicKey]:
        answer = await self._transport.send(HttpRequest("GET", await self._address()))
        if answer.status != 200:  # noqa: PLR2004 - the one status that brings keys
            raise KeySetError("the key set's address does not answer with 200")
        return read_key_set(json.loads(answer.body))


@final
class JwtVerifier:
    """``types``: the values of ``typ`` that are accepted, in lower case; None where it may be left
    out.
    """

    def __init__(
        self,
        source: KeySource,
        algorithms: Sequence[str],
        types: Collection[str | None] = TYPES_FOR_CALLERS,
    ) -> None:
        self._source = source
        self._algorithms = algorithms
        self._types = types
        self._signatures = Signatures(algorithms=algorithms)

    async def verify(self, token: str) -> Mapping[str, Any]:
        """Its claims. Raises TokenUnusable or IdentityUnavailable."""
        header = _header(token)
        if "crit" in header:  # none of the extensions there are is understood here
            raise TokenUnusable(TokenFault.EXTENSION)
        if header.get("alg") not in self._algorithms:
            raise TokenUnusable(TokenFault.ALGORITHM)
        if _type(header.get("typ")) not in self._types:
            raise TokenUnusable(TokenFault.TYPE)
        given: object = header.get("kid")
        kid = given if isinstance(given, str) else None
        candidates = _matching(await self._source.keys(), kid)
        if not candidates:
            candidates = _matching(await self._source.keys(unknown_kid=kid or ""), kid)
        for key in candidates:
            try:
                return jwt.decode(token, key, registry=self._signatures).claims
            except (JoseError, ValueError, TypeError, RecursionError):
                continue
        raise TokenUnusable(TokenFault.SIGNATURE if candidates else TokenFault.KEY_UNKNOWN)


def is_too_long(token: str) -> bool:
    return len(token) > _MAX_TOKEN_CHARACTERS


def issuer_of(token: str) -> str | None:
    """Whose token it claims to be: it tells which keys to ask, and proves nothing."""
    if is_too_long(token):
        return None
    try:
        claims: object = json.loads(jws.extract_compact(token.encode()).payload)
    except (JoseError, ValueError, RecursionError):
        return None
    issuer: object = cast("dict[str, object]", claims).get("iss") if _is(claims) else None
    return issuer if isinstance(issuer, str) else None


def _header(token: str) -> Mapping[str, Any]:
    if is_too_long(token):
        raise TokenUnusable(TokenFault.TOO_LONG)
    try:
        return jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, RecursionError):
        raise TokenUnusable(TokenFault.FORM) from None


def _type(kind: object) -> str | None:
    """As RFC 7515 section 4.1.9 compares it: a media type in any case, with or without the word
    before its slash. None where it is left out.
    """
    if kind is None:
        return None
    return kind.lower().removeprefix("application/") if isinstance(kind, str) else ""


def _matching(keys: Sequence[PublicKey], kid: str | None) -> Sequence[PublicKey]:
    return keys if kid is None else [key for key in keys if key.kid == kid]


def _is(value: object) -> bool:
    return isinstance(value, dict)
