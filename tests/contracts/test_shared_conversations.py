"""What the store of shared conversations promises, on both databases."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from notion_gateway.access.rules.space_events import SpaceDeleted, SpaceMemberRemoved
from notion_gateway.conversations.opening import follow_members, old_conversations
from notion_gateway.conversations.rules import Owner, Saving
from notion_gateway.conversations.sharing import Shared, SharedConversations
from notion_gateway.conversations.store import ConversationStore
from notion_gateway.kernel.errors import InvalidRequest, SecretUnreadable
from notion_gateway.operations.deleted_spaces import of_deleted_spaces
from notion_gateway.settings import GivenSettings
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.conversations import shared_conversations
from notion_gateway.storage.schema.grants import secrets
from notion_gateway.vault.keyring import FixedKeyring
from notion_gateway.vault.proof_key import ProofKey
from notion_gateway.vault.rotation import RotateKeys
from notion_gateway.vault.secrets_table import SecretsTable
from notion_gateway.vault.vault import EncryptionKey, Vault
from tests.support.clocks import SharedClock

pytestmark = pytest.mark.anyio

ADA, BOB = Owner("team", "ada"), Owner("team", "bob")


def said(text: str) -> dict[str, Any]:
    return {"role": "user", "parts": [{"type": "text", "text": text}]}


@dataclass(frozen=True)
class Kept:
    """Both stores on one database, and what lies in it."""

    own: ConversationStore
    shared: SharedConversations
    database: Database
    clock: SharedClock

    async def say(self, owner: Owner, *texts: str, name: str = "c1") -> Sequence[str]:
        messages = {f"m-{text}": said(text) for text in texts}
        await self.own.save(owner, name, Saving("Plans", messages))
        return list(messages)

    async def share(self, owner: Owner, *texts: str, name: str = "c1") -> str:
        done = await self.shared.put(owner, name, await self.say(owner, *texts, name=name))
        assert done is not None
        return done.share_id

    async def read(self, share_id: str, space: str = "team") -> Shared:
        found = await self.shared.read(space, share_id)
        assert found is not None
        return found

    async def counted(self) -> tuple[int, int]:
        """Rows of shares, and of their keys."""
        async with self.database.reading() as connection:
            rows = await connection.scalar(
                sa.select(sa.func.count()).select_from(shared_conversations)
            )
            keys = sa.select(sa.func.count()).where(secrets.c.field == "share_key")
            return rows or 0, await connection.scalar(keys) or 0

    async def maintain(self) -> None:
        now = datetime.fromtimestamp(self.clock.timestamp(), UTC)
        settings = GivenSettings(gateway_keep_conversations_days=30)
        rows = [*old_conversations(settings, self.database), *of_deleted_spaces(self.database)]
        for one in rows:
            async for _ in one.delete(now):
                pass


@pytest.fixture
def kept(database: Database, vault: Vault) -> Kept:
    clock = SharedClock()
    given = database, vault, SecretsTable(database), clock
    return Kept(ConversationStore(*given), SharedConversations(*given), database, clock)


def texts(shared: Shared) -> list[str]:
    return [message["parts"][0]["text"] for message in shared.messages]


async def test_what_is_shared_stays_as_it_was_until_it_is_shared_anew(kept: Kept) -> None:
    assert await kept.shared.find(ADA, "c1") is None
    assert await kept.shared.put(ADA, "c1", ["m-one"]) is None
    share_id = await kept.share(ADA, "one", "two")
    await kept.say(ADA, "three")
    await kept.own.alter(ADA, "c1", "Renamed", None)
    first = await kept.read(share_id)
    assert (first.shared_by, first.title, texts(first)) == ("ada", "Plans", ["one", "two"])

    kept.clock.skip(60)
    again = await kept.shared.put(ADA, "c1", ["m-three", "m-one"])
    assert again is not None
    assert again == await kept.shared.find(ADA, "c1")
    later = await kept.read(share_id)
    assert (later.title, texts(later)) == ("Renamed", ["three", "one"])
    assert later.share.shared_at >= first.share.shared_at + 60


async def test_of_two_who_share_at_once_there_is_one(kept: Kept) -> None:
    ids = await kept.say(ADA, "one")
    done = await asyncio.gather(*(kept.shared.put(ADA, "c1", ids) for _ in range(5)))
    assert len({one.share_id for one in done if one}) == 1
    assert await kept.counted() == (1, 1)


async def test_it_opens_nothing_else_and_stands_nowhere_in_the_open(kept: Kept) -> None:
    share_id = await kept.share(ADA, "Ada earns 7")
    assert await kept.shared.read("other", share_id) is None
    assert await kept.shared.find(BOB, "c1") is None
    await kept.shared.end(BOB, "c1")
    await kept.shared.end_of("other", share_id)
    assert texts(await kept.read(share_id)) == ["Ada earns 7"]
    async with kept.database.reading() as connection:
        rows = (await connection.execute(sa.select(shared_conversations))).all()
    assert "earns" not in repr(rows)
    assert "Plans" not in repr(rows)


async def test_another_row_does_not_open_and_neither_does_another_name(kept: Kept) -> None:
    mine = await kept.share(ADA, "mine")
    await kept.share(BOB, "bob's")
    others = sa.select(shared_conversations.c.content).where(
        shared_conversations.c.user_id == "bob"
    )
    async with kept.database.writing() as connection:
        content = await connection.scalar(others)
        moved = sa.update(shared_conversations).values(content=content)
        await connection.execute(moved.where(shared_conversations.c.share_id == mine))
    with pytest.raises(SecretUnreadable):
        await kept.shared.read("team", mine)


@pytest.mark.parametrize("way", ["ended", "by an owner", "deleted", "all deleted", "left"])
async def test_it_ends_with_its_key_and_nothing_of_others(kept: Kept, way: str) -> None:
    share_id, others = await kept.share(ADA, "one"), await kept.share(BOB, "two")
    match way:
        case "ended":
            await kept.shared.end(ADA, "c1")
        case "by an owner":
            await kept.shared.end_of("team", share_id)
        case "deleted":
            await kept.own.delete(ADA, "c1")
        case "all deleted":
            await kept.own.delete_all(ADA)
        case _:
            now = kept.clock.now()
            removed = SpaceMemberRemoved(at=now, user_id="ada", removed_by="bob")
            async with kept.database.writing() as connection:
                await follow_members(connection, "team", 1, [removed])
    assert await kept.shared.read("team", share_id) is None
    assert await kept.shared.find(ADA, "c1") is None
    assert await kept.counted() == (1, 1)
    assert texts(await kept.read(others)) == ["two"]
    if way in ("ended", "by an owner"):
        assert await kept.share(ADA, "three") != share_id


async def test_with_a_space_that_is_deleted_nothing_of_it_opens(kept: Kept) -> None:
    """Its rows are left to maintenance."""
    share_id = await kept.share(ADA, "one")
    now = kept.clock.now()
    deleted = SpaceDeleted(at=now, name="Team", deleted_by="bob", keeps_audit=False)
    async with kept.database.writing() as connection:
        await follow_members(connection, "team", 1, [deleted])
    with pytest.raises(SecretUnreadable):
        await kept.shared.read("team", share_id)
    assert await kept.counted() == (1, 0)


async def test_it_ends_with_a_conversation_that_has_had_its_time(kept: Kept) -> None:
    old = await kept.share(ADA, "old", name="old")
    kept.clock.skip(timedelta(days=31).total_seconds())
    new = await kept.share(ADA, "new", name="new")
    await kept.maintain()
    assert await kept.shared.read("team", old) is None
    assert texts(await kept.read(new)) == ["new"]
    assert await kept.counted() == (1, 1)


async def test_one_that_a_gateway_of_before_has_deleted_does_not_open(kept: Kept) -> None:
    """It knows of no shares, and leaves their rows to maintenance."""
    share_id = await kept.share(ADA, "one")
    async with kept.database.writing() as connection:
        for table in ("conversation_messages", "conversations"):
            await connection.execute(sa.text(f"DELETE FROM {table}"))  # noqa: S608 - our tables
    assert await kept.shared.read("team", share_id) is None
    assert await kept.shared.find(ADA, "c1") is None
    await kept.maintain()
    assert await kept.counted() == (0, 0)


async def test_other_keys_of_the_vault_open_it_once_they_have_sealed_its_key(kept: Kept) -> None:
    share_id = await kept.share(ADA, "one")
    newer = EncryptionKey("k2", b"2" * 32)
    both = Vault(FixedKeyring([newer, EncryptionKey("k1", b"1" * 32)]))
    table = SecretsTable(kept.database)
    await RotateKeys(table, both, ProofKey(kept.database, both), settle_seconds=0).run()
    alone = SharedConversations(kept.database, Vault(FixedKeyring([newer])), table, kept.clock)
    found = await alone.read("team", share_id)
    assert found is not None
    assert texts(found) == ["one"]


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("MAX_SHARED_MESSAGES", "too long"),
        ("MAX_SHARE_BYTES", "too long"),
        ("MAX_SHARED_BYTES", "MB"),
    ],
)
async def test_where_there_is_no_room_nothing_has_changed(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, limit: str, words: str
) -> None:
    share_id = await kept.share(ADA, "one")
    ids = await kept.say(ADA, "two", "three")
    monkeypatch.setattr(f"notion_gateway.conversations.rules.{limit}", 1)
    with pytest.raises(InvalidRequest, match=words):
        await kept.shared.put(ADA, "c1", ids)
    with pytest.raises(InvalidRequest, match="m-nine is not kept here"):
        await kept.shared.put(ADA, "c1", ["m-nine"])
    assert texts(await kept.read(share_id)) == ["one"]
