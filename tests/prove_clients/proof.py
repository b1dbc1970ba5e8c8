"""What every client has to do, and what it was seen to do."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass

from tests.prove_clients.model import SEARCH
from tests.prove_clients.session import Client, Session
from tests.prove_clients.stage import Stage

CONNECT = "notion-connect"
_A_PAGE = "Planning, 7 September"
_LINK = "/connect/"
_TRIES = 5
_PATIENCE_SECONDS = 240.0


@dataclass(frozen=True, slots=True)
class Seen:
    text: str
    is_right: bool


@dataclass(frozen=True, slots=True)
class Row:
    token: Seen
    login: Seen
    waiting: Seen
    connected: Seen

    @property
    def is_right(self) -> bool:
        cells = (self.token, self.login, self.waiting, self.connected)
        return all(one.is_right for one in cells)


async def prove(stage: Stage, client: Client, slug: str) -> Row:
    token = await _seen(lambda: _with_token(stage, client, slug))
    login = await _seen(lambda: _with_login(stage, client, slug))
    waiting, connected = await _without_a_connection(stage, client, slug)
    return Row(token, login, waiting, connected)


async def _with_token(stage: Stage, client: Client, slug: str) -> str:
    place = await stage.place(f"{slug}-token", stage.connected, with_token=True)
    await client.set_up(place)
    async with client.session(place) as session:
        return await _lists_and_calls(session)


async def _with_login(stage: Stage, client: Client, slug: str) -> str:
    place = await stage.place(f"{slug}-login", stage.connected, with_token=False)
    await client.set_up(place)
    await client.log_in(place)
    async with client.session(place) as session:
        return await _lists_and_calls(session)


async def _without_a_connection(stage: Stage, client: Client, slug: str) -> tuple[Seen, Seen]:
    never = Seen("not reached", is_right=False)
    waiting, connected = never, never
    team = await stage.empty(f"empty-{slug}")
    place = await stage.place(f"{slug}-empty", team, with_token=True)

    async def start() -> str:
        await client.set_up(place)
        async with client.session(place) as session:
            nonlocal waiting, connected
            waiting = await _seen(lambda: _shows_the_link(session))
            await team.connect()
            connected = await _seen(lambda: _goes_on(session))
        return ""

    started = await _seen(start)
    return (waiting, connected) if started.is_right else (started, never)


async def _lists_and_calls(session: Session) -> str:
    tools = await session.tools()
    assert SEARCH in tools, f"{SEARCH} is not among {sorted(tools)}"
    await _finds_a_page(session)
    return f"{len(tools)} tools; {SEARCH} finds a page"


async def _shows_the_link(session: Session) -> str:
    tools = await session.tools()
    assert set(tools) == {CONNECT}, f"not the one tool: {sorted(tools)}"
    assert _LINK in tools[CONNECT], f"no link in its description: {tools[CONNECT]}"
    said = await session.call(CONNECT)
    assert _LINK in said, f"no link in: {said}"
    return f"{CONNECT}, with the link in its description and in its answer"


async def _goes_on(session: Session) -> str:
    """First left to itself, then told to ask for the tools again, as its model would be."""
    how = "by itself"
    tools = await _awaited(session)
    if SEARCH not in tools:
        how = f"after {CONNECT}"
        said = await session.call(CONNECT)
        assert "is connected" in said, said
        tools = await _awaited(session)
    assert SEARCH in tools, f"still only {sorted(tools)}"
    await _finds_a_page(session)
    return f"{len(tools)} tools {how}; {SEARCH} finds a page"


async def _awaited(session: Session) -> Mapping[str, str]:
    """Its tools, once Notion's are among them or some time has passed."""
    tools = await session.tools()
    for _ in range(_TRIES):
        if SEARCH in tools:
            break
        await asyncio.sleep(1)
        tools = await session.tools()
    return tools


async def _finds_a_page(session: Session) -> None:
    said = await session.call(SEARCH)
    assert _A_PAGE in said, f"{SEARCH} said: {said}"


async def _seen(attempt: Callable[[], Coroutine[None, None, str]]) -> Seen:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return Seen(await attempt(), is_right=True)
    except Exception as error:  # noqa: BLE001 - whatever went wrong belongs into the table
        text = str(error) or type(error).__name__
        return Seen(text[:300], is_right=False)
