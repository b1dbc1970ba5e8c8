"""Any order of connect, refresh, failure, reconnect and disconnect keeps the invariants."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from notion_gateway.integration.errors import NotConnected, ReconnectRequired
from notion_gateway.integration.event_store import WRITTEN
from notion_gateway.integration.rules.commands import (
    Command,
    CompleteRefresh,
    Connect,
    Disconnect,
    IdentifyWorkspace,
    RefuseRefresh,
    StartRefresh,
)
from notion_gateway.integration.rules.events import EVENT_TYPES, Event, Workspace
from notion_gateway.integration.rules.integration import Integration, Status, may_revoke
from notion_gateway.kernel.events import UnknownEvent, to_record
from tests.support.folding import fold
from tests.support.samples import NOW, grant, pair


def after(*commands: Command, state: Integration | None = None) -> Integration:
    state = state or Integration("space")
    for command in commands:
        state = reduce(Integration.apply, state.decide(command, NOW), state)
    return state


def types(state: Integration, command: Command) -> list[str]:
    return [event.type.removeprefix("NotionIntegration") for event in state.decide(command, NOW)]


CONNECTED = after(Connect(grant("p1"), pair("a")))


@pytest.mark.promise("seed:first-consent")
def test_first_consent_appends_authorized() -> None:
    assert types(Integration("space"), Connect(grant(), pair())) == ["Authorized"]


@pytest.mark.promise("seed:consent-again")
@pytest.mark.parametrize(
    "state",
    [
        CONNECTED,
        after(
            RefuseRefresh("p1", pair("a").refresh_token_sha256, "invalid_grant"), state=CONNECTED
        ),
    ],
)
def test_consent_on_an_existing_integration_appends_token_refreshed(state: Integration) -> None:
    assert types(state, Connect(grant("p2"), pair("b"))) == ["TokenRefreshed"]
    renewed = after(Connect(grant("p2"), pair("b")), state=state)
    assert (renewed.status, renewed.grant, renewed.tokens) == (
        Status.CONNECTED,
        grant("p2"),
        pair("b"),
    )
    assert renewed.last_failure is None


def test_first_consent_after_a_disconnect_is_authorized_again() -> None:
    gone = after(Disconnect("ann"), state=CONNECTED)
    assert types(gone, Connect(grant("p2"), pair("b"))) == ["Authorized"]


def test_a_refresh_replaces_the_pair_and_settles_the_intent() -> None:
    sha256 = pair("a").refresh_token_sha256
    started = after(StartRefresh("p1", sha256), state=CONNECTED)
    assert started.refresh_intent == sha256
    done = after(CompleteRefresh("p1", sha256, pair("b")), state=started)
    assert (done.tokens, done.refresh_intent, done.last_refreshed_at) == (pair("b"), None, NOW)


def test_an_intent_is_recorded_once_for_a_token() -> None:
    start = StartRefresh("p1", pair("a").refresh_token_sha256)
    assert types(after(start, state=CONNECTED), start) == []


@pytest.mark.promise("threats:8")
def test_a_refusal_of_a_token_that_was_replaced_changes_nothing() -> None:
    refreshed = after(
        CompleteRefresh("p1", pair("a").refresh_token_sha256, pair("b")), state=CONNECTED
    )
    late = RefuseRefresh("p1", pair("a").refresh_token_sha256, "invalid_grant")
    assert types(refreshed, late) == []


@pytest.mark.promise("threats:27")
def test_a_late_failure_of_an_old_grant_leaves_the_new_one() -> None:
    reconnected = after(Connect(grant("p2"), pair("a")), state=CONNECTED)
    late = RefuseRefresh("p1", pair("a").refresh_token_sha256, "invalid_grant")
    assert types(reconnected, late) == []


def test_of_two_pairs_for_one_token_the_one_issued_later_stays() -> None:
    sha256 = pair("a").refresh_token_sha256
    earlier = pair("b", issued_at=NOW + timedelta(seconds=1))
    later = pair("c", issued_at=NOW + timedelta(seconds=2))
    one, other = CompleteRefresh("p1", sha256, earlier), CompleteRefresh("p1", sha256, later)
    assert after(one, other, state=CONNECTED).tokens == later
    assert after(other, one, state=CONNECTED).tokens == later


def test_a_pair_that_proves_a_refusal_wrong_brings_the_grant_back() -> None:
    sha256 = pair("a").refresh_token_sha256
    failed = after(RefuseRefresh("p1", sha256, "invalid_grant"), state=CONNECTED)
    revived = after(CompleteRefresh("p1", sha256, pair("b")), state=failed)
    assert (revived.status, revived.tokens, revived.last_failure) == (
        Status.CONNECTED,
        pair("b"),
        None,
    )
    other = CompleteRefresh("p1", pair("x").refresh_token_sha256, pair("b"))
    assert types(failed, other) == []


def test_without_its_client_secret_a_failed_grant_stays_failed() -> None:
    sha256 = pair("a").refresh_token_sha256
    connected = after(Connect(grant("p1", secret_id="s"), pair("a")))
    failed = after(RefuseRefresh("p1", sha256, "invalid_grant"), state=connected)
    assert types(failed, CompleteRefresh("p1", sha256, pair("b"))) == []


def test_a_late_success_of_a_disconnected_grant_brings_nothing_back() -> None:
    gone = after(Disconnect("ann"), state=CONNECTED)
    late = CompleteRefresh("p1", pair("a").refresh_token_sha256, pair("b"))
    assert types(gone, late) == []


@pytest.mark.promise("seed:invalid-grant")
def test_a_refusal_of_the_newest_token_ends_the_grant_and_asks_to_reconnect() -> None:
    refuse = RefuseRefresh("p1", pair("a").refresh_token_sha256, "invalid_grant")
    assert types(CONNECTED, refuse) == ["AuthorizationFailed"]
    failed = after(refuse, state=CONNECTED)
    assert failed.status is Status.RECONNECT_REQUIRED
    assert failed.last_failure is not None
    with pytest.raises(ReconnectRequired):
        failed.usable()


def test_disconnecting_twice_is_harmless() -> None:
    gone = after(Disconnect("ann"), state=CONNECTED)
    assert types(gone, Disconnect("bob")) == []
    with pytest.raises(NotConnected):
        gone.usable()


def test_a_workspace_is_learned_for_the_living_grant_only() -> None:
    acme = Workspace(id="w1", name="Acme")
    known = after(IdentifyWorkspace("p1", acme), state=CONNECTED)
    assert known.grant is not None
    assert known.grant.workspace == acme
    assert types(known, IdentifyWorkspace("p1", acme)) == []
    assert types(known, IdentifyWorkspace("p0", Workspace(id="w2"))) == []


def test_events_of_a_newer_version_are_skipped() -> None:
    record = {"type": "NotionIntegrationTeleported", "at": "tomorrow", "to": {"deep": [1]}}
    unknown = EVENT_TYPES.read(record)
    assert unknown == UnknownEvent(type="NotionIntegrationTeleported")
    moved = CONNECTED.apply(unknown)
    assert (moved.version, moved.tokens) == (CONNECTED.version + 1, CONNECTED.tokens)


def test_revoking_is_safe_unless_the_living_grant_shares_the_client() -> None:
    assert may_revoke("c1", None)
    assert may_revoke("c1", grant(client_id="c2"))
    assert not may_revoke("c1", grant(client_id="c1"))


@given(st.binary(max_size=40))
def test_records_without_a_known_type_are_never_a_crash(junk: bytes) -> None:
    assert EVENT_TYPES.read({"type": junk.hex(), "data": junk.hex()}).type == junk.hex()


@dataclass
class _Seen:
    """What the world outside has done: which pairs Notion issued, which it refused."""

    grants: int = 0
    pairs: int = 0
    refused: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])


class Life(RuleBasedStateMachine):
    """A space's life with every answer arriving late, doubled or for the wrong grant."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = []
        self.state = Integration("space")
        self.seen = _Seen()
        self.disconnected = True

    def carry_out(self, command: Command) -> int:
        decided = self.state.decide(command, NOW + timedelta(seconds=len(self.events)))
        self.events.extend(decided)
        self.state = reduce(Integration.apply, decided, self.state)
        return len(decided)

    @rule()
    def connect(self) -> None:
        self.seen.grants += 1
        self.seen.pairs += 1
        name = f"p{self.seen.grants}"
        new = pair(f"t{self.seen.pairs}", issued_at=NOW + timedelta(seconds=self.seen.pairs))
        assert self.carry_out(Connect(grant(name), new)) == 1
        assert self.state.is_newest(name, new.refresh_token_sha256)
        self.disconnected = False

    @rule(process=st.integers(1, 4), token=st.integers(1, 6))
    def start(self, process: int, token: int) -> None:
        self.carry_out(StartRefresh(f"p{process}", pair(f"t{token}").refresh_token_sha256))

    @rule(process=st.integers(1, 4), token=st.integers(1, 6))
    def complete(self, process: int, token: int) -> None:
        redeemed = pair(f"t{token}").refresh_token_sha256
        was_newest = self.state.is_newest(f"p{process}", redeemed)
        grant_now, taken = self.state.grant, self.state.redeemed_sha256
        same_grant = grant_now is not None and grant_now.process_id == f"p{process}"
        twice = same_grant and taken == redeemed
        self.seen.pairs += 1
        new = pair(f"t{self.seen.pairs}", issued_at=NOW + timedelta(seconds=self.seen.pairs))
        failure = self.state.last_failure
        late = same_grant and failure is not None and failure.refresh_token_sha256 == redeemed
        happened = self.carry_out(CompleteRefresh(f"p{process}", redeemed, new))
        assert bool(happened) == (was_newest or twice or late)

    @rule(process=st.integers(1, 4), token=st.integers(1, 6))
    def refuse(self, process: int, token: int) -> None:
        sha256 = pair(f"t{token}").refresh_token_sha256
        before = self.state
        if self.carry_out(RefuseRefresh(f"p{process}", sha256, "invalid_grant")):
            assert before.is_newest(f"p{process}", sha256)
            self.seen.refused.add((f"p{process}", sha256))

    @rule()
    def disconnect(self) -> None:
        self.carry_out(Disconnect("ann"))
        self.disconnected = True

    @invariant()
    def history_folds_to_the_same_state(self) -> None:
        reread = [EVENT_TYPES.read(to_record(event)) for event in self.events]
        assert fold("space", reread) == self.state
        assert self.state.version == len(self.events)

    @invariant()
    def a_state_that_is_written_down_is_read_as_the_same(self) -> None:
        written = json.dumps(WRITTEN.adapter.dump_python(self.state, mode="json"))
        assert WRITTEN.adapter.validate_python(json.loads(written)) == self.state

    @invariant()
    def status_grant_and_tokens_agree(self) -> None:
        state = self.state
        assert (state.status is Status.CONNECTED) == (state.tokens is not None)
        assert (state.status is Status.DISCONNECTED) == (state.grant is None)
        assert (state.status is Status.DISCONNECTED) == self.disconnected
        assert bool(state.secret_ids()) == (state.tokens is not None)

    @invariant()
    def a_refused_token_is_never_the_newest_again(self) -> None:
        for process_id, sha256 in self.seen.refused:
            assert not self.state.is_newest(process_id, sha256)

    @invariant()
    def an_intent_speaks_about_the_newest_token(self) -> None:
        state = self.state
        if state.refresh_intent is not None:
            assert state.tokens is not None
            assert state.refresh_intent == state.tokens.refresh_token_sha256


TestLife: Any = Life.TestCase
