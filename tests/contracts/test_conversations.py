"""What the store of conversations promises, on both databases."""

import asyncio
import dataclasses
import threading
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
import sqlalchemy as sa

from notion_gateway.access.rules.space_events import SpaceMemberRemoved
from notion_gateway.conversations import store as store_module
from notion_gateway.conversations.opening import follow_members, old_conversations
from notion_gateway.conversations.rows import Head
from notion_gateway.conversations.rules import Owner, Saving
from notion_gateway.conversations.store import ConversationStore
from notion_gateway.kernel.errors import InvalidRequest, SecretUnreadable
from notion_gateway.settings import GivenSettings
from notion_gateway.storage.database import Database
from notion_gateway.storage.old_rows import Counted
from notion_gateway.storage.schema.conversations import conversation_messages, conversations
from notion_gateway.storage.schema.grants import secrets
from notion_gateway.vault.keyring import FixedKeyring
from notion_gateway.vault.proof_key import ProofKey
from notion_gateway.vault.rotation import RotateKeys
from notion_gateway.vault.secrets_table import SecretsTable
from notion_gateway.vault.vault import EncryptionKey, Vault
from tests.support.clocks import SharedClock
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.anyio

ADA, BOB = Owner("team", "ada"), Owner("team", "bob")
ELSEWHERE = Owner("other", "ada")


def said(text: str) -> dict[str, Any]:
    return {"role": "user", "parts": [{"type": "text", "text": text}]}


@pytest.fixture
def clock() -> SharedClock:
    return SharedClock()


@pytest.fixture
def store(database: Database, vault: Vault, clock: SharedClock) -> ConversationStore:
    return ConversationStore(database, vault, SecretsTable(database), clock)


async def messages(store: ConversationStore, owner: Owner, conversation_id: str) -> list[str]:
    """What was said, in order."""
    kept = await store.load(owner, conversation_id)
    assert kept is not None
    return [kept.messages[one]["parts"][0]["text"] for one in kept.ids]


async def test_a_conversation_is_kept_as_it_was_said(store: ConversationStore) -> None:
    saving = Saving("Greeting", {"m1": said("Good day é"), "m2": said("And to you")})
    head, before = await store.save(ADA, "c1", saving)
    assert (head.title, before, head.problem) == ("Greeting", 0, None)
    again = Saving("Another", {"m3": said("How are you?")}, problem={"reason": "internal"})
    later, before = await store.save(ADA, "c1", again)
    assert (later.title, before, later.problem) == ("Greeting", head.change, {"reason": "internal"})
    assert later.change > head.change
    assert await messages(store, ADA, "c1") == ["Good day é", "And to you", "How are you?"]


async def test_of_two_who_save_at_once_both_are_kept(store: ConversationStore) -> None:
    """Two devices with the same conversation; the first save makes the person's key."""
    each = [Saving("Both", {f"m{one}": said(f"from {one}")}) for one in range(8)]
    await asyncio.gather(*(store.save(ADA, "c1", one) for one in each))
    assert sorted(await messages(store, ADA, "c1")) == [f"from {one}" for one in range(8)]
    kept = await store.load(ADA, "c1")
    assert kept is not None
    assert kept.head.change == 8


async def test_only_what_changed_since_is_answered(store: ConversationStore) -> None:
    head, _ = await store.save(ADA, "c1", Saving("T", {"m1": said("one"), "m2": said("two")}))
    await store.save(ADA, "c1", Saving("T", {"m2": said("two, again")}, ["m1"]))
    kept = await store.load(ADA, "c1", head.change)
    assert kept is not None
    assert (kept.ids, kept.messages) == (["m2"], {"m2": said("two, again")})
    assert (await store.load(ADA, "c1", kept.head.change)) is not None


async def test_the_newest_come_first_page_by_page(store: ConversationStore) -> None:
    for name in ("c1", "c2", "c3"):
        await store.save(ADA, name, Saving(name, {"m": said(name)}))
    await store.alter(ADA, "c1", "renamed", True)
    await store.save(ADA, "c2", Saving("", {"n": said("more")}))
    first = await store.heads(ADA, limit=2)
    assert [one.conversation_id for one in first] == ["c2", "c3"]
    rest = await store.heads(ADA, limit=2, before=first[-1].message_change)
    assert [(one.title, one.is_pinned) for one in rest] == [("renamed", True)]


