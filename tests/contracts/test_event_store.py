import asyncio

import pytest

from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.integration.rules.events import Authorized, Disconnected, RefreshStarted
from notion_gateway.integration.rules.integration import Integration
from notion_gateway.kernel.errors import StoreRefused, VersionConflict
from notion_gateway.kernel.secret import Secret
from notion_gateway.storage.folded_streams import EVERY
from notion_gateway.vault.keyring import FixedKeyring
from notion_gateway.vault.sealed import SealedSecret, SecretContext
from notion_gateway.vault.vault import EncryptionKey, Vault
from tests.support.folding import history_of
from tests.support.samples import NOW, grant, pair

pytestmark = pytest.mark.anyio

FIRST = Authorized(at=NOW, grant=grant(), tokens=pair())
SECOND = RefreshStarted(at=NOW, process_id="p1", refresh_token_sha256="0" * 64)
LAST = Disconnected(at=NOW, process_id="p1", disconnected_by="ann")


def sealed(vault: Vault, secret_id: str, space_id: str = "space") -> SealedSecret:
    context = SecretContext(secret_id, space_id, "p1", "access_token")
    return vault.seal(Secret(f"canary-{secret_id}"), context)


async def test_what_was_appended_is_read_back_in_order(event_store: IntegrationEvents) -> None:
    await event_store.append("space", 0, [FIRST, SECOND])
    await event_store.append("space", 2, [LAST])
    loaded = await history_of(event_store, "space")
    assert [(one.version, one.event) for one in loaded] == [(1, FIRST), (2, SECOND), (3, LAST)]


async def test_streams_do_not_touch_each_other(event_store: IntegrationEvents) -> None:
    await event_store.append("space", 0, [FIRST])
    await event_store.append("space/1", 0, [FIRST, LAST])
    assert len(await history_of(event_store, "space")) == 1
    assert list(await history_of(event_store, "nowhere")) == []


@pytest.mark.parametrize("expected_version", [0, 2, 7])
async def test_an_append_at_another_version_is_a_conflict_and_leaves_nothing(
    event_store: IntegrationEvents, vault: Vault, expected_version: int
) -> None:
    await event_store.append("space", 0, [FIRST], seal=[sealed(vault, "old")])
    with pytest.raises(VersionConflict):
        await event_store.append(
            "space", expected_version, [LAST], seal=[sealed(vault, "new")], destroy=["old"]
        )
    assert len(await history_of(event_store, "space")) == 1
    assert await event_store.secrets.get("new", "space") is None
    assert await event_store.secrets.get("old", "space") is not None


async def test_of_many_appends_at_one_version_exactly_one_lands(
    event_store: IntegrationEvents,
) -> None:
    await event_store.append("space", 0, [FIRST])

    async def attempt() -> bool:
        try:
            await event_store.append("space", 1, [SECOND])
        except VersionConflict:
            return False
        return True

    landed = await asyncio.gather(*(attempt() for _ in range(20)))
    assert sum(landed) == 1
    assert len(await history_of(event_store, "space")) == 2


async def test_a_state_and_its_secrets_are_read_together_with_a_snapshot_and_without(
    event_store: IntegrationEvents, vault: Vault
) -> None:
    other = vault.seal(Secret("canary"), SecretContext("webhook", "space", "w1", "signing_key"))
    await event_store.append("space/1", 0, [FIRST], seal=[sealed(vault, "foreign", "space/1")])
    state, names = Integration("space"), ["none"]
    for version in range(2 * EVERY):
        names.append(f"secret-{version}")
        new, event = sealed(vault, names[-1]), SECOND if version else FIRST
        state = state.apply(event)
        also = [other] if not version else []
        await event_store.append(
            "space", version, [event], seal=[new, *also], destroy=names[-2:-1], state=state
        )
        if version in (0, 2 * EVERY - 1):
            assert await event_store.state_and_secrets("space") == (state, {names[-1]: new})


async def test_secrets_come_and_go_with_the_events_they_belong_to(
    event_store: IntegrationEvents, vault: Vault
) -> None:
    old, new = sealed(vault, "old"), sealed(vault, "new")
    await event_store.append("space", 0, [FIRST], seal=[old])
    assert await event_store.secrets.get("old", "space") == old
    await event_store.append("space", 1, [SECOND], seal=[new], destroy=["old"])
    assert await event_store.secrets.get("old", "space") is None
    assert await event_store.secrets.get("new", "space") == new


async def test_a_secret_is_another_spaces_neither_to_read_nor_to_destroy(
    event_store: IntegrationEvents, vault: Vault
) -> None:
    await event_store.append("space", 0, [FIRST], seal=[sealed(vault, "mine")])
    assert await event_store.secrets.get("mine", "other") is None
    await event_store.append("other", 0, [FIRST], destroy=["mine"])
    assert await event_store.secrets.get("mine", "space") is not None


async def test_a_second_secret_under_the_same_id_is_refused_whole(
    event_store: IntegrationEvents, vault: Vault
) -> None:
    first = sealed(vault, "same")
    await event_store.append("space", 0, [FIRST], seal=[first])
    with pytest.raises(StoreRefused):
        await event_store.append("space", 1, [SECOND], seal=[sealed(vault, "same")])
    assert await event_store.secrets.get("same", "space") == first
    assert len(await history_of(event_store, "space")) == 1


async def test_a_space_whose_token_is_old_is_idle_and_one_without_a_grant_is_not(
    event_store: IntegrationEvents, vault: Vault
) -> None:
    await event_store.append("living", 0, [FIRST], seal=[sealed(vault, "one", "living")])
    await event_store.append("ended", 0, [FIRST], seal=[sealed(vault, "two", "ended")])
    await event_store.append("ended", 1, [LAST], destroy=["two"])
    await asyncio.sleep(0.02)
    assert list(await event_store.secrets.unrenewed_grants(0.01)) == ["living"]
    assert list(await event_store.secrets.unrenewed_grants(60)) == []
    both = ["living", "other"]
    assert list(await event_store.secrets.unrenewed_among(both, 0.01)) == ["living"]
    assert list(await event_store.secrets.unrenewed_among(["other"], 0.01)) == []


async def test_secrets_are_rewrapped_where_nobody_was_faster(
    event_store: IntegrationEvents, vault: Vault
) -> None:
    both = Vault(FixedKeyring([EncryptionKey("k2", b"2" * 32), *vault.keyring.current()]))
    old = [sealed(vault, name) for name in ("a", "b", "c")]
    await event_store.append("space", 0, [FIRST], seal=old)
    assert await event_store.secrets.under_others("k2", limit=2) == old[:2]
    assert await event_store.secrets.under_others("k2", after="b") == old[2:]
    new = both.rewrap(old[0])
    assert await event_store.secrets.rewrap(old[0], new)
    assert await event_store.secrets.get("a", "space") == new
    assert not await event_store.secrets.rewrap(old[0], both.rewrap(old[0]))
    assert await event_store.secrets.get("a", "space") == new
    assert await event_store.secrets.under_others("k2") == old[1:]
    assert not await event_store.secrets.rewrap(sealed(vault, "gone"), new)
