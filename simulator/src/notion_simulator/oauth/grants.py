"""The life of a grant, decided purely: state, request and the time in, new state and answer out.

Tokens appear here only as digests, so a state can be shown or stored without
giving anything away. The rules are those of cloudflare/workers-oauth-provider,
which Notion builds on, with Notion's own rotation on top: two valid refresh
tokens at most, and the replay of an older one revokes the whole grant.
"""

from dataclasses import dataclass, replace
from typing import Literal, TypedDict

from notion_simulator.oauth.pkce import CodeChallenge, verifies

RefreshAnswer = Literal["rotated", "absent", "null", "empty"]


@dataclass(frozen=True, slots=True)
class PendingCode:
    """An authorization code; `used` stays behind so that a replay can be told from a guess."""

    digest: str
    redirect_uri: str
    challenge: CodeChallenge | None
    expires_at: float
    used: bool = False


@dataclass(frozen=True, slots=True)
class AccessToken:
    digest: str
    issued_at: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class Grant:
    """One consent: who let which client into which workspace, and the tokens that live of it.

    All times are seconds since the epoch. `retired` holds the digests of every
    refresh token that was rotated out for good.
    """

    id: str
    user_id: str
    client_id: str
    workspace_id: str
    scope: str
    resource: str | None
    created_at: float
    code: PendingCode
    current: str | None = None
    previous: str | None = None
    rotated_at: float = 0.0
    retired: frozenset[str] = frozenset()
    access: tuple[AccessToken, ...] = ()
    last_used_at: float = 0.0
    refreshes: int = 0
    revoked: str | None = None


@dataclass(frozen=True, slots=True)
class TokenRules:
    """The settings a token decision depends on; lifetimes in seconds."""

    rotation: Literal["lenient", "strict"]
    access_lifetime: float
    absolute_lifetime: float
    idle_lifetime: float
    previous_grace: float | None
    refresh_answer: RefreshAnswer
    refresh_revokes_access: bool
    refused_before_end: float = 0.0


@dataclass(frozen=True, slots=True)
class CodeExchange:
    client_id: str
    digest: str
    redirect_uri: str | None
    verifier: str | None


@dataclass(frozen=True, slots=True)
class Refresh:
    client_id: str
    digest: str


@dataclass(frozen=True, slots=True)
class FreshTokens:
    """Digests of the tokens that will be handed out if the decision is to issue."""

    access: str
    refresh: str


@dataclass(frozen=True, slots=True)
class Issued:
    """The fresh tokens are valid; `grant` is the state to store before answering."""

    grant: Grant
    refresh_answer: RefreshAnswer = "rotated"


class Rotation(TypedDict, total=False):
    """What a rotation changes of a grant."""

    current: str
    previous: str
    retired: frozenset[str]
    rotated_at: float


@dataclass(frozen=True, slots=True)
class Refused:
    """An OAuth error (RFC 6749 section 5.2); `grant` is the state to store if it changed."""

    error: str
    description: str
    grant: Grant | None = None


REVOKED = "OAuth grant revoked"


def _refused(description: str, grant: Grant | None = None) -> Refused:
    return Refused("invalid_grant", description, grant)


def revoke(grant: Grant, reason: str) -> Grant:
    """Ends a grant and every token of it; the digests stay to recognise a replay."""
    if grant.revoked is not None:
        return grant
    return replace(grant, revoked=reason, access=())


def exchange_code(
    grant: Grant | None, request: CodeExchange, fresh: FreshTokens, now: float, rules: TokenRules
) -> Issued | Refused:
    """Decides on `grant_type=authorization_code` (RFC 6749 section 4.1.3)."""
    if grant is None or grant.code.digest != request.digest:
        return _refused("Grant not found or authorization code expired")
    if grant.client_id != request.client_id:
        return _refused("Client ID mismatch")
    if grant.revoked is not None:
        return _refused(REVOKED)
    if grant.code.used:
        # A code seen twice was stolen by one of the two: nobody keeps the grant.
        return _refused("Authorization code already used", revoke(grant, "code_replayed"))
    if now >= grant.code.expires_at:
        return _refused("Grant not found or authorization code expired")
    if request.redirect_uri != grant.code.redirect_uri and not (
        request.redirect_uri is None and grant.code.challenge is not None
    ):
        return _refused("Invalid redirect URI")
    challenge = grant.code.challenge
    if challenge is None and request.verifier is not None:
        # RFC 9700 section 2.1.1: a verifier without a challenge is a downgrade.
        return _refused("Invalid PKCE code_verifier")
    if challenge is not None and not (
        request.verifier is not None and verifies(challenge, request.verifier)
    ):
        return _refused("Invalid PKCE code_verifier")
    return Issued(
        replace(
            grant,
            code=replace(grant.code, used=True),
            current=fresh.refresh,
            access=(AccessToken(fresh.access, now, now + rules.access_lifetime),),
            last_used_at=now,
            rotated_at=now,
        )
    )


