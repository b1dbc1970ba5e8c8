"""Gateways in forked processes, each bent as a test needs it; the simulator stays in the parent.

A child says what it has reached through a pipe, so that nobody has to wait for a time to pass.
"""

import asyncio
import os
import select
import signal
import ssl
from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn, final

import httpx2

from notion_gateway.access.rules.principal import Means, Principal
from notion_gateway.integration.leases import Leases
from notion_gateway.kernel.clock import SystemClock
from notion_gateway.kernel.errors import GatewayError
from notion_gateway.kernel.secret import Secret
from notion_gateway.settings import CALLBACK_PATH, GivenSettings, Settings
from notion_gateway.storage.database_clock import DatabaseClock
from notion_gateway.wiring import Features, open_gateway

LIFETIME_SECONDS = 3600
UNUSED_TLS = ssl.create_default_context()
"""What is called here speaks plain HTTP; a context for each client takes 20 ms."""
_PATIENCE_SECONDS = 180.0

Work = Callable[[], Coroutine[Any, Any, str]]
Bend = Callable[[], None]


@final
class Child:
    """A forked process that runs ``bend`` and then ``work``, whose answer ``result`` returns."""

    def __init__(self, work: Work, *bends: Bend) -> None:
        self._reading, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _run(writing, work, bends)
        os.close(writing)

    def result(self) -> str:
        """What ``work`` returned, the fault that ended it, or ``killed``."""
        said = bytearray()
        while chunk := self._read():
            said += chunk
        os.close(self._reading)
        _, status = os.waitpid(self.pid, 0)
        return "killed" if os.WIFSIGNALED(status) else said.decode()

    def await_stop(self) -> None:
        """Returns once it has stopped itself with SIGSTOP."""
        _, status = os.waitpid(self.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), self.result()

    def stop(self) -> None:
        """Stops it wherever it is."""
        os.kill(self.pid, signal.SIGSTOP)
        self.await_stop()

    def wake(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def _read(self) -> bytes:
        ready, _, _ = select.select([self._reading], [], [], _PATIENCE_SECONDS)
        if not ready:
            os.kill(self.pid, signal.SIGKILL)
            raise TimeoutError("a child neither answered nor ended")
        return os.read(self._reading, 4096)


def _run(writing: int, work: Work, bends: tuple[Bend, ...]) -> NoReturn:
    try:
        for bend in bends:
            bend()
        os.write(writing, asyncio.run(work()).encode())
    except BaseException as fault:  # noqa: BLE001 - the parent reports it
        os.write(writing, repr(fault).encode())
    finally:
        os._exit(0)


def stop_here() -> None:
    """Stops this process until somebody wakes it."""
    os.kill(os.getpid(), signal.SIGSTOP)


# --- what children do ---------------------------------------------------------------------


def settings_for(notion: str, folder: Path, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "notion_mcp_url": f"{notion}/mcp",
        "notion_mcp_oauth_redirect_uri": f"http://localhost:8000{CALLBACK_PATH}",
        "gateway_data_dir": folder,
        **changes,
    }
    return GivenSettings(**values)


async def consent(gateway: Features, space_id: str, browser: httpx2.AsyncClient) -> str:
    """``connected``, or the reason why not."""
    started = await gateway.integrations.connect.start(
        space_id=space_id,
        principal=Principal("ann", Means.TRUSTED_HEADERS),
        return_path="/",
        in_browser=False,
    )
    redirect = await browser.get(started.authorize_url)
    query = dict(httpx2.URL(redirect.headers["location"]).params)
    end = await gateway.integrations.connect.finish(query, browser=None, user_id="ann")
    return "connected" if end.error is None else end.error


def connecting(settings: Settings, space_id: str) -> Work:
    async def work() -> str:
        async with (
            open_gateway(settings) as gateway,
            httpx2.AsyncClient(verify=UNUSED_TLS) as browser,
        ):
            return await consent(gateway, space_id, browser)

    return work


def lending(settings: Settings, space_id: str) -> Work:
    """``token``, ``dead token``, or the reason of an error."""

    async def work() -> str:
        async with open_gateway(settings) as gateway:
            return await lend(settings, gateway, space_id)

    return work


def calling(settings: Settings, space_id: str) -> Work:
    """As ``lending``, but a dead token is replaced, as the proxy does after a 401."""

    async def work() -> str:
        async with open_gateway(settings) as gateway:
            try:
                lent = await gateway.integrations.access_tokens.lend(space_id)
                if not await works(settings, lent.access_token):
                    lent = await gateway.integrations.access_tokens.replace(space_id, lent)
            except GatewayError as fault:
                return fault.reason
            return "token" if await works(settings, lent.access_token) else "dead token"

    return work


async def lend(settings: Settings, gateway: Features, space_id: str) -> str:
    try:
        credential = await gateway.integrations.access_tokens.lend(space_id)
    except GatewayError as fault:
        return fault.reason
    return "token" if await works(settings, credential.access_token) else "dead token"


async def works(settings: Settings, token: Secret) -> bool:
    call = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    headers = {"authorization": f"Bearer {token.reveal()}", "accept": "application/json"}
    async with httpx2.AsyncClient(verify=UNUSED_TLS) as http:
        answer = await http.post(settings.notion_mcp_url, json=call, headers=headers)
    return answer.status_code != 401


# --- how they are bent --------------------------------------------------------------------


def later(**by: float) -> Bend:
    """So much time has passed for it, as ``timedelta`` takes it."""

    def bend() -> None:
        _shift(SystemClock, timedelta(**by))
        _shift(DatabaseClock, timedelta(**by))

    return bend


def own_clock_off(**by: float) -> Bend:
    """Its machine's clock is wrong by so much, and the database's is not."""
    return lambda: _shift(SystemClock, timedelta(**by))


def _shift(clock: type[SystemClock | DatabaseClock], by: timedelta) -> None:
    unshifted: Callable[[Any], float] = clock.timestamp

    def shifted(self: Any) -> float:
        return unshifted(self) + by.total_seconds()

    setattr(clock, "timestamp", shifted)  # noqa: B010 - from outside, on purpose


def defaults_of(kind: type) -> dict[str, Any]:
    """What its instances are made with, as far as nobody says otherwise."""
    made: Any = kind.__init__
    defaults: dict[str, Any] = made.__kwdefaults__
    return defaults


SHORT_LEASE = {"lease_seconds": 2.0, "deadline_seconds": 1.2, "under_way_seconds": 2.0}


def short_lease() -> None:
    """A stopped or killed holder's lease runs out by itself, but not within a test's time."""
    defaults_of(Leases).update(SHORT_LEASE)
