"""Programs of other people's making: run to their end, in a terminal, or talked to by lines."""

import asyncio
import contextlib
import json
import os
import pty
import re
import signal
import termios
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from tests.prove_clients.place import Place

PATIENCE_SECONDS = 90.0
_LINE_BYTES = 16 * 1024 * 1024
_ERASE_LINE = b"\x15"
_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b[=>78]|\r")


class Unexpected(Exception):
    """A program did something else than it should."""


async def run(place: Place, *command: str, **variables: str) -> str:
    """What it prints. Raises Unexpected where it fails or goes on for too long."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=place.project,
        env={**place.environment, **variables},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            said, _ = await process.communicate()
    except TimeoutError:
        raise Unexpected(f"{' '.join(command[:3])} did not end") from None
    finally:
        await _end(process)
    text = readable(said)
    if process.returncode != 0:
        raise Unexpected(f"{' '.join(command[:3])} failed: {text[-600:]}")
    return text


class Terminal:
    """What a person sees and types where a program asks for a terminal."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._seen = bytearray()
        self._changed = asyncio.Event()
        os.set_blocking(descriptor, False)
        asyncio.get_running_loop().add_reader(descriptor, self._read)

    async def see(self, text: str) -> None:
        """Waits until it was shown, and forgets what came before."""
        if not await self._shows(text, PATIENCE_SECONDS):
            shown = " ".join(readable(self._seen).split())[-600:]
            raise Unexpected(f"“{text}” was never shown, but: {shown}")
        self._seen.clear()

    async def type(self, text: str) -> None:
        """Until it is shown: a program that is still at its beginning loses what is typed."""
        for _ in range(5):
            os.write(self._descriptor, text.encode())
            if await self._shows(text, 5):
                break
            os.write(self._descriptor, _ERASE_LINE)

    async def press_return(self, until: str) -> None:
        """Again where it does not lead on: the first may only take over a suggestion."""
        for _ in range(4):
            await asyncio.sleep(1)  # a key that comes at once counts as pasted text
            self._seen.clear()
            os.write(self._descriptor, b"\r")
            if await self._shows(until, 15):
                return
        await self.see(until)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)

    async def _shows(self, text: str, within_seconds: float) -> bool:
        try:
            async with asyncio.timeout(within_seconds):
                while text not in readable(self._seen):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    def _read(self) -> None:
        try:
            self._seen += os.read(self._descriptor, 65536)
        except OSError:  # the program has ended
            asyncio.get_running_loop().remove_reader(self._descriptor)
        self._changed.set()


@asynccontextmanager
async def in_a_terminal(place: Place, *command: str, **variables: str) -> AsyncGenerator[Terminal]:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (50, 160))
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=place.project,
        env={**place.environment, **variables},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    terminal = Terminal(ours)
    try:
        yield terminal
    finally:
        await _end(process)
        terminal.close()


class Lines:
    """A program that takes and gives JSON, a document a line."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._asked = 0

    def tell(self, document: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(document).encode() + b"\n")

    async def message(self) -> dict[str, Any]:
        """The next; what is no JSON is passed over. Raises Unexpected where none comes."""
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while line := await self._process.stdout.readline():
                    with contextlib.suppress(ValueError):
                        document: dict[str, Any] = json.loads(line)
                        return document
        except TimeoutError:
            raise Unexpected("no answer came") from None
        raise Unexpected("the program ended")

    async def ask(
        self, method: str, params: Mapping[str, Any], heard: list[dict[str, Any]] | None = None
    ) -> dict[str, Any]:
        """A JSON-RPC request's result. ``heard`` gets the notifications that come before it."""
        self._asked += 1
        self.tell({"jsonrpc": "2.0", "id": self._asked, "method": method, "params": params})
        while True:
            message = await self.message()
            if "method" in message:
                if "id" in message:
                    error = {"code": -32601, "message": "not here"}
                    self.tell({"jsonrpc": "2.0", "id": message["id"], "error": error})
                elif heard is not None:
                    heard.append(message)
            elif message.get("id") == self._asked:
                if "error" in message:
                    raise Unexpected(f"{method}: {json.dumps(message['error'])[:600]}")
                result: dict[str, Any] = message["result"]
                return result


@asynccontextmanager
async def by_lines(place: Place, *command: str, **variables: str) -> AsyncGenerator[Lines]:
    """Its complaints go to ``complaints.log`` in the client's home."""
    with (place.home / "complaints.log").open("ab") as complaints:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=place.project,
            env={**place.environment, **variables},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=complaints,
            limit=_LINE_BYTES,
            start_new_session=True,
        )
    try:
        yield Lines(process)
    finally:
        await _end(process)


@asynccontextmanager
async def in_the_background(place: Place, ready: str, *command: str) -> AsyncGenerator[None]:
    """A server: begins once it has said that it is ready."""
    async with in_a_terminal(place, *command) as terminal:
        await terminal.see(ready)
        yield


def readable(said: bytes | bytearray) -> str:
    """Without what moves a cursor or colours."""
    return _CONTROLS.sub("", said.decode(errors="replace"))


async def _end(process: Process) -> None:
    """With whatever it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
