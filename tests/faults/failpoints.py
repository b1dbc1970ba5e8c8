"""Places in a refresh where a process can be killed, and guards that can be switched off.

The product has no switches for this: a test's child process bends the running code instead.
"""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal, NoReturn

import httpx2

from notion_gateway.integration.access_tokens import AccessTokens
from notion_gateway.integration.errors import RefreshUnavailable
from notion_gateway.integration.leases import Leases
from notion_gateway.integration.refresh import Refresher
from notion_gateway.integration.store import IntegrationStore
from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.kernel.outbound.messages import HttpAnswer, HttpRequest
from notion_gateway.kernel.outbound.unrepeatable import UnrepeatableRequests
from notion_gateway.storage.database import Database
from tests.support.leases import LeaseUntil

Failpoint = Literal[
    "before-intent",
    "after-intent",
    "request-sent",
    "answer-read",
    "append-uncommitted",
    "append-committed",
]
FAILPOINTS: tuple[Failpoint, ...] = (
    "before-intent",
    "after-intent",
    "request-sent",
    "answer-read",
    "append-uncommitted",
    "append-committed",
)
LOSES_IN_STRICT_MODE: frozenset[Failpoint] = frozenset(
    {"request-sent", "answer-read", "append-uncommitted"}
)
"""Between Notion's rotation and our commit the new pair existed in one memory only. The one
retry with the old token saves the grant where Notion tolerates it, and nothing can elsewhere."""

PATIENCE_SECONDS = 40.0


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def arm(point: Failpoint) -> None:
    """From now on this process dies when a refresh gets there."""
    match point:
        case "before-intent":
            _die_before(Refresher, "_gather")
        case "after-intent":
            _die_before(Refresher, "_redeem")
        case "request-sent":
            _die_while_waiting()
        case "answer-read":
            _die_before(Refresher, "_keep")
        case "append-uncommitted":
            _die_before_commit()
        case "append-committed":
            _die_before(AccessTokens, "_opened")


def replace(owner: type, name: str, change: Callable[[Any], Any]) -> None:
    """Puts what ``change`` makes of a method in the method's place."""
    setattr(owner, name, change(getattr(owner, name)))


def _die_before(owner: type, method: str) -> None:
    async def dying(*_: Any, **__: Any) -> NoReturn:
        die()

    replace(owner, method, lambda _: dying)


def _die_while_waiting() -> None:
    """The request is out, and Notion has rotated; the answer never arrives: the simulator holds
    it back (``delay_after``), and tells of the rotation on another connection.
    """

    def change(send: Any) -> Any:
        async def dying(
            self: UnrepeatableRequests, request: HttpRequest, **rest: Any
        ) -> HttpAnswer:
            notion = str(httpx2.URL(request.url).copy_with(path="/_simulator"))
            async with httpx2.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as http:
                counted = (await http.get(f"{notion}/counters")).json()["token_requests"]
                before = counted.get("refresh_token", {}).get("ok", 0)
                sending = asyncio.create_task(send(self, request, **rest))
                rotated = {"path": "token_requests.refresh_token.ok", "at_least": before + 1}
                waited = await http.get(f"{notion}/wait?timeout_seconds=30", params=rotated)
            assert waited.is_success
            assert not sending.done()
            die()

        return dying

    replace(UnrepeatableRequests, "send", change)


def _die_before_commit() -> None:
    """Everything is written, nothing is committed: also what would be one statement by itself is
    in a transaction.
    """
    writing = Database.writing

    @asynccontextmanager
    async def written(self: Database) -> AsyncGenerator[Any]:
        async with writing(self) as connection:
            yield connection
            die()

    async def asked(self: Database, statement: Any, given: Any = None) -> NoReturn:
        async with written(self) as connection:
            await connection.execute(statement, given)
        raise AssertionError

    def change(keep: Any) -> Any:
        async def arming(*arguments: Any) -> Any:
            for name in ("writing", "autocommit"):
                replace(Database, name, lambda _: written)
            replace(Database, "ask", lambda _: asked)
            return await keep(*arguments)

        return arming

    replace(Refresher, "_keep", change)


def without_second_try() -> None:
    """Whoever finds that a token may have been redeemed already does not send it again, but gives
    the grant up: the negative control of kills where Notion tolerates one retry.
    """

    async def doubted(_: Refresher, redemption: Any) -> bool:
        started: str | None = redemption.state.refresh_intent
        return started is not None

    replace(Refresher, "_is_used_up", lambda _: doubted)


def without_recording_refusals() -> None:
    """What Notion has refused is to be tried again later: the negative control of what is said."""

    async def silent(*_: Any, **__: Any) -> NoReturn:
        raise RefreshUnavailable

    replace(Refresher, "_give_up", lambda _: silent)


def disarm_lease() -> None:
    """Everybody gets the lease at once: the negative control of every race."""

    @asynccontextmanager
    async def hold(_: Leases, space_id: str) -> AsyncGenerator[LeaseUntil]:
        del space_id
        yield LeaseUntil(float("inf"))

    replace(Leases, "hold", lambda _: hold)


def disarm_versions() -> None:
    """An intent is appended whatever somebody else has appended meanwhile."""

    def change(carry_out: Any) -> Any:
        async def unseen(*given: Any, seen: object = None, **named: Any) -> Any:
            del seen
            return await carry_out(*given, **named)

        return unseen

    replace(IntegrationStore, "carry_out", change)


def counting_refusals() -> list[BaseException]:
    """Fills with the transactions that the database refused from now on."""
    refused: list[BaseException] = []

    def change(writing: Any) -> Any:
        @asynccontextmanager
        async def counted(self: Database) -> AsyncGenerator[Any]:
            try:
                async with writing(self) as connection:
                    yield connection
            except StoreUnavailable as fault:
                refused.append(fault)
                raise

        return counted

    replace(Database, "writing", change)
    return refused
