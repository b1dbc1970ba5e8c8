"""E-mail about a connection, to a real mail server: encrypted, logged in, tried again or not."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.kernel.secret import Secret
from notion_gateway.notices import delivering
from notion_gateway.notices.mail_sender import Login, MailSender, mail_certificates
from notion_gateway.notices.rules.mails import Mail
from notion_gateway.notices.rules.retries import Failure
from notion_gateway.notices.sender import Attempt
from notion_gateway.settings import ConfigurationError, load_settings
from tests.contracts.conftest import FrozenClock
from tests.notices.mail_server import PASSWORD, SENDER, USER, MailServer, a_mail_server
from tests.support.ports import free_port
from tests.support.rig import Rig, a_rig
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.anyio

SPACE = "birch"
ADA = "ada@example.com"
A_MAIL = Mail("A subject", "A text.\n")


@pytest.fixture
async def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[MailServer]:
    async with a_mail_server(tmp_path) as server:
        trust(server, monkeypatch)
        yield server


def trust(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    mail_certificates.cache_clear()


@pytest.fixture
async def rig(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: MailServer
) -> AsyncGenerator[Rig]:
    monkeypatch.setattr(delivering.Delivering.__init__, "__defaults__", (0.02,))
    async with a_rig(tmp_path, monkeypatch, **server.settings()) as rig:
        yield rig


async def add(rig: Rig, url: str = f"mailto:{ADA}", *events: str) -> dict[str, Any]:
    body = {"url": url, "events": events}
    made = await rig.caller.send("POST", f"/spaces/{SPACE}/webhooks", json=body)
    assert made.status == 201, made.body
    return made.json


async def newest(rig: Rig, webhook_id: str) -> dict[str, Any]:
    answer = await rig.caller.get(f"/spaces/{SPACE}/webhooks/{webhook_id}/deliveries")
    found: dict[str, Any] = answer.json["deliveries"][0]
    return found


def has_failed(rig: Rig, attempts: int) -> bool:
    """So often, and waits for its next attempt."""
    query = f"SELECT 1 FROM webhook_deliveries WHERE attempts = {attempts} AND claim = '' AND"  # noqa: S608
    return bool(rig.sql(f"{query} progress = 'pending'"))


def has_ended(rig: Rig) -> bool:
    return not rig.sql("SELECT 1 FROM webhook_deliveries WHERE progress = 'pending'")


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


async def test_what_happens_is_told_by_e_mail_which_fails_twice_and_comes_with_one_id(
    rig: Rig, server: MailServer
) -> None:
    made = await add(rig)
    assert made["secret"] is None, "a mail is not signed"
    server.data_answers[:] = ["451 try again", "421 too busy"]

    await rig.caller.connect(SPACE)
    for attempt in (1, 2):
        await until(lambda attempt=attempt: has_failed(rig, attempt), PATIENCE_SECONDS)
        assert (await newest(rig, made["webhook_id"]))["reason"] == "refused"
        rig.clock.skip(60)
    await server.hears(1)

    (message,) = server.heard
    assert len(server.tried) == 3
    assert len(set(server.tried)) == 1, "what is tried again keeps its id"
    assert server.recipients == [ADA]
    assert server.was_encrypted == [True]
    assert message["From"] == f"Notion MCP Gateway <{SENDER}>"
    assert message["To"] == ADA
    assert message["Subject"] == f"Notion was connected: {SPACE}"
    assert message["Auto-Submitted"] == "auto-generated"
    text = text_of(message)
    assert "ada connected the space birch" in text
    assert f"/s/{SPACE}/integrations" in text, "where this space is connected"
    assert f"webhooks remove {made['webhook_id']}" in text
    await until(lambda: has_ended(rig), PATIENCE_SECONDS)
    assert (await newest(rig, made["webhook_id"]))["progress"] == "delivered"


@pytest.mark.parametrize("whose", ["recipient_answers", "data_answers"])
async def test_who_is_refused_for_good_is_given_up_at_once_and_shown_and_sent_again_if_asked(
    rig: Rig, server: MailServer, whose: str
) -> None:
    made = await add(rig)
    getattr(server, whose).append("550 no such mailbox")

    await rig.caller.connect(SPACE)
    await until(lambda: has_ended(rig), PATIENCE_SECONDS)

    found = await newest(rig, made["webhook_id"])
    assert (found["progress"], found["attempts"]) == ("given_up", 1)
    assert (found["reason"], found["status"]) == ("refused", 550)
    of_it = f"/spaces/{SPACE}/webhooks/{made['webhook_id']}/deliveries/{found['delivery_id']}"
    assert (await rig.caller.send("POST", f"{of_it}/resend")).status == 202
    await server.hears(1)


async def test_a_login_that_is_refused_is_the_operators_to_mend_and_tried_again(
    rig: Rig, server: MailServer
) -> None:
    server.password = "changed"
    made = await add(rig)
    tried = await rig.caller.send("POST", f"/spaces/{SPACE}/webhooks/{made['webhook_id']}/test")
    assert tried.json == {"delivered": False, "status": 535, "reason": "login_refused"}

    await rig.caller.connect(SPACE)
    await until(lambda: has_failed(rig, 1), PATIENCE_SECONDS)
    server.password = PASSWORD
    rig.clock.skip(60)
    await server.hears(1)


async def test_a_test_says_at_once_what_became_of_it(rig: Rig, server: MailServer) -> None:
    made = await add(rig)
    path = f"/spaces/{SPACE}/webhooks/{made['webhook_id']}/test"

    tried = await rig.caller.send("POST", path)

    assert tried.json == {"delivered": True, "status": 250, "reason": None}
    assert server.subjects() == [f"A test: {SPACE}"]


@pytest.mark.parametrize(
    "url",
    [
        "mailto:",
        "mailto:ada",
        "mailto:ada@elsewhere.example",
        "mailto:ada@example.com,eve@elsewhere.example",
        "mailto:ada@example.com?cc=eve@elsewhere.example",
        "mailto:ada@example.com%0d%0aBcc:eve@elsewhere.example",
        "mailto:ada@example.com\r\nBcc: eve@elsewhere.example",
        "mailto:Ada <ada@example.com>",
        "mailto:ada@example.com>\r\nRCPT TO:<eve@elsewhere.example",
        "mailto:ada@\N{CYRILLIC SMALL LETTER IE}xample.com",
        "mailto:" + "a" * 250 + "@example.com",
    ],
)
async def test_an_address_that_is_not_one_address_at_an_allowed_domain_is_refused(
    rig: Rig, server: MailServer, url: str
) -> None:
    refused = await rig.caller.send("POST", f"/spaces/{SPACE}/webhooks", json={"url": url})
    assert (refused.status, refused.reason) == (422, "address_not_allowed")
    assert (await rig.caller.get(f"/spaces/{SPACE}/webhooks")).json == {"webhooks": []}


async def test_once_its_domain_is_allowed_no_more_nothing_is_sent_there(
    rig: Rig, server: MailServer
) -> None:
    made = await add(rig)
    rig.sql("UPDATE webhooks SET url = 'mailto:eve@elsewhere.example'")
    tried = await rig.caller.send("POST", f"/spaces/{SPACE}/webhooks/{made['webhook_id']}/test")
    assert tried.json["reason"] == "address_not_allowed"
    assert not server.tried


async def test_the_operator_is_told_of_every_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: MailServer
) -> None:
    settings: dict[str, Any] = {**server.settings(), "gateway_smtp_to": "ops@elsewhere.example"}
    async with a_rig(tmp_path, monkeypatch, **settings) as rig:
        for space in ("birch", "maple"):
            await rig.caller.connect(space)
        await server.hears(2)
    assert set(server.recipients) == {"ops@elsewhere.example"}
    assert sorted(server.subjects()) == [
        f"Notion was connected: {one}" for one in ("birch", "maple")
    ]


async def test_where_e_mail_is_off_nobody_can_ask_for_it_and_what_was_asked_for_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: MailServer
) -> None:
    async with a_rig(tmp_path, monkeypatch, **server.settings()) as rig:
        made = await add(rig)
    async with a_rig(tmp_path, monkeypatch) as rig:
        path = f"/spaces/{SPACE}/webhooks"
        refused = await rig.caller.send("POST", path, json={"url": f"mailto:{ADA}"})
        assert refused.reason == "address_not_allowed"
        assert "GATEWAY_SMTP_HOST" in str(refused.json)
        tried = await rig.caller.send("POST", f"{path}/{made['webhook_id']}/test")
        assert tried.json["reason"] == "mail_off"
    assert not server.tried


# --- the sender alone ---------------------------------------------------------------------


def a_sender(server: MailServer, **changed: Any) -> MailSender:
    sender = MailSender(
        host="localhost",
        port=server.port,
        tls="starttls",
        login=Login(USER, Secret(PASSWORD)),
        sender=SENDER,
        here="gateway.example",
        clock=FrozenClock(),
    )
    return replace(sender, **changed)


async def sent(sender: MailSender) -> Attempt:
    return await sender.send(ADA, "msg_1", A_MAIL)


async def test_it_greets_by_the_gateways_name_and_names_each_message(server: MailServer) -> None:
    assert (await sent(a_sender(server))) == Attempt(status=250)
    assert server.names_of_greeting == ["gateway.example"]
    assert server.tried == ["<msg_1@example.com>"]


async def test_without_a_certificate_that_can_be_trusted_nothing_is_said(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    mail_certificates.cache_clear()
    assert (await sent(a_sender(server))).failure is Failure.UNREACHABLE
    assert (await sent(a_sender(server, host="127.0.0.1"))).failure is Failure.UNREACHABLE
    assert not server.tried


@pytest.mark.parametrize("tls", ["starttls", "none"], ids=["needed", "negative control"])
async def test_a_server_without_starttls_gets_neither_mail_nor_password(
    tmp_path: Path, tls: str
) -> None:
    async with a_mail_server(tmp_path, starttls=False, login=False) as server:
        attempt = await sent(a_sender(server, tls=tls, login=None))
        if tls == "starttls":
            assert attempt.failure is Failure.UNREACHABLE
            assert not server.tried
        else:
            assert attempt == Attempt(status=250)
            assert server.was_encrypted == [False]


async def test_tls_from_the_first_byte_on_works_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_mail_server(tmp_path, tls=True, login=False) as server:
        trust(server, monkeypatch)
        assert await sent(a_sender(server, tls="tls", login=None)) == Attempt(status=250)


async def test_a_server_that_falls_silent_keeps_nobody_for_longer_than_the_limit(
    server: MailServer,
) -> None:
    server.silent = asyncio.Event()
    attempt = await sent(a_sender(server, timeout_seconds=0.5))
    server.silent.set()
    assert attempt == Attempt(failure=Failure.TIMED_OUT)


async def test_where_nobody_listens_is_unreachable(server: MailServer) -> None:
    attempt = await sent(a_sender(server, port=free_port()))
    assert attempt == Attempt(failure=Failure.UNREACHABLE)


async def test_what_would_end_a_header_is_refused_even_by_the_last_hand(
    server: MailServer,
) -> None:
    sender = a_sender(server)
    with pytest.raises(ValueError, match="linefeed"):
        await sender.send(ADA, "msg_1", Mail("A subject\r\nBcc: eve@elsewhere.example", ""))
    assert not server.tried


# --- settings -----------------------------------------------------------------------------

GIVEN = {"HOST": "mail.example", "FROM": SENDER}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"FROM": ""}, ["GATEWAY_SMTP_HOST", "GATEWAY_SMTP_FROM"]),
        ({"HOST": ""}, ["GATEWAY_SMTP_HOST", "GATEWAY_SMTP_FROM"]),
        ({"USER": "ada"}, ["GATEWAY_SMTP_PASSWORD"]),
        ({"PASSWORD": "canary"}, ["GATEWAY_SMTP_USER"]),
        ({"USER": "ada", "PASSWORD": "canary", "TLS": "none"}, ["GATEWAY_SMTP_TLS"]),
        ({"HOST": "mail.example:25"}, ["GATEWAY_SMTP_HOST", "GATEWAY_SMTP_PORT"]),
        ({"FROM": "Ada <ada@example.com>"}, ["GATEWAY_SMTP_FROM"]),
        ({"DOMAINS": "https://example.com"}, ["GATEWAY_SMTP_DOMAINS"]),
    ],
)
def test_settings_that_do_not_fit_are_refused_by_their_names(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    changed: dict[str, str],
    named: Sequence[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in (GIVEN | changed).items():
        monkeypatch.setenv(f"GATEWAY_SMTP_{name}", value)
    with pytest.raises(ConfigurationError) as refused:
        load_settings()
    assert all(name in str(refused.value) for name in named)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "host", "port"),
    [
        ({}, "mail.example", 587),
        ({"TLS": "tls"}, "mail.example", 465),
        ({"TLS": "none"}, "mail.example", 25),
        ({"PORT": "2525", "HOST": "10.0.0.25"}, "10.0.0.25", 2525),
        ({"HOST": "[::1]"}, "::1", 587),
        ({"HOST": "::1", "TLS": "none", "USER": "ada", "PASSWORD": "p"}, "::1", 25),
    ],
)
def test_the_port_follows_from_the_kind_of_encryption(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: dict[str, str], host: str, port: int
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in (GIVEN | given).items():
        monkeypatch.setenv(f"GATEWAY_SMTP_{name}", value)
    settings = load_settings()
    assert (settings.gateway_smtp_host, settings.smtp_port) == (host, port)
    assert settings.mail_domains == {"example.com"}
