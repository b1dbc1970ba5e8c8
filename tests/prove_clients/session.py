"""What the proof asks of every client, and the ways in which clients can be asked."""

import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from tests.prove_clients.model import LIST
from tests.prove_clients.place import Place
from tests.prove_clients.programs import Lines, Unexpected


class Session(Protocol):
    """A client that runs. It is never restarted."""

    async def tools(self) -> Mapping[str, str]:
        """The descriptions of Notion's tools that it offers now, by Notion's names."""
        ...

    async def call(self, tool: str) -> str:
        """What the tool answered, errors of the tool included."""
        ...


class Client(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def package(self) -> str:
        """Whose version is shown."""
        ...

    async def set_up(self, place: Place) -> None:
        """Writes and types what its page of the documentation says."""
        ...

    async def log_in(self, place: Place) -> None:
        """Where that takes a command of its own."""
        ...

    def session(self, place: Place) -> AbstractAsyncContextManager[Session]: ...


@dataclass(frozen=True, slots=True)
class WithModel:
    """A client that is asked in words, which the scripted model understands."""

    say: Callable[[str], Awaitable[str]]
    """Returns what is said at the end of the turn."""

    async def tools(self) -> Mapping[str, str]:
        said = await self.say(LIST)
        try:
            described: dict[str, str] = json.loads(said)
        except ValueError:
            raise Unexpected(f"instead of tools: {said[:600]}") from None
        return described

    async def call(self, tool: str) -> str:
        return await self.say(f"use {tool}")


@dataclass(frozen=True, slots=True)
class WithDriver:
    """A library, in a program of ours under ``drivers/`` that does what it reads."""

    lines: Lines

    async def tools(self) -> Mapping[str, str]:
        self.lines.tell({"do": "tools"})
        described: dict[str, str] = (await self._answer())["tools"]
        return described

    async def call(self, tool: str) -> str:
        self.lines.tell({"do": "call", "tool": tool})
        text: str = (await self._answer())["text"]
        return text

    async def _answer(self) -> Mapping[str, Any]:
        answer = await self.lines.message()
        if "failed" in answer:
            raise Unexpected(answer["failed"])
        return answer