async def test_a_title_is_put_in_place_of_the_one_that_is_named_alone(
    store: ConversationStore,
) -> None:
    await store.save(ADA, "c1", Saving("Where is the", {"m": said("Where is the plan?")}))
    made = await store.alter(ADA, "c1", "The plan", None, "Where is the")
    assert made is not None
    own = await store.alter(ADA, "c1", "Mine", None)
    late = await store.alter(ADA, "c1", "Another", True, "The plan")
    assert late is not None
    assert (made.title, own and own.title, late.title) == ("The plan", "Mine", "Mine")
    assert late.is_pinned


async def test_words_are_looked_for_in_titles_and_messages(store: ConversationStore) -> None:
    for number in range(45):
        await store.save(ADA, f"c{number}", Saving(f"Plan {number}", {"m": said("hello")}))
    await store.save(ADA, "c7", Saving("", {"n": said("The Roadmap")}))
    await store.save(BOB, "b1", Saving("Roadmap", {"m": said("roadmap")}))

    async def found(*words: str, limit: int = 100) -> list[str]:
        heads = await store.heads(ADA, limit=limit, words=words)
        return [one.conversation_id for one in heads]

    assert await found("roadmap", "plan") == ["c7"]
    assert await found("nobody") == []
    assert len(await found("hello")) == 45
    assert await found("hello", limit=2) == ["c7", "c44"]


class Turns(asyncio.Lock):
    """Of searches; ``wanted`` as soon as one waits for its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted = threading.Event()

    async def acquire(self) -> Literal[True]:
        if self.locked():
            self.wanted.set()
        return await super().acquire()


async def test_a_search_of_little_does_not_wait_for_the_end_of_one_of_much(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(100):
        await store.save(ADA, f"c{number}", Saving(f"Plan {number}", {"m": said("hello")}))
    await store.save(BOB, "b1", Saving("Roadmap", {"m": said("roadmap")}))
    turns, ended = Turns(), list[str]()
    store = dataclasses.replace(store, _one_search=turns)
    compared = store_module._matching  # pyright: ignore[reportPrivateUsage]

    def compare(*args: Any) -> list[Head]:
        """The first one's first part lasts until the other one has come."""
        assert turns.wanted.wait(PATIENCE_SECONDS)
        return compared(*args)

    monkeypatch.setattr(store_module, "_matching", compare)

    async def searched(owner: Owner) -> None:
        await store.heads(owner, limit=9, words=["roadmap"])
        ended.append(owner.user_id)

    async with asyncio.TaskGroup() as searches:
        searches.create_task(searched(ADA))
        await until(turns.locked)
        searches.create_task(searched(BOB))
    assert ended == ["bob", "ada"]


async def test_nobody_else_finds_reads_alters_or_deletes_it(store: ConversationStore) -> None:
    await store.save(ADA, "c1", Saving("Mine", {"m": said("private")}))
    for other in (BOB, ELSEWHERE):
        assert await store.load(other, "c1") is None
        assert await store.heads(other, limit=9, words=["private"]) == []
        assert await store.alter(other, "c1", "theirs", None) is None
        assert await store.delete(other, "c1") is False
        await store.save(other, "c1", Saving("Of another", {"m": said("else")}))
    assert await messages(store, ADA, "c1") == ["private"]


async def test_nothing_of_it_is_written_in_the_open(
    store: ConversationStore, database: Database
) -> None:
    await store.save(
        ADA, "c1", Saving("Salaries", {"m": said("Ada earns 7")}, problem={"x": "why"})
    )
    async with database.reading() as connection:
        rows = [
            (await connection.execute(sa.select(table))).all()
            for table in (conversations, conversation_messages, secrets)
        ]
    for word in ("Salaries", "earns", "why"):
        assert word not in repr(rows)


