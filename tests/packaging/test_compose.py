"""``deploy/compose.yaml`` and its nginx.conf, as real processes on one machine."""

import asyncio
import signal
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from notion_gateway.cli.output import Exit
from notion_gateway.settings import Settings
from tests.cli.processes import Cli, Ran, eventually
from tests.packaging.compose import (
    DEPLOY,
    ByHand,
    VariableMissing,
    by_hand,
    read_compose,
    read_variables,
)
from tests.support.browser import forms_of
from tests.support.databases import PostgresServer, RedisServer

pytestmark = pytest.mark.thorough

GATEWAYS = ("gateway-1", "gateway-2", "gateway-3")
INTERVAL_MILLISECONDS = 3000
SOON_SECONDS = 20.0
WITHHELD_SECONDS = 6.0
"""Within which nothing comes through an nginx that compresses: it waits for more to compress."""


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What docs/deployment.md has a person write into .env, with simulator.env beside it, and what
    goes from there into a file.
    """
    cli = Cli(tmp_path_factory.mktemp("operator"), {})
    written = read_variables(cli("keys", "application").out)
    return written | read_variables((DEPLOY / "simulator.env").read_text())


@pytest.fixture(scope="module")
def secrets(
    variables: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """What is in the files of ``deploy/secrets``."""
    cli = Cli(tmp_path_factory.mktemp("secrets"), {})
    return {
        "postgres_password": "ab12\n",
        "database_url": "postgresql+asyncpg://gateway:ab12@postgres:5432/gateway\n",
        "token_encryption_keys": cli("keys", "generate").out,
        "application_key": f"{variables['GATEWAY_APPLICATION_KEY']}\n",
    }


@pytest.fixture(scope="module")
def unstarted(
    variables: Mapping[str, str],
    secrets: Mapping[str, str],
    postgres: PostgresServer,
    redis: RedisServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Generator[ByHand]:
    """With the database and its user, as the image of PostgreSQL makes them."""
    asyncio.run(_make_database(postgres))
    folder = tmp_path_factory.mktemp("by_hand")
    ports = {"postgres": postgres.port, "redis": redis.port}
    with by_hand(folder, variables, secrets, **ports) as found:
        yield found


async def _make_database(server: PostgresServer) -> None:
    engine = create_async_engine(server.url(), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(sa.text("CREATE ROLE gateway LOGIN"))
        await connection.execute(sa.text("CREATE DATABASE gateway OWNER gateway"))
    await engine.dispose()


@pytest.fixture(scope="module")
def stack(unstarted: ByHand, front_end: Path) -> ByHand:
    """All of it, in the order that ``depends_on`` asks for."""
    unstarted.start_simulator(NOTION_SIMULATOR_AUTO_CONSENT="1", NOTION_SIMULATOR_TEST_TOOLS="1")
    unstarted.start_front_end(front_end)
    migrated = run(unstarted, "migrate")
    assert migrated.code == Exit.DONE, migrated.err
    for one in GATEWAYS:
        unstarted.start_gateway(one)
    unstarted.await_ready("simulator", *GATEWAYS, "ui")
    to_simulator = unstarted.nginx_configuration("nginx-to-simulator.conf")
    unstarted.start_nginx(to_simulator, "to-simulator-1")
    unstarted.start_nginx(unstarted.nginx_configuration())
    return unstarted


def run(stack: ByHand, service: str, **more: str) -> Ran:
    """To its end. ``more`` are variables that compose.yaml does not give it."""
    program, *arguments = stack.command(service)
    return Cli(stack.folder, stack.environment(service), (program,))(*arguments, **more)


@pytest.fixture(scope="module")
def mona(stack: ByHand) -> Generator[httpx2.Client]:
    """A browser in which she has signed in at the front end, by nginx."""
    with httpx2.Client(base_url=stack.site, trust_env=False, headers={"Origin": stack.site}) as one:
        (form,) = forms_of(one.get("/sign-in").text)
        typed = form.fields | {"name": "Mona"}
        parts = {name: (None, value) for name, value in typed.items()}
        signed_in = one.post("/sign-in", files=parts)
        assert signed_in.status_code == 303, signed_in.text
        yield one


@pytest.fixture(scope="module")
def space(mona: httpx2.Client, stack: ByHand) -> str:
    """Hers, connected to the simulated Notion by a click."""
    made = mona.post("/api/spaces", json={"name": "Roadmap"})
    assert made.status_code == 201, made.text
    space_id: str = made.json()["space_id"]
    begun = mona.post(f"/api/spaces/{space_id}/notion/consent", json={})
    assert begun.status_code == 200, begun.text
    ended = mona.get(begun.json()["authorizeUrl"], follow_redirects=True)
    landing = f"{stack.site}/integrations/notion/callback"
    assert str(ended.url) == landing
    # Where the gateway has sent the browser, before the site took the query out of the address.
    sent = next(one.url for one in ended.history if str(one.url).startswith(landing))
    state = sent.params.get("state")
    if state is not None:
        mona.post("/api/notion/oauth/finish", json={"state": state}).raise_for_status()
    return space_id


@pytest.fixture(scope="module")
def token(mona: httpx2.Client, space: str) -> str:
    """Made in the front end, for a script."""
    made = mona.post(f"/api/spaces/{space}/tokens", json={"name": "script"})
    assert made.status_code == 201, made.text
    shown: str = made.json()["token"]
    return shown


def _body(method: str, **params: Any) -> dict[str, Any]:
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
        **params.pop("_meta", {}),
    }
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"_meta": meta, **params}}


def _headers(token: str, method: str, name: str | None = None) -> dict[str, str]:
    named = {} if name is None else {"Mcp-Name": name}
    return {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": method,
        **named,
    }


def _lists_tools(base: str, space: str, token: str, host: str | None = None) -> httpx2.Response:
    return httpx2.post(
        f"{base}/mcp/notion/{space}",
        json=_body("tools/list"),
        headers=_headers(token, "tools/list") | ({} if host is None else {"Host": host}),
        trust_env=False,
    )


def _first_event(base: str, space: str, token: str, within_seconds: float) -> bytes:
    """Of a call that says something every three seconds."""
    name = "simulator-stream"
    body = _body(
        "tools/call",
        name=name,
        arguments={"events": 600, "interval_ms": INTERVAL_MILLISECONDS},
        _meta={"progressToken": "p"},
    )
    with (
        httpx2.Client(trust_env=False, timeout=within_seconds) as http,
        http.stream(
            "POST",
            f"{base}/mcp/notion/{space}",
            json=body,
            headers=_headers(token, "tools/call", name),
        ) as answer,
    ):
        assert answer.status_code == 200, answer.read()
        return next(one for one in answer.iter_bytes() if one)


def test_without_the_variables_of_env_nothing_starts(variables: Mapping[str, str]) -> None:
    name = "GATEWAY_APPLICATIONS"
    with pytest.raises(VariableMissing, match=name):
        read_compose({one: value for one, value in variables.items() if one != name})


def test_every_setting_in_the_file_is_one_that_its_program_reads(
    variables: Mapping[str, str],
) -> None:
    services = read_compose(variables)
    documented = (DEPLOY.parent / "conversational-ui" / "README.md").read_text()

    assert {
        name.removesuffix("_FILE").lower() for name in services["gateway-1"]["environment"]
    } <= set(Settings.model_fields)
    assert not [one for one in services["ui"]["environment"] if f"`{one}`" not in documented]


def test_no_program_may_write_but_where_it_must_nor_get_more_rights(
    variables: Mapping[str, str],
) -> None:
    for name, one in read_compose(variables).items():
        assert one["read_only"] is True, name
        assert one["security_opt"] == ["no-new-privileges:true"], name
        assert name == "postgres" or one["cap_drop"] == ["ALL"], name
        published = [str(port) for port in one.get("ports", [])]
        assert all(port.startswith("127.0.0.1:") for port in published), name


def test_a_gateway_does_not_start_before_the_tables_are_there(unstarted: ByHand) -> None:
    """So that it is the service migrate which makes them, and once."""
    # Its own 8000 may be taken on this machine, and it would say that before.
    port = unstarted.ports["gateway-1:8000"]
    ran = run(unstarted, "gateway-1", GATEWAY_PORT=str(port))

    assert ran.code == Exit.MISFIT
    assert "notion-gateway migrate" in ran.err


def test_a_person_signs_in_connects_and_a_script_calls_through_nginx(
    stack: ByHand, mona: httpx2.Client, space: str, token: str
) -> None:
    status = mona.get(f"/api/spaces/{space}/notion")
    answer = _lists_tools(stack.gateway, space, token)

    assert status.json()["shared"]["status"] == "connected"
    assert answer.status_code == 200, answer.text
    assert "notion-search" in answer.text


def test_a_file_goes_from_the_front_end_into_the_simulated_notion(
    mona: httpx2.Client, space: str
) -> None:
    """Larger than what nginx takes unasked: 1 MiB. The front end has to reach Notion by itself."""
    answer = mona.post(
        f"/api/spaces/{space}/files",
        files={"file": ("plan.txt", b"x" * (2 * 1024 * 1024), "text/plain")},
        data={"policy": '{"rules": {}, "readOnly": false}'},
        timeout=60,
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["id"]


def test_nginx_shares_calls_among_all_three_gateways(stack: ByHand, space: str, token: str) -> None:
    for _ in range(9):
        _lists_tools(stack.gateway, space, token).raise_for_status()

    log = (stack.log("nginx")).read_text()
    for one in GATEWAYS:
        assert f"127.0.0.1:{stack.ports[f'{one}:8000']}" in log


def test_the_front_ends_name_for_nginx_is_answered_and_another_is_not(
    stack: ByHand, space: str, token: str
) -> None:
    """The first is why GATEWAY_ALLOWED_HOSTS names it."""
    port = stack.ports["nginx:8000"]
    known, foreign = (
        _lists_tools(stack.gateway, space, token, host=f"{name}:{port}")
        for name in ("nginx", "evil.example")
    )
    assert known.status_code == 200
    assert "host_not_allowed" in foreign.text


def test_a_stream_passes_nginx_as_it_comes_and_one_that_compresses_would_hold_it_back(
    stack: ByHand, space: str, token: str
) -> None:
    event = _first_event(stack.gateway, space, token, SOON_SECONDS)
    assert b"progress" in event

    stack.stop("nginx")
    shipped = stack.nginx_configuration()
    compressing = shipped.replace(
        "proxy_buffering off;",
        "proxy_buffering on; gzip on; gzip_min_length 0; gzip_types text/event-stream;",
    )
    stack.start_nginx(compressing)
    try:
        with pytest.raises(httpx2.ReadTimeout):
            _first_event(stack.gateway, space, token, WITHHELD_SECONDS)
    finally:
        stack.stop("nginx")
        stack.start_nginx(shipped)


def test_calls_go_on_when_a_gateway_is_killed_and_come_back_to_it(
    stack: ByHand, space: str, token: str
) -> None:
    stack.stop("gateway-2", signal.SIGKILL)

    codes = {_lists_tools(stack.gateway, space, token).status_code for _ in range(9)}
    assert codes == {200}

    stack.start_gateway("gateway-2")
    stack.await_ready("gateway-2")
    back = f"127.0.0.1:{stack.ports['gateway-2:8000']}"
    log = stack.log("nginx")
    before = len(log.read_text())

    def serves_again() -> bool:
        _lists_tools(stack.gateway, space, token).raise_for_status()
        return back in log.read_text()[before:]

    eventually(serves_again, "nginx sends calls to it again", SOON_SECONDS)
