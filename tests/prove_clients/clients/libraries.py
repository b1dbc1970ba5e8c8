"""Libraries: each in a program of a few lines, which calls it as its documentation does."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.prove_clients.install import python_of
from tests.prove_clients.place import Place
from tests.prove_clients.programs import by_lines
from tests.prove_clients.session import Session, WithDriver

_DRIVERS = Path(__file__).parent.parent / "drivers"


@dataclass(frozen=True, slots=True)
class Library:
    name: str
    package: str
    driver: str
    runner: tuple[str, ...]

    async def set_up(self, place: Place) -> None:
        """All that it needs stands in the program."""

    async def log_in(self, place: Place) -> None:
        """It does so when it first calls."""

    @asynccontextmanager
    async def session(self, place: Place) -> AsyncGenerator[Session]:
        driver = str(_DRIVERS / self.driver)
        async with by_lines(place, *self.runner, driver, place.address) as lines:
            yield WithDriver(lines)


def libraries() -> tuple[Library, ...]:
    node = ("node",)
    python = (str(python_of("requirements.txt")),)
    langchain = (str(python_of("requirements-langchain.txt")),)
    return (
        Library("mcp-use", "mcp-use", "mcp_use.mjs", node),
        Library("MCP Python SDK", "mcp", "python_sdk.py", python),
        Library("FastMCP", "fastmcp", "fastmcp_client.py", python),
        Library("LangChain", "langchain-mcp-adapters", "langchain_adapters.py", langchain),
        Library("Pydantic AI", "pydantic-ai-slim", "pydantic_ai_toolset.py", python),
        Library("OpenAI Agents SDK", "openai-agents", "openai_agents.py", python),
    )
