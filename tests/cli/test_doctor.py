"""doctor: every part broken for real, one at a time, and found."""

import asyncio
import json
import ssl
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from notion_gateway.adapters.keyring import generate_key
from notion_gateway.adapters.schema import secrets
from notion_gateway.bootstrap.examination import open_examination
from notion_gateway.config import CALLBACK_PATH, Settings
from notion_gateway.domain.commands import RefuseRefresh, StartRefresh
from notion_gateway.domain.events import Client, Grant, TokenPair
from notion_gateway.domain.integration import Integration, Status
from notion_gateway.domain.secret import Secret
from notion_gateway.usecases.diagnosis import Finding, Verdict, judge_grant
from notion_simulator import SimulatorSettings, serving
from tests.cli.processes import Cli, Pair, free_port
from tests.cli.stored import PROCESS_ID, REFRESH_TOKEN, alter, settings_in, store
from tests.support.databases import PostgresServer, RedisServer

pytestmark = pytest.mark.anyio

NOTION_CHECKS = ["dns", "tls", "discovery", "registration", "clock"]
STORED_CHECKS = ["data_folder", "key", "database", "migrations", "secrets", "grant"]


@pytest.fixture(scope="module")
def simulator() -> Generator[str]:
    with serving(SimulatorSettings(client_id_metadata_documents=True)) as running:
        yield running.url


@pytest.fixture
def notion(simulator: str) -> Generator[str]:
    """The simulated Notion without an earlier test's faults."""
    yield simulator
    httpx2.delete(f"{simulator}/_simulator/faults", trust_env=False).raise_for_status()


@pytest.fixture
def settings(tmp_path: Path, notion: str) -> Settings:
    return settings_in(tmp_path / "data", notion_mcp_url=f"{notion}/mcp")


def order(notion: str, **fault: Any) -> None:
    url = f"{notion}/_simulator/faults"
    httpx2.post(url, json={"times": None, **fault}, trust_env=False).raise_for_status()


async def findings(
    settings: Settings, *, gateway: str | None = None, register: bool = False
) -> dict[str, Finding]:
    gateway = gateway or f"http://localhost:{free_port()}"
    async with open_examination(
        settings, gateway_url=gateway, space_id="space", register=register
    ) as found:
        return {finding.check: finding async for finding in found}


async def failure(settings: Settings) -> Finding:
    """The only one there is; it comes with something to do about it."""
    found = await findings(settings)
    (failed,) = [one for one in found.values() if one.verdict is Verdict.FAILED]
    assert failed.hint
    return failed


def with_changes(settings: Settings, **changes: Any) -> Settings:
    return settings_in(
        settings.gateway_data_dir, **{"notion_mcp_url": settings.notion_mcp_url, **changes}
    )


# --- the command --------------------------------------------------------------------------


def doctor_of(pair: Pair, cli: Cli) -> Cli:
    settings = {"GATEWAY_DATA_DIR": str(pair.data), "NOTION_MCP_URL": f"{pair.simulator}/mcp"}
    return Cli(cli.folder, {**cli.variables, **settings})


def test_a_sound_installation_is_ok_in_every_part_and_exits_with_0(tools: Cli, pair: Pair) -> None:
    ran = doctor_of(pair, tools)("doctor", "--json")

    assert ran.code == 0, ran.out
    results = {one["check"]: one["result"] for one in json.loads(ran.out)}
    assert results == dict.fromkeys([*NOTION_CHECKS, *STORED_CHECKS, "gateway"], "ok")


def test_a_failed_check_exits_with_1_and_says_what_to_do(cli: Cli, pair: Pair) -> None:
    nowhere = {"NOTION_MCP_URL": f"http://localhost:{free_port()}/mcp"}

    ran = doctor_of(pair, cli)("doctor", **nowhere)

    assert ran.code == 1
    assert ["tls", "failed"] in [line.split()[:2] for line in ran.out.splitlines()]
    assert "→" in ran.out
    assert "is not connected" in ran.out


def test_settings_that_cannot_be_right_are_a_finding_too(cli: Cli) -> None:
    ran = cli("doctor", "--json", NOTION_MCP_URL="nonsense")

    assert ran.code == 1
    (finding,) = json.loads(ran.out)
    assert (finding["check"], finding["result"]) == ("settings", "failed")
    assert "NOTION_MCP_URL" in finding["detail"]


