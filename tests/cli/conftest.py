"""One gateway and one simulated Notion for all of these tests; each test has its own space.

Another simulated Notion, without a gateway, is for doctor to look at.
"""

from collections.abc import Generator, Iterator
from pathlib import Path

import httpx2
import pytest

from notion_gateway.settings import Settings
from notion_simulator import SimulatorSettings, serving
from tests.cli.processes import Cli, Pair, connect, gateway, simulator
from tests.cli.stored import settings_in
from tests.support.ports import free_port

LOOPBACK_WEBHOOKS = {"GATEWAY_WEBHOOK_ALLOW_PRIVATE_ADDRESSES": "1"}


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("pair")
    with (
        simulator(folder, free_port()) as notion,
        gateway(
            folder,
            free_port(),
            NOTION_MCP_URL=f"{notion}/mcp",
            GATEWAY_AUDIT="1",
            **LOOPBACK_WEBHOOKS,
        ) as url,
    ):
        yield Pair(url, notion, folder / "data")


@pytest.fixture
def cli(pair: Pair, tmp_path: Path, request: pytest.FixtureRequest) -> Cli:
    """``notion-gateway`` for a space that nobody has connected yet."""
    return pair.cli(tmp_path, request.node.name[:150].replace("[", "-").replace("]", ""))


@pytest.fixture
def connected(cli: Cli) -> Cli:
    """The same after a consent."""
    connect(cli)
    return cli


@pytest.fixture(scope="session")
def tools(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """``notion-gateway`` for one connected space, for tests that leave its connection alone."""
    shared = pair.cli(tmp_path_factory.mktemp("tools"), "tools")
    connect(shared)
    return shared


@pytest.fixture(scope="session")
def simulated() -> Generator[str]:
    with serving(SimulatorSettings(client_id_metadata_documents=True)) as running:
        yield running.url


@pytest.fixture
def notion(simulated: str) -> Generator[str]:
    """The simulated Notion without an earlier test's faults."""
    yield simulated
    httpx2.delete(f"{simulated}/_simulator/faults", trust_env=False).raise_for_status()


@pytest.fixture
def settings(tmp_path: Path, notion: str) -> Settings:
    return settings_in(tmp_path / "data", notion_mcp_url=f"{notion}/mcp")


@pytest.fixture
def space_of_mona(cli: Cli, pair: Pair) -> Cli:
    """The same for a space that Mona has made."""
    space = cli.variables["NOTION_GATEWAY_SPACE"]
    made = cli(
        *("spaces", "create", "Birch", "--id", space, "--user", "mona"),
        GATEWAY_DATA_DIR=str(pair.data),
    )
    assert made.code == 0, made.err
    return cli
