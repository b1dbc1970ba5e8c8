"""What is to be told, on each database: written with what happened, once, and taken by one."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from notion_gateway.access.rules.space_events import SpaceMemberRemoved
from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.integration.rules.events import Authorized
from notion_gateway.kernel.errors import InvalidRequest, SecretUnreadable, VersionConflict
from notion_gateway.notices.deliveries import (
    MAILS_AT_ONCE,
    TOLD_FOR,
    Deliveries,
    Delivery,
    told_before,
)
from notion_gateway.notices.outbox import OPERATORS, Outbox
from notion_gateway.notices.rules.messages import Kind, Message
from notion_gateway.notices.rules.retries import Failure, Progress
from notion_gateway.notices.store import MAX_OF_SPACE, WebhookStore
from notion_gateway.storage.database import Database
from notion_gateway.storage.old_rows import Counted, RowsPast
from notion_gateway.storage.schema import metadata
from notion_gateway.storage.schema.notices import webhook_deliveries
from notion_gateway.vault.secrets_table import SecretsTable
from notion_gateway.vault.vault import Vault
from tests.contracts.conftest import FrozenClock
from tests.support.samples import NOW, grant, pair

pytestmark = pytest.mark.anyio

CLOCK = FrozenClock()
AT = CLOCK.timestamp()
CONNECTED = Authorized(at=NOW, grant=grant(), tokens=pair())


@pytest.fixture
def store(database: Database, vault: Vault) -> WebhookStore:
    return WebhookStore(database, vault, SecretsTable(database), CLOCK)


async def put(store: WebhookStore, outbox: Outbox, space_id: str, key: str = "k") -> int:
    message = Message(Kind.GRANT_CONNECTED, key, NOW, {"process_id": "p1"})
    async with store.database.writing() as connection:
        return await outbox.put(connection, space_id, [message])


async def rows(database: Database) -> Sequence[str]:
    query = sa.select(webhook_deliveries.c.delivery_id)
    async with database.reading() as connection:
        return (await connection.scalars(query)).all()


async def test_a_webhook_is_stored_with_its_secret_sealed_and_goes_with_all_that_is_its(
    store: WebhookStore,
) -> None:
    webhook, secret = await store.add("birch", "https://a.example/hook", [Kind.MEMBER_REMOVED], "a")
    assert (
        await store.of_space("birch")
        == [webhook]
        == [await store.find("birch", webhook.webhook_id)]
    )
    assert await store.secret(webhook) == secret
    assert await store.spaces() == ["birch"]
    assert await SecretsTable(store.database).grants() == [], "no grant lives there"
    assert await store.find("maple", webhook.webhook_id) is None
    assert not await store.remove("maple", webhook.webhook_id)

    every, _ = await store.add("birch", "https://b.example/hook", [], "a")
    assert await put(store, Outbox(CLOCK), "birch") == 1, "the first does not want it"
    assert await store.remove("birch", webhook.webhook_id)
    assert await store.remove("birch", every.webhook_id)

    for table in ("webhooks", "webhook_deliveries", "secrets"):
        async with store.database.reading() as connection:
            assert not (await connection.execute(sa.select(metadata.tables[table]))).all()
    with pytest.raises(SecretUnreadable):
        await store.secret(webhook)


async def test_a_space_has_ten_webhooks_at_most(store: WebhookStore) -> None:
    for _ in range(MAX_OF_SPACE):
        await store.add("birch", "https://a.example/hook", [], "a")
    with pytest.raises(InvalidRequest):
        await store.add("birch", "https://a.example/hook", [], "a")
    await store.add("maple", "https://a.example/hook", [], "a")


async def test_each_webhook_that_wants_it_is_told_once(store: WebhookStore) -> None:
    for url, kinds in (("one", []), ("two", [Kind.GRANT_CONNECTED]), ("no", [Kind.MEMBER_REMOVED])):
        await store.add("birch", f"https://{url}.example", kinds, "a")
    await store.add("maple", "https://other.example", [], "a")

    assert await put(store, Outbox(CLOCK), "birch") == 2
    assert await put(store, Outbox(CLOCK), "birch") == 0, "the same thing again"
    assert await put(store, Outbox(CLOCK), "birch", "another") == 2
    assert await put(store, Outbox(CLOCK), "oak") == 0


async def test_the_operator_is_told_of_every_space_and_once_of_each_thing(
    store: WebhookStore,
) -> None:
    outbox = Outbox(CLOCK, [OPERATORS])
    assert [await put(store, outbox, one) for one in ("birch", "maple", "birch")] == [1, 1, 0]
    (taken,) = await Deliveries(store.database).take(AT, 1)
    assert taken.webhook_id == OPERATORS


async def test_it_is_written_with_the_event_or_not_at_all(store: WebhookStore) -> None:
    await store.add("birch", "https://a.example", [], "a")
    events = IntegrationEvents(store.database, Outbox(CLOCK).of_grant)
    with pytest.raises(VersionConflict):
        await events.append("birch", 7, [CONNECTED])
    assert not await rows(store.database)

    async def fails(*_: object) -> None:
        await Outbox(CLOCK).of_grant(*_)  # pyright: ignore[reportArgumentType]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await IntegrationEvents(store.database, fails).append("birch", 0, [CONNECTED])
    assert not await rows(store.database)
    assert (await events.state("birch")).version == 0

    await events.append("birch", 0, [CONNECTED])
    assert len(await rows(store.database)) == 1


async def test_of_many_who_look_at_once_one_gets_each_message(store: WebhookStore) -> None:
    for number in range(7):
        await store.add("birch", f"https://{number}.example", [], "a")
    for key in ("first", "second"):
        await put(store, Outbox(CLOCK), "birch", key)
    deliveries = Deliveries(store.database)

    taken = await asyncio.gather(*(deliveries.take(AT, 2) for _ in range(8)))

    ids = [one.delivery_id for lot in taken for one in lot]
    assert len(ids) == len(set(ids)), "one message, two gateways"
    assert all(len({one.webhook_id for one in lot}) == len(lot) <= 2 for lot in taken)
    while lot := await deliveries.take(AT, 2):
        ids += [one.delivery_id for one in lot]
    assert sorted(ids) == sorted(await rows(store.database))


async def test_an_address_gets_one_at_a_time_and_e_mail_leaves_room_for_others(
    store: WebhookStore,
) -> None:
    """Also where webhooks of several spaces have one address."""
    mails = [f"mailto:{number}@example.com" for number in range(MAILS_AT_ONCE + 2)]
    for url in ("https://a.example", "https://b.example", *mails):
        await store.add("birch", url, [], "a")
    await store.add("maple", "https://a.example", [], "a")
    for space in ("birch", "maple"):
        await put(store, Outbox(CLOCK), space)
    urls = {
        one.webhook_id: one.url
        for space in ("birch", "maple")
        for one in await store.of_space(space)
    }
    deliveries = Deliveries(store.database)

    taken = [one.webhook_id for one in await deliveries.take(AT, 100)]
    first = [urls[one] for one in taken]
    assert sorted(set(first)) == sorted(first)
    assert {"https://a.example", "https://b.example"} < {*first}
    assert len(set(mails).intersection(first)) == MAILS_AT_ONCE

    assert not await deliveries.take(AT, 100, taken)
    ended = next(one for one in taken if urls[one] == "https://a.example")
    mail = next(one for one in taken if urls[one] in mails)
    busy = [one for one in taken if one not in {ended, mail}]
    then = [urls[one.webhook_id] for one in await deliveries.take(AT, 100, busy)]
    assert ("https://a.example" in then, len(then)) == (True, 2), "and one mail"


async def test_what_a_killed_gateway_had_taken_is_taken_again_and_its_late_word_counts_no_more(
    store: WebhookStore,
) -> None:
    webhook, _ = await store.add("birch", "https://a.example", [], "a")
    await put(store, Outbox(CLOCK), "birch")
    deliveries = Deliveries(store.database)

    async def now() -> Delivery:
        (found,) = await deliveries.of_webhook("birch", webhook.webhook_id, 10)
        return found

    (first,) = await deliveries.take(AT, 20)
    assert not await deliveries.take(AT + 59, 20)
    (second,) = await deliveries.take(AT + 61, 20)
    assert (first.attempts, second.attempts) == (1, 2)
    await deliveries.delivered(first, AT + 62, 200)
    assert (await now()).progress is Progress.PENDING

    await deliveries.failed(second, AT + 62, Failure.REFUSED, 500, AT + 70)
    assert ((await now()).reason, (await now()).http_status) == (Failure.REFUSED, 500)
    assert not await deliveries.is_any_due(AT + 69)
    assert await deliveries.is_any_due(AT + 70)
    (third,) = await deliveries.take(AT + 70, 20)
    await deliveries.give_back(third, AT + 71)
    assert ((await now()).attempts, (await now()).next_at) == (2, AT + 71)
    (fourth,) = await deliveries.take(AT + 71, 20)
    await deliveries.failed(fourth, AT + 72, Failure.TIMED_OUT, None, None)
    assert (await now()).progress is Progress.GIVEN_UP
    assert not await deliveries.take(AT + 10**6, 20)

    assert await deliveries.resend("maple", webhook.webhook_id, first.delivery_id, AT) is None
    assert await deliveries.resend("birch", webhook.webhook_id, first.delivery_id, AT) is not None
    (fifth,) = await deliveries.take(AT, 20)
    await deliveries.delivered(fifth, AT, 204)
    assert ((await now()).progress, (await now()).reason) == (Progress.DELIVERED, None)


async def test_the_operator_sees_what_was_given_up_and_sends_it_again(store: WebhookStore) -> None:
    deliveries = Deliveries(store.database)
    for space in ("birch", "maple"):
        await store.add(space, f"https://{space}.example", [], "a")
        await put(store, Outbox(CLOCK), space)
    for one in await deliveries.take(AT, 20):
        await deliveries.failed(one, AT + 1, Failure.REFUSED, 410, None)

    async def given_up(space: str | None = None) -> list[str]:
        found = await deliveries.newest(20, space_id=space, progress=Progress.GIVEN_UP)
        return sorted(one.space_id for one in found)

    assert (await given_up(), await given_up("maple")) == (["birch", "maple"], ["maple"])
    assert len(await deliveries.newest(1)) == 1
    (again,) = await deliveries.resend_given_up(AT + 2, "maple")
    assert (again.space_id, again.progress, again.attempts) == ("maple", Progress.PENDING, 0)
    assert await given_up() == ["birch"]
    (taken,) = await deliveries.take(AT + 2, 20)
    await deliveries.delivered(taken, AT + 3, 204)
    (named,) = await deliveries.resend_named([taken.delivery_id, "msg_none"], AT + 4)
    assert named.delivery_id == taken.delivery_id
    assert [one.space_id for one in await deliveries.resend_given_up(AT + 4)] == ["birch"]


async def test_what_was_told_is_deleted_after_its_time_and_what_is_pending_never(
    store: WebhookStore,
) -> None:
    await store.add("birch", "https://a.example", [], "a")
    deliveries, database = Deliveries(store.database), store.database
    for key in ("told", "pending"):
        await put(store, Outbox(CLOCK), "birch", key)
    (one,) = await deliveries.take(AT, 20)
    await deliveries.delivered(one, AT, 200)
    old = RowsPast(database, webhook_deliveries, "", told_before)

    assert await old.count(NOW + TOLD_FOR) == Counted(0, 2)
    later = NOW + TOLD_FOR + timedelta(seconds=1)
    assert await old.count(later) == Counted(1, 1)
    assert [count async for count in old.delete(later)] == [1]


async def test_members_are_told_of_alike(store: WebhookStore) -> None:
    await store.add("birch", "https://a.example", [], "a")
    removed = SpaceMemberRemoved(at=NOW, user_id="bob", removed_by="ada")
    async with store.database.writing() as connection:
        await Outbox(CLOCK).of_members(connection, "birch", 3, [removed])
    (told,) = await Deliveries(store.database).take(AT, 20)
    assert told.payload == {
        "type": "member.removed",
        "timestamp": NOW.isoformat(),
        "data": {"space_id": "birch", "user_id": "bob", "removed_by": "ada"},
    }