async def test_a_look_makes_nothing(settings: Settings) -> None:
    found = await findings(settings)

    assert not settings.gateway_data_dir.exists()
    doubtful = {name for name, one in found.items() if one.verdict is Verdict.WARNING}
    assert doubtful == {"data_folder", "key", "database", "gateway"}


# --- the way to Notion --------------------------------------------------------------------


async def test_a_name_that_does_not_resolve(settings: Settings) -> None:
    failed = await failure(with_changes(settings, notion_mcp_url="https://notion.invalid/mcp"))

    assert failed.check == "dns"
    assert "notion.invalid" in failed.detail


async def test_a_port_where_nothing_listens(settings: Settings) -> None:
    url = f"http://localhost:{free_port()}/mcp"

    failed = await failure(with_changes(settings, notion_mcp_url=url))

    assert failed.check == "tls"
    assert "refused" in failed.detail


@contextmanager
def certificate(folder: Path, *, days: int) -> Generator[ssl.SSLContext]:
    """A server's context; its certificate for localhost, its own authority, stands in
    ``folder``.
    """
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    yield context


@pytest.mark.parametrize("trusted", [False, True])
async def test_a_certificate_that_is_not_trusted_and_one_that_ends_soon(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, trusted: bool
) -> None:
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    with certificate(tmp_path, days=3) as context:

        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        server = await asyncio.start_server(answer, "localhost", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        async with server:
            url = f"https://localhost:{port}/mcp"
            found = await findings(with_changes(settings, notion_mcp_url=url))

    assert found["tls"].verdict is (Verdict.WARNING if trusted else Verdict.FAILED)
    assert ("good until" if trusted else "not accepted") in found["tls"].detail


@pytest.mark.parametrize(
    ("minutes", "verdict"), [(0, Verdict.OK), (-2, Verdict.WARNING), (60, Verdict.FAILED)]
)
async def test_a_clock_that_is_wrong(
    settings: Settings, notion: str, minutes: int, verdict: Verdict
) -> None:
    theirs = datetime.now(UTC) + timedelta(minutes=minutes)
    date = {"date": theirs.strftime("%a, %d %b %Y %H:%M:%S GMT")}
    order(notion, target="mcp", kind="status", status=401, headers=date)

    found = await findings(settings)

    assert found["clock"].verdict is verdict
    assert ("behind" in found["clock"].detail) is (minutes > 0)


@pytest.mark.parametrize(
    ("patch", "check", "said"),
    [
        ({"code_challenge_methods_supported": ["plain"]}, "discovery", "S256"),
        ({"issuer": "https://other.example"}, "discovery", "issuer"),
        ({"registration_endpoint": None}, "registration", "no client is configured"),
    ],
)
async def test_metadata_that_cannot_be_used(
    settings: Settings, notion: str, patch: dict[str, object], check: str, said: str
) -> None:
    order(notion, target="metadata", kind="patch_body", body=json.dumps(patch))

    failed = await failure(settings)

    assert failed.check == check
    assert said in failed.detail


async def test_a_client_is_registered_only_when_asked_for(settings: Settings, notion: str) -> None:
    def registrations() -> int:
        counters = httpx2.get(f"{notion}/_simulator/counters", trust_env=False).json()
        return int(counters["requests"].get("POST /register", 0))

    before = registrations()
    assert "registers a client" in (await findings(settings))["registration"].detail
    assert registrations() == before
    assert "Registered" in (await findings(settings, register=True))["registration"].detail
    assert registrations() == before + 1


async def test_the_ways_of_being_a_client(settings: Settings) -> None:
    public = f"https://gateway.invalid{CALLBACK_PATH}"
    configured = {"notion_mcp_client_id": "c"}

    document = await findings(with_changes(settings, notion_mcp_oauth_redirect_uri=public))
    client = await findings(with_changes(settings, **configured))

    assert document["registration"].verdict is Verdict.WARNING
    assert "gateway.invalid" in document["registration"].detail
    assert client["registration"].verdict is Verdict.OK
    assert "NOTION_MCP_CLIENT_ID" in client["registration"].detail


# --- what is stored -----------------------------------------------------------------------


async def test_a_key_file_that_others_can_read(settings: Settings, notion: str) -> None:
    await store(settings, issuer=notion)
    settings.key_file.chmod(0o644)

    failed = await failure(settings)

    assert failed.check == "data_folder"
    assert str(settings.key_file) in (failed.hint or "")


async def test_a_key_that_is_missing(settings: Settings) -> None:
    await store(settings)
    settings.key_file.unlink()

    failed = await failure(settings)

    assert failed.check == "key"
    assert not settings.key_file.exists()


async def test_another_key_than_the_one_that_sealed(settings: Settings) -> None:
    await store(settings)

    failed = await failure(with_changes(settings, token_encryption_keys=generate_key()))

    assert failed.check == "secrets"
    assert "2 under" in failed.detail


async def test_a_refresh_token_that_was_altered(settings: Settings) -> None:
    await store(settings)
    refresh = secrets.c.field == "refresh_token"
    await alter(settings, sa.update(secrets).where(refresh).values(ciphertext=b"x" * 40))

    assert (await failure(settings)).check == "grant"


async def test_a_database_that_is_stopped(settings: Settings) -> None:
    url = f"postgresql+asyncpg://u:canary@127.0.0.1:{free_port()}/x"
    stopped = with_changes(settings, database_url=url, token_encryption_keys=generate_key())

    failed = await failure(stopped)

    assert failed.check == "database"
    assert "canary" not in failed.detail


async def test_a_database_whose_address_is_wrong(settings: Settings) -> None:
    keys = generate_key()
    wrong = with_changes(settings, database_url="mysql://x/y", token_encryption_keys=keys)

    assert (await failure(wrong)).check == "database"


@pytest.mark.parametrize("query", ["sslmode=require", "nonsense=1"])
async def test_options_that_the_driver_does_not_know(
    settings: Settings, postgres: PostgresServer, query: str
) -> None:
    url = f"{postgres.url()}?{query}"
    failed = await failure(
        with_changes(settings, database_url=url, token_encryption_keys=generate_key())
    )

    assert failed.check == "database"
    assert "after the ?" in failed.detail


async def test_tables_of_another_version(settings: Settings) -> None:
    await store(settings)
    await alter(settings, sa.text("UPDATE alembic_version SET version_num = '9999'"))

    assert (await failure(settings)).check == "migrations"


async def test_a_redis_that_runs_one_that_does_not_and_one_that_is_none(
    settings: Settings, redis: RedisServer
) -> None:
    found = await findings(with_changes(settings, redis_url=redis.url))
    assert found["redis"].verdict is Verdict.OK

    for url in (f"redis://:canary@127.0.0.1:{free_port()}/0", "canary:6379"):
        failed = await failure(with_changes(settings, redis_url=url))
        assert failed.check == "redis"
        assert "canary" not in failed.detail


# --- a grant ------------------------------------------------------------------------------


async def test_a_connection_that_notion_ended(settings: Settings, notion: str) -> None:
    sha256 = Secret(REFRESH_TOKEN).fingerprint()
    await store(settings, RefuseRefresh(PROCESS_ID, sha256, "invalid_grant"), issuer=notion)

    failed = await failure(settings)

    assert failed.check == "grant"
    assert "invalid_grant" in failed.detail
    assert "notion-gateway connect" in (failed.hint or "")


async def test_a_grant_of_another_notion_than_the_configured_one(settings: Settings) -> None:
    await store(settings, issuer=f"https://{uuid.uuid4().hex}.example")

    failed = await failure(settings)

    assert failed.check == "grant"
    assert "never sent there" in failed.detail


async def test_a_refresh_whose_end_is_not_known(settings: Settings, notion: str) -> None:
    sha256 = Secret(REFRESH_TOKEN).fingerprint()
    await store(settings, StartRefresh(PROCESS_ID, sha256), issuer=notion)

    assert (await findings(settings))["grant"].verdict is Verdict.WARNING


async def test_something_else_where_the_gateway_should_be(settings: Settings, notion: str) -> None:
    found = await findings(settings, gateway=notion)

    assert found["gateway"].verdict is Verdict.FAILED
    assert "no Notion MCP Gateway" in found["gateway"].detail


@pytest.mark.parametrize(("days", "verdict"), [(21, Verdict.OK), (23, Verdict.WARNING)])
async def test_a_grant_that_nobody_has_kept_alive(days: int, verdict: Verdict) -> None:
    issued_at = datetime.now(UTC)
    pair = TokenPair(
        access_token_id="a",
        refresh_token_id="r",
        refresh_token_sha256="s",
        issued_at=issued_at,
        expires_at=issued_at + timedelta(hours=1),
    )
    grant = Grant(
        process_id="p", issuer="i", resource="r", client=Client(client_id="c"), authorized_by="u"
    )
    state = Integration("space", 1, Status.CONNECTED, grant, pair)

    assert judge_grant(state, issued_at + timedelta(days=days), None).verdict is verdict
