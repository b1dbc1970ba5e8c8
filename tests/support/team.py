"""A gateway where people sign in by name, with one space of Ada's."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from notion_gateway.operations.operator import Operator, open_operator
from notion_gateway.settings import Settings
from tests.support.browser import browsing


@dataclass(frozen=True, slots=True)
class Team:
    url: str
    data_dir: Path
    space: str = "birch"

    @property
    def address(self) -> str:
        return f"{self.url}/mcp/notion/{self.space}"

    def operator(self) -> AbstractAsyncContextManager[Operator]:
        """Beside the running gateway, as the command line does it."""
        return open_operator(Settings(gateway_data_dir=self.data_dir))

    async def connect(self) -> None:
        """As Ada does it: with the link, in her browser."""
        path = f"/connect/{self.space}"
        async with browsing(self.url) as browser:
            page = await browser.sign_in("ada", self.url + path)
            leaving = await browser.submit(page, path)
            assert leaving.location is not None, leaving.html
            async with browser.http.get(leaving.location, allow_redirects=False) as notion:
                back = notion.headers["location"]
            assert "MCP connected" in (await browser.open(back)).html

    async def let_in(self, url: str, name: str = "ada") -> str:
        """A person's part of a login; where their browser ends."""
        async with browsing(self.url) as browser:
            return await browser.sign_in_and_allow(url, name)


async def founded(url: str, data_dir: Path, space: str = "birch") -> Team:
    team = Team(url, data_dir, space)
    async with team.operator() as operator:
        await operator.spaces.create(space.capitalize(), "ada", space)
    return team
