"""Programs of other people's making, run with Node from this folder."""

import asyncio
import json
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import node

HERE = Path(__file__).parent
_PATIENCE_SECONDS = 60.0
_LINE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Program:
    process: Process

    async def line(self) -> str:
        """The next line it says. Raises AssertionError with its complaint where it ends."""
        assert self.process.stdout is not None
        async with asyncio.timeout(_PATIENCE_SECONDS):
            said = await self.process.stdout.readline()
        if not said:
            assert self.process.stderr is not None
            raise AssertionError((await self.process.stderr.read()).decode()[-3000:])
        return said.decode().rstrip("\n")

    async def message(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(await self.line())
        return document

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())


@asynccontextmanager
async def running(script: str, *arguments: str) -> AsyncGenerator[Program]:
    """Installs what it needs, once for each lock file; ends it with the block."""
    await asyncio.to_thread(node.install, HERE)
    process = await asyncio.create_subprocess_exec(
        str(node.NODE),
        script,
        *arguments,
        cwd=HERE,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=_LINE_BYTES,
    )
    try:
        yield Program(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
