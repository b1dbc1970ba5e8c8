"""A space in which some members have a Notion of their own."""

import json
from dataclasses import dataclass
from typing import Any

from tests.support.gateway import Answer
from tests.support.identity import Person
from tests.support.rig import Rig


@dataclass(frozen=True, slots=True)
class Team:
    """Olga owns the space and gave it its shared grant; Ada and Bob are to have their own, Cleo
    has none. Each consents to another workspace at Notion, where another person writes.
    """

    rig: Rig
    olga: Person
    ada: Person
    bob: Person
    cleo: Person
    space: str

    async def choose(self, mode: str, **more: Any) -> None:
        body = {"mode": mode, **more}
        path = f"/spaces/{self.space}/grants"
        chosen = await self.olga.send("PUT", path, json=body)
        assert chosen.status == 200, chosen.body

    async def connect(self, who: Person, *, mine: bool = True) -> None:
        workspaces = self.rig.notion.simulator.workspaces
        place = {"olga": 0, "ada": 1, "bob": 2}[who.user]
        workspace = list(workspaces.values())[place]
        self.rig.notion.change(auto_consent_workspace=workspace.id)
        await who.connect(self.space, mine=mine)

    def name_of(self, user: str) -> str:
        """In whose workspace, which is in whose name, somebody who consented writes."""
        place = {"olga": 0, "ada": 1, "bob": 2}[user]
        return list(self.rig.notion.simulator.workspaces.values())[place].name

    async def writes(self, who: Person) -> str:
        """In which workspace a page appears, by whom the simulator says it was made; or why not."""
        before = self.pages()
        answer = await page_by(who, self.space)
        new = self.pages() - before
        if not new:
            return reason_of(answer)
        ((workspace_id, page_id),) = new
        workspace = self.rig.notion.simulator.workspaces[workspace_id]
        assert workspace.pages[page_id].created_by == workspace.person_id
        return workspace.name

    def pages(self) -> set[tuple[str, str]]:
        """Those of all workspaces, as (workspace's id, page's id)."""
        return {
            (workspace.id, page)
            for workspace in self.rig.notion.simulator.workspaces.values()
            for page in workspace.pages
        }

    def bearer(self, who: Person, bearer: str) -> Person:
        return Person(who.caller, who.user, who.signer, who.now, bearer)


async def page_by(who: Person, space: str, title: str = "Whose is it?") -> Answer:
    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {
            "name": "notion-create-pages",
            "arguments": {"pages": [{"properties": {"title": title}}]},
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    }
    headers = {"Mcp-Method": "tools/call", "Mcp-Name": "notion-create-pages"}
    return await who.call(space, json.dumps(body), headers=headers)


def reason_of(answer: Answer) -> str:
    """Of an MCP client's answer too, which is an ordinary one whose text says what to do."""
    document = answer.json
    if "error" in document:
        return document["error"]["data"]["reason"]
    return document["result"]["content"][0]["text"]