def refresh(
    grant: Grant | None, request: Refresh, fresh: FreshTokens, now: float, rules: TokenRules
) -> Issued | Refused:
    """Decides on `grant_type=refresh_token` with rotation (RFC 9700 section 4.14.2)."""
    if grant is None or not _ever_issued(grant, request.digest):
        return _refused("Invalid refresh token")
    if grant.client_id != request.client_id:
        # Before anything else: a stranger must not be able to revoke by replaying.
        return _refused("Client ID mismatch")
    if grant.revoked is not None:
        return _refused(REVOKED)
    if request.digest not in valid_refresh_tokens(grant, now, rules):
        return _refused(REVOKED, revoke(grant, "refresh_token_replayed"))
    if now >= refresh_deadline(grant, rules) - rules.refused_before_end:
        # The library refuses what could not live for a minute any more.
        return _refused("Refresh token has expired")
    kept = () if rules.refresh_revokes_access else _alive(grant, now)
    rotation: Rotation = {}
    if rules.refresh_answer == "rotated":
        rotation = _rotated(grant, request.digest, fresh.refresh, now)
    refreshed = replace(
        grant,
        access=(*kept, AccessToken(fresh.access, now, now + rules.access_lifetime)),
        last_used_at=now,
        refreshes=grant.refreshes + 1,
        **rotation,
    )
    return Issued(refreshed, rules.refresh_answer)


def valid_refresh_tokens(grant: Grant, now: float, rules: TokenRules) -> frozenset[str]:
    """Returns the digests, two at most, which a refresh would accept now."""
    if grant.revoked is not None or grant.current is None:
        return frozenset()
    if rules.rotation == "strict" or grant.previous is None:
        return frozenset({grant.current})
    if rules.previous_grace is not None and now >= grant.rotated_at + rules.previous_grace:
        return frozenset({grant.current})
    return frozenset({grant.current, grant.previous})


def refresh_deadline(grant: Grant, rules: TokenRules) -> float:
    """Returns when the grant can no longer be refreshed: absolute or idle, whichever is first."""
    return min(grant.created_at + rules.absolute_lifetime, grant.last_used_at + rules.idle_lifetime)


def find_access_token(grant: Grant | None, digest: str, now: float) -> AccessToken | None:
    """Returns the access token with this digest if it is valid now."""
    if grant is None or grant.revoked is not None:
        return None
    return next((token for token in _alive(grant, now) if token.digest == digest), None)


def expire_access_tokens(grant: Grant, now: float) -> Grant:
    """Lets every access token of the grant end now; refreshing stays possible."""
    ended = tuple(replace(token, expires_at=min(token.expires_at, now)) for token in grant.access)
    return replace(grant, access=ended)


def revoke_by_token(grant: Grant | None, client_id: str, digest: str) -> Grant | None:
    """Decides on a revocation request (RFC 7009): the state to store, None if nothing changes.

    A refresh token ends the whole grant, an access token only itself.
    """
    if grant is None or grant.client_id != client_id or grant.revoked is not None:
        return None
    if _ever_issued(grant, digest):
        return revoke(grant, "revoked_by_client")
    remaining = tuple(token for token in grant.access if token.digest != digest)
    return replace(grant, access=remaining) if remaining != grant.access else None


def _rotated(grant: Grant, used: str, successor: str, now: float) -> Rotation:
    # The token that was used becomes the previous one. The other of the two
    # dies: with it a client that lost the answer and retried wins over it.
    outgoing = {grant.current, grant.previous} - {used, None}
    retired = grant.retired | {digest for digest in outgoing if digest is not None}
    return {"current": successor, "previous": used, "retired": retired, "rotated_at": now}


def _ever_issued(grant: Grant, digest: str) -> bool:
    return digest in {grant.current, grant.previous} or digest in grant.retired


def _alive(grant: Grant, now: float) -> tuple[AccessToken, ...]:
    return tuple(token for token in grant.access if now < token.expires_at)
