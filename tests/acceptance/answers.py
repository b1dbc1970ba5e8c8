"""What the gateway does for each answer of the token endpoint, as a table in Markdown.

    python -m tests.acceptance.answers

The real gateway before the simulated Notion, on sockets. For each answer a space is connected,
its token expires, and three calls come one after the other; then Notion is well again, and an
hour later comes one more.
"""

import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest

from notion_gateway.kernel.log import configure_logging
from notion_gateway.storage.change_feed import ChangeFeed
from tests.acceptance.token_answers import every_answer
from tests.support.clocks import SharedClock
from tests.support.gateway import Answer
from tests.support.rig import Rig, a_rig
from tests.support.upstreams import RecordingMcp

CALLS = 3
HEADINGS = ("answer of `/token`", "calls got", "`Retry-After`", "connection", "sent", "later call")


@dataclass(frozen=True, slots=True)
class Row:
    """``calls`` are the answers that callers got, once each. ``sent``: how often the refresh
    token went to Notion before it was well again. ``later``: what a call got after that.
    """

    answer: str
    calls: Sequence[str]
    retry_after: str
    status: str
    sent: int
    later: str

    def cells(self) -> Sequence[str]:
        return (
            self.answer,
            ", ".join(self.calls),
            self.retry_after,
            f"`{self.status}`",
            str(self.sent),
            self.later,
        )


@asynccontextmanager
async def quiet_rig(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Rig]:
    """On a clock that stands still, however busy the machine is, and without the change feed:
    news of the connect itself would end a back-off early.
    """

    async def silent(*_: object) -> None:
        return

    def standing(clock: SharedClock) -> float:
        return began + clock.skipped_seconds

    began = time.time()
    monkeypatch.setattr(ChangeFeed, "follow", silent)
    monkeypatch.setattr(SharedClock, "__call__", standing)
    async with a_rig(folder, monkeypatch, mcp=RecordingMcp()) as rig:
        yield rig


async def every_row(rig: Rig) -> Sequence[Row]:
    wire, rows = rig.notion.wire, list[Row]()
    for number, (name, app) in enumerate(every_answer(wire).items()):
        space = f"space-{number}"
        assert (await rig.caller.connect(space)).result["status"] == "success"
        before = len(wire.refreshes())
        wire.instead["/token"] = app
        rig.let_token_expire()
        heard = [await rig.caller.call(space) for _ in range(CALLS)]
        sent = len(wire.refreshes()) - before
        status = (await rig.caller.status(space))["status"]
        wire.instead.clear()
        rig.clock.skip(4000)
        later = told(await rig.caller.call(space))
        first = heard[0].headers.get("retry-after", "")
        calls = list(dict.fromkeys(told(one) for one in heard))
        rows.append(Row(name, calls, first, status, sent, later))
    return rows


def told(heard: Answer) -> str:
    return "200" if heard.status == 200 else f"{heard.status} `{heard.reason}`"


def as_table(rows: Sequence[Row]) -> str:
    lines = [HEADINGS, ["---"] * len(HEADINGS), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


async def work() -> str:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
        async with quiet_rig(Path(folder), monkeypatch) as rig:
            configure_logging("json", "critical")
            return as_table(await every_row(rig))


def main() -> None:
    configure_logging("json", "critical")
    print(anyio.run(work, backend_options={"use_uvloop": True}))  # noqa: T201


if __name__ == "__main__":
    main()
