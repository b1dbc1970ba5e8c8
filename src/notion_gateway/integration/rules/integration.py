"""A link with Notion, a space's or a member's own: ``apply`` folds its history, ``decide`` says
what happens next.

Pure: no clock, socket or randomness. Every rule about who wins a race lives here, in terms
of two names an event carries: the grant's ``process_id`` and the SHA-256 of a refresh token.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from notion_gateway.integration.errors import (
    ConnectYourOwn,
    NotConnected,
    ReconnectRequired,
    ReconnectYourOwn,
)
from notion_gateway.integration.rules.commands import (
    Command,
    CompleteRefresh,
    Connect,
    Disconnect,
    IdentifyWorkspace,
    RefuseRefresh,
    StartRefresh,
)
from notion_gateway.integration.rules.events import (
    AnyEvent,
    AuthorizationFailed,
    Authorized,
    Disconnected,
    Event,
    Grant,
    RefreshStarted,
    TokenPair,
    TokenRefreshed,
    WorkspaceIdentified,
)
from notion_gateway.integration.rules.grant_ids import member_of
from notion_gateway.kernel.events import UnknownEvent


class Status(StrEnum):
    """What a person is told about a link."""

    CONNECTED = "connected"
    RECONNECT_REQUIRED = "reconnect_required"
    DISCONNECTED = "disconnected"


@dataclass(frozen=True, slots=True)
class Failure:
    at: datetime
    error: str
    refresh_token_sha256: str


@dataclass(frozen=True, slots=True)
class Integration:
    """The state a stream folds into. ``version`` is the last event's; 0 is an empty stream."""

    grant_id: str
    version: int = 0
    status: Status = Status.DISCONNECTED
    grant: Grant | None = None
    tokens: TokenPair | None = None
    connected_at: datetime | None = None
    last_refreshed_at: datetime | None = None
    refresh_intent: str | None = None
    """SHA-256 of a refresh token that was, or may have been, redeemed without a known outcome."""
    redeemed_sha256: str | None = None
    """SHA-256 of the refresh token that the current pair was redeemed with."""
    last_failure: Failure | None = None

    def apply(self, event: AnyEvent) -> "Integration":
        """The state after one more event; unknown events only move the version on."""
        version = self.version + 1
        match event:
            case Authorized():
                return self._connected(version, event.grant, event.tokens, event.at)
            case TokenRefreshed(grant=Grant() as grant):
                return self._connected(version, grant, event.tokens, event.at)
            case TokenRefreshed():
                return replace(
                    self,
                    version=version,
                    status=Status.CONNECTED,
                    tokens=event.tokens,
                    redeemed_sha256=event.redeemed_sha256,
                    last_failure=None,
                    refresh_intent=None,
                    last_refreshed_at=event.at,
                )
            case RefreshStarted():
                return replace(self, version=version, refresh_intent=event.refresh_token_sha256)
            case AuthorizationFailed():
                failure = Failure(event.at, event.error, event.refresh_token_sha256)
                return replace(
                    self,
                    version=version,
                    status=Status.RECONNECT_REQUIRED,
                    tokens=None,
                    refresh_intent=None,
                    redeemed_sha256=None,
                    last_failure=failure,
                )
            case WorkspaceIdentified():
                if self.grant is None:
                    return self.at(version)
                grant = self.grant.model_copy(update={"workspace": event.workspace})
                return replace(self, version=version, grant=grant)
            case Disconnected():
                return replace(
                    self,
                    version=version,
                    status=Status.DISCONNECTED,
                    grant=None,
                    tokens=None,
                    connected_at=None,
                    refresh_intent=None,
                    redeemed_sha256=None,
                    last_failure=None,
                )
            case UnknownEvent():
                return self.at(version)
            case _:
                assert_never(event)

    def _connected(
        self, version: int, grant: Grant, tokens: TokenPair, at: datetime
    ) -> "Integration":
        """By a consent, of which a renewal knows nothing."""
        return Integration(
            self.grant_id,
            version,
            status=Status.CONNECTED,
            grant=grant,
            tokens=tokens,
            connected_at=at,
        )

    def at(self, version: int) -> "Integration":
        """The same, after events that are deleted (``rules/superfluous.py``)."""
        return replace(self, version=version)

    def decide(self, command: Command, now: datetime) -> tuple[Event, ...]:
        """The events a command causes. Empty: it has no effect here, because it came too late
        (another grant, a newer token, a disconnect) or has happened already.
        """
        match command:
            case Connect():
                if self.grant is None:
                    return (Authorized(at=now, grant=command.grant, tokens=command.tokens),)
                return (
                    TokenRefreshed(
                        at=now,
                        process_id=command.grant.process_id,
                        tokens=command.tokens,
                        grant=command.grant,
                    ),
                )
            case StartRefresh(process_id=process_id, refresh_token_sha256=sha256):
                if not self.is_newest(process_id, sha256) or self.refresh_intent == sha256:
                    return ()
                return (RefreshStarted(at=now, process_id=process_id, refresh_token_sha256=sha256),)
            case CompleteRefresh(tokens=tokens) if tokens == self.tokens:
                return ()  # it was stored already, though its append was reported lost
            case CompleteRefresh(process_id=process_id, redeemed_sha256=sha256):
                wanted = (
                    self.is_newest(process_id, sha256)
                    or self._is_later_pair_for_same_token(command)
                    or self._disproves_refusal(command)
                )
                if not wanted:
                    return ()
                return (
                    TokenRefreshed(
                        at=now,
                        process_id=process_id,
                        tokens=command.tokens,
                        redeemed_sha256=sha256,
                    ),
                )
            case RefuseRefresh(process_id=process_id, refresh_token_sha256=sha256):
                if not self.is_newest(process_id, sha256):
                    return ()
                return (
                    AuthorizationFailed(
                        at=now,
                        process_id=process_id,
                        error=command.error,
                        refresh_token_sha256=sha256,
                    ),
                )
            case IdentifyWorkspace(process_id=process_id, workspace=workspace):
                if self.grant is None or self.grant.process_id != process_id:
                    return ()
                if self.grant.workspace == workspace:
                    return ()
                return (WorkspaceIdentified(at=now, process_id=process_id, workspace=workspace),)
            case Disconnect():
                if self.grant is None or command.process_id not in (None, self.grant.process_id):
                    return ()
                return (
                    Disconnected(
                        at=now,
                        process_id=self.grant.process_id,
                        disconnected_by=command.disconnected_by,
                    ),
                )
            case _:
                assert_never(command)

    def is_newest(self, process_id: str, refresh_token_sha256: str) -> bool:
        """Whether this is the token the link stands on; an answer about any other is history."""
        return (
            self.grant is not None
            and self.tokens is not None
            and self.grant.process_id == process_id
            and self.tokens.refresh_token_sha256 == refresh_token_sha256
        )

    def _is_later_pair_for_same_token(self, command: CompleteRefresh) -> bool:
        """Whether the same token was redeemed twice, and this pair was issued later.

        It takes a failed lease and a Notion that tolerates the retry. Of the two pairs the
        earlier one is dead then: keeping it would lose the grant at its next refresh.
        """
        return (
            self.grant is not None
            and self.tokens is not None
            and self.grant.process_id == command.process_id
            and self.redeemed_sha256 == command.redeemed_sha256
            and self.tokens.issued_at < command.tokens.issued_at
        )

    def _disproves_refusal(self, command: CompleteRefresh) -> bool:
        """Whether this pair proves a recorded refusal wrong: it was about the very token that
        had just been redeemed for it, by a holder whose lease had lapsed.

        Not with a client secret, which was destroyed with the failure: then the pair is revoked.
        """
        return (
            self.grant is not None
            and self.tokens is None
            and self.last_failure is not None
            and self.grant.process_id == command.process_id
            and self.grant.client.secret_id is None
            and self.last_failure.refresh_token_sha256 == command.redeemed_sha256
        )

    def usable(self) -> tuple[Grant, TokenPair]:
        """The live grant. Raises NotConnected or ReconnectRequired where there is none, of a
        member's own in words for that member.
        """
        if self.grant is not None and self.tokens is not None:
            return self.grant, self.tokens
        is_own = member_of(self.grant_id) is not None
        if self.status is Status.RECONNECT_REQUIRED:
            raise ReconnectYourOwn if is_own else ReconnectRequired
        raise ConnectYourOwn if is_own else NotConnected

    def secret_ids(self) -> frozenset[str]:
        """Every vault row this state needs; a transition destroys what falls out of this set."""
        if self.grant is None or self.tokens is None:
            return frozenset()
        ids = {self.tokens.access_token_id, self.tokens.refresh_token_id}
        if self.grant.client.secret_id is not None:
            ids.add(self.grant.client.secret_id)
        return frozenset(ids)


def may_revoke(ended_client_id: str, living: Grant | None) -> bool:
    """Whether telling Notion that a grant has ended leaves the living one alone.

    On a client that both share, a revocation might reach the living grant as well.
    """
    return living is None or living.client.client_id != ended_client_id
