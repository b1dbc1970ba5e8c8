"""A team whose calls are recorded."""

import asyncio
import json
from typing import Any

from tests.support.identity import Person, Signer
from tests.support.rig import Rig
from tests.support.strict_gateway import person
from tests.support.waiting import PATIENCE_SECONDS


def call(tool: str, **arguments: Any) -> bytes:
    parameters = {"name": tool, "arguments": arguments}
    return json.dumps(
        {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": parameters}
    ).encode()


class Team:
    """Ada owns the space, Bob is a member, Eve is neither."""

    def __init__(self, rig: Rig, signer: Signer, space: str) -> None:
        self.rig = rig
        self.ada, self.bob, self.eve = (person(rig, signer, one) for one in ("ada", "bob", "eve"))
        self.space = space

    async def call(self, who: Person, body: bytes, **headers: str) -> int:
        said = {"Content-Type": "application/json", **headers}
        answer = await who.send("POST", f"/mcp/notion/{self.space}", data=body, headers=said)
        return answer.status

    async def found(self, who: Person, **query: str) -> list[dict[str, Any]]:
        answer = await who.get(f"/spaces/{self.space}/audit", params=query)
        assert answer.status == 200, answer.body
        entries: list[dict[str, Any]] = answer.json["entries"]
        return entries

    async def kept(self, count: int) -> list[dict[str, Any]]:
        await until_kept(self, count)
        return await self.found(self.ada)


async def until_kept(team: Team, count: int) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(await team.found(team.ada)) < count:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.05)


async def a_team(rig: Rig, signer: Signer) -> Team:
    ada = person(rig, signer, "ada")
    team = Team(rig, signer, await ada.create_space())
    await ada.add(team.space, "bob")
    await ada.connect(team.space)
    return team