@pytest.mark.parametrize(
    ("changed", "owner", "conversation_id"),
    [
        ({"message_id": "other"}, ADA, "c1"),
        ({"user_id": "bob"}, BOB, "c1"),
        ({"conversation_id": "c2"}, ADA, "c2"),
        ({"message": "x" * 80}, ADA, "c1"),
    ],
)
async def test_what_was_moved_or_altered_does_not_open(
    store: ConversationStore,
    database: Database,
    changed: dict[str, str],
    owner: Owner,
    conversation_id: str,
) -> None:
    await store.save(BOB, "c1", Saving("B"))
    await store.save(ADA, "c2", Saving("A"))
    await store.save(ADA, "c1", Saving("A", {"m": said("private")}))
    async with database.writing() as connection:
        await connection.execute(sa.update(conversation_messages).values(changed))
    with pytest.raises(SecretUnreadable):
        await store.load(owner, conversation_id)


async def test_other_keys_of_the_vault_open_it_once_they_have_sealed_its_key(
    store: ConversationStore, database: Database, clock: SharedClock
) -> None:
    await store.save(ADA, "c1", Saving("T", {"m": said("kept")}))
    newer = EncryptionKey("k2", b"2" * 32)
    both = Vault(FixedKeyring([newer, EncryptionKey("k1", b"1" * 32)]))
    table = SecretsTable(database)
    rotated = await RotateKeys(table, both, ProofKey(database, both), settle_seconds=0).run()
    assert (rotated.rewrapped, rotated.unreadable) == (1, 0)
    alone = ConversationStore(database, Vault(FixedKeyring([newer])), table, clock)
    assert await messages(alone, ADA, "c1") == ["kept"]


async def test_where_there_is_no_room_nothing_has_changed(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notion_gateway.conversations.rules.MAX_MESSAGES", 2)
    await store.save(ADA, "c1", Saving("T", {"m1": said("one"), "m2": said("two")}))
    before = await store.load(ADA, "c1")
    with pytest.raises(InvalidRequest, match="too long"):
        await store.save(ADA, "c1", Saving("T", {"m3": said("three")}))
    assert await store.load(ADA, "c1") == before


async def test_what_is_deleted_is_gone_with_all_its_rows(
    store: ConversationStore, database: Database
) -> None:
    for name in ("c1", "c2"):
        await store.save(ADA, name, Saving("T", {"m": said(name)}))
    await store.save(BOB, "c1", Saving("T", {"m": said("Bob's")}))
    assert await store.delete(ADA, "c1")
    assert not await store.delete(ADA, "c1")
    assert await counted(database) == (2, 2, 2)
    await store.delete_all(ADA)
    assert await counted(database) == (1, 1, 1)
    assert await messages(store, BOB, "c1") == ["Bob's"]


async def test_with_a_membership_goes_what_was_said(
    store: ConversationStore, database: Database, clock: SharedClock
) -> None:
    for owner in (ADA, BOB, ELSEWHERE):
        await store.save(owner, "c1", Saving("T", {"m": said("hello")}))
    removed = SpaceMemberRemoved(at=clock.now(), user_id="ada", removed_by="bob")
    async with database.writing() as connection:
        await follow_members(connection, "team", 1, [removed])
    assert await store.heads(ADA, limit=9) == []
    assert await counted(database) == (2, 2, 2)


async def counted(database: Database) -> tuple[int, ...]:
    """Rows of conversations, of messages, and of secrets."""
    async with database.reading() as connection:
        counts = [
            await connection.scalar(sa.select(sa.func.count()).select_from(table))
            for table in (conversations, conversation_messages, secrets)
        ]
    return tuple(count or 0 for count in counts)


@pytest.mark.parametrize(("days", "old"), [(30, 1), (365, 0), (0, 2)])
async def test_old_ones_go_with_their_messages(
    store: ConversationStore, database: Database, clock: SharedClock, days: int, old: int
) -> None:
    await store.save(ADA, "c1", Saving("T", {"m1": said("old"), "m2": said("too")}))
    clock.skip(timedelta(days=31).total_seconds())
    await store.save(ADA, "c2", Saving("T", {"m": said("new"), "n": said("too")}))
    settings = GivenSettings(gateway_keep_conversations_days=days)
    now = datetime.fromtimestamp(clock.timestamp(), UTC)
    rows = old_conversations(settings, database)
    assert [await one.count(now) for one in rows] == [
        Counted(2 * old, 4 - 2 * old),
        Counted(0, 4),
        Counted(old, 2 - old),
        Counted(0, 2),
        Counted(0, 0),
    ]
    for one in rows:
        async for _ in one.delete(now):
            pass
    assert (await counted(database))[:2] == (2 - old, 4 - 2 * old)
