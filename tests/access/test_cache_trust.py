"""What is remembered of members and tokens counts while notices of change can be heard."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from notion_gateway.access.authentication_cache import AuthenticationCache
from notion_gateway.access.cache_trust import CacheTrust
from notion_gateway.access.membership import Members
from notion_gateway.access.rules.principal import Means, Principal
from notion_gateway.access.rules.space import Space
from notion_gateway.access.rules.space_events import AnySpaceEvent, SpaceCreated, SpaceMemberRemoved
from notion_gateway.access.space_store import Membership, NamedSpace, SpaceStore
from notion_gateway.kernel.errors import SpaceNotAccessible
from tests.support.folding import fold_space

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ADA = Principal("ada", Means.APPLICATION)
SCRIPT = Principal("ada", Means.GATEWAY_TOKEN, space_id="s", token_id="t")
TRUSTED_SECONDS = 60


def known(cache: AuthenticationCache, bearer: str) -> Principal | None:
    found = cache.get(bearer)
    return found.principal if found is not None else None


class Time:
    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    def timestamp(self) -> float:
        return self.now().timestamp()


class CountingStore(SpaceStore):
    """A space store that can be changed behind the gateway's back, and counts who reads it."""

    def __init__(self) -> None:
        self.history: list[AnySpaceEvent] = [SpaceCreated(at=NOW, name="Team", created_by="ada")]
        self.reads = 0

    async def load(self, space_id: str) -> Space:
        self.reads += 1
        return fold_space(space_id, self.history if space_id == "s" else ())

    async def append(
        self,
        space_id: str,
        expected_version: int,
        events: object,
        state: object = None,
        only_if: object = None,
    ) -> None:
        raise NotImplementedError

    async def of_user(self, user_id: str) -> Sequence[Membership]:
        raise NotImplementedError(user_id)

    async def all(self) -> Sequence[NamedSpace]:
        return []

    def remove_ada(self) -> None:
        self.history.append(SpaceMemberRemoved(at=NOW, user_id="ada", removed_by="bob"))


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def trust(time: Time) -> CacheTrust:
    return CacheTrust(TRUSTED_SECONDS, time.monotonic)


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


@pytest.fixture
def members(store: CountingStore, trust: CacheTrust) -> Members:
    return Members(store, trust)


@pytest.fixture
def cache(time: Time, trust: CacheTrust) -> AuthenticationCache:
    return AuthenticationCache(time.now, trust)


async def test_a_member_is_read_once_while_notices_are_heard(
    members: Members, store: CountingStore, trust: CacheTrust, time: Time
) -> None:
    for _ in range(100):
        time.seconds += 1
        trust.looked()
        await members.require(ADA, "s")
        assert members.remembered(ADA, "s") is not None
    assert store.reads == 1


async def test_with_the_notices_cut_a_membership_is_asked_for_anew(
    members: Members, store: CountingStore, time: Time
) -> None:
    await members.require(ADA, "s")
    store.remove_ada()
    time.seconds += TRUSTED_SECONDS
    await members.require(ADA, "s")  # still believed

    time.seconds += 1
    assert members.remembered(ADA, "s") is None
    with pytest.raises(SpaceNotAccessible):
        await members.require(ADA, "s")


async def test_a_notice_ends_it_at_once(members: Members, store: CountingStore) -> None:
    await members.require(ADA, "s")
    store.remove_ada()
    members.forget("s")

    with pytest.raises(SpaceNotAccessible):
        await members.require(ADA, "s")


async def test_what_was_read_before_a_notice_is_not_kept_after_it(
    members: Members, store: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = store.load

    async def overtaken(space_id: str) -> Space:
        found = await load(space_id)
        store.remove_ada()
        members.forget(space_id)
        return found

    monkeypatch.setattr(store, "load", overtaken)
    await members.require(ADA, "s")  # it was so when it was read
    monkeypatch.setattr(store, "load", load)

    with pytest.raises(SpaceNotAccessible):
        await members.require(ADA, "s")


def test_with_the_notices_cut_a_gateway_token_is_looked_up_anew_and_a_signature_counts(
    cache: AuthenticationCache, time: Time, trust: CacheTrust
) -> None:
    until = NOW + timedelta(hours=1)
    cache.put("nmgp_token", SCRIPT, until, cache.changes)
    cache.put("a.signed.principal", ADA, until, cache.changes)
    time.seconds += TRUSTED_SECONDS + 1

    assert known(cache, "nmgp_token") is None
    assert known(cache, "a.signed.principal") == ADA
    trust.looked()
    assert known(cache, "nmgp_token") == SCRIPT  # every change until now has been heard of


def test_a_recognised_bearer_counts_no_longer_than_it_is_good(
    cache: AuthenticationCache, time: Time
) -> None:
    cache.put("a.signed.principal", ADA, NOW + timedelta(seconds=30), cache.changes)
    time.seconds = 29
    assert known(cache, "a.signed.principal") == ADA
    time.seconds = 30
    assert known(cache, "a.signed.principal") is None


def test_a_notice_drops_the_tokens_of_its_space_and_what_is_being_looked_up(
    cache: AuthenticationCache,
) -> None:
    until, before = NOW + timedelta(hours=1), cache.changes
    cache.put("nmgp_token", SCRIPT, until, before)
    cache.put("other", Principal("ada", Means.GATEWAY_TOKEN, space_id="other"), until, before)
    cache.forget("s")
    cache.put("late", SCRIPT, until, before)

    assert [known(cache, one) is None for one in ("nmgp_token", "other", "late")] == [
        True,
        False,
        True,
    ]
    assert "nmgp_token" not in repr(vars(cache))
    cache.forget_all()
    assert known(cache, "other") is None
