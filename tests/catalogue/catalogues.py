"""What tests ask the gateway about a space's tools."""

from typing import Any

from tests.support.gateway import Answer
from tests.support.rig import Rig
from tests.support.waiting import PATIENCE_SECONDS, until

SPACE = "team"
PATH = f"/spaces/{SPACE}/catalogue"
DAY = 24 * 3600.0


async def catalogue(rig: Rig) -> dict[str, Any]:
    answer = await rig.caller.get(PATH)
    assert answer.status == 200, answer.body
    return answer.json


async def changes(rig: Rig, **query: str) -> list[dict[str, Any]]:
    answer = await rig.caller.get(f"{PATH}/changes", params=query)
    found: list[dict[str, Any]] = answer.json["changes"]
    return found


async def see(rig: Rig, version: int) -> Answer:
    return await rig.caller.send("PUT", f"{PATH}/seen", json={"version": version})


def version(rig: Rig) -> int:
    return max((row[0] for row in rig.sql("SELECT version FROM catalogues")), default=0)


async def reaches(rig: Rig, wanted: int) -> dict[str, Any]:
    """Waits for that version of the catalogue."""
    await until(lambda: version(rig) >= wanted, PATIENCE_SECONDS)
    return await catalogue(rig)


async def fails(rig: Rig, reason: str) -> dict[str, Any]:
    """Waits for a look that fails so."""
    wanted = f"SELECT 1 FROM catalogues WHERE failure = '{reason}'"  # noqa: S608 - a test's own
    await until(lambda: bool(rig.sql(wanted)), PATIENCE_SECONDS)
    return await catalogue(rig)


async def look_soon(rig: Rig) -> None:
    """A person asks for a look, after the pause that follows each."""
    rig.clock.skip(120)
    assert (await rig.caller.send("POST", f"{PATH}/look")).status == 202
