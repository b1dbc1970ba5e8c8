"""A consent and a disconnect whose commit is not acknowledged: the database went away with it."""

from pathlib import Path
from typing import Any, Literal

import pytest

from notion_gateway.integration import recording
from notion_gateway.integration.rules.commands import Connect, Disconnect
from notion_gateway.integration.store import IntegrationStore
from notion_gateway.kernel.errors import StoreUnavailable
from tests.faults.test_database_loss import Cuttable, cuttable
from tests.support.databases import PostgresServer
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

Patch = pytest.MonkeyPatch
Moment = Literal["landed", "lost"]


def cut_with(
    monkeypatch: Patch, one: Cuttable, kind: type[Connect | Disconnect], moment: Moment
) -> None:
    """The database goes away with the next command of that kind: before it is stored, or when it
    is, and before anybody is told.
    """
    carry_out: Any = IntegrationStore.carry_out

    async def cutting(store: Any, grant_id: str, command: Any, *rest: Any, **given: Any) -> Any:
        if not isinstance(command, kind):
            return await carry_out(store, grant_id, command, *rest, **given)
        monkeypatch.setattr(IntegrationStore, "carry_out", carry_out)
        if moment == "landed":
            await carry_out(store, grant_id, command, *rest, **given)
        one.cutter.cut()
        if moment == "landed":
            raise StoreUnavailable
        return await carry_out(store, grant_id, command, *rest, **given)

    monkeypatch.setattr(IntegrationStore, "carry_out", cutting)


async def consent_that_is_cut(monkeypatch: Patch, one: Cuttable, moment: Moment) -> None:
    monkeypatch.setattr(recording, "_STORE_PATIENCE_SECONDS", 0.5)
    cut_with(monkeypatch, one, Connect, moment)
    assert (await one.rig.caller.connect("team")).result["status"] == "error"
    one.cutter.mend()


@pytest.mark.promise("threats:7")
async def test_a_consent_that_was_stored_though_nobody_said_so_is_not_revoked(
    tmp_path: Path, monkeypatch: Patch, postgres: PostgresServer
) -> None:
    async with cuttable(tmp_path, monkeypatch, postgres) as one:
        await consent_that_is_cut(monkeypatch, one, "landed")
        await until(lambda: one.rig.notion.grant_states() == ["revoked", "active"])

        assert (await one.rig.caller.call("team")).status == 200


@pytest.mark.promise("threats:7")
async def test_a_consent_that_was_not_stored_ends_at_notion_and_the_one_before_lives_on(
    tmp_path: Path, monkeypatch: Patch, postgres: PostgresServer
) -> None:
    async with cuttable(tmp_path, monkeypatch, postgres) as one:
        await consent_that_is_cut(monkeypatch, one, "lost")
        await until(lambda: one.rig.notion.grant_states() == ["active", "revoked"])

        assert (await one.rig.caller.call("team")).status == 200


@pytest.mark.parametrize(("moment", "states"), [("landed", ["revoked"]), ("lost", ["active"])])
async def test_a_disconnect_is_told_to_notion_where_it_was_stored_though_nobody_said_so(
    tmp_path: Path,
    monkeypatch: Patch,
    postgres: PostgresServer,
    moment: Moment,
    states: list[str],
) -> None:
    async with cuttable(tmp_path, monkeypatch, postgres) as one:
        cut_with(monkeypatch, one, Disconnect, moment)
        assert (await one.rig.caller.disconnect("team")).status == 503
        one.cutter.mend()
        await until(lambda: one.rig.notion.grant_states() == states)

        called = (await one.rig.caller.call("team")).status
        assert called == (200 if moment == "lost" else 401)
