"""Who may have webhooks, and what becomes of addresses that nothing should be sent to."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.kernel.outbound.session import http_session
from notion_gateway.kernel.secret import Secret
from notion_gateway.notices import sender
from notion_gateway.notices.rules.addresses import unsuitable
from notion_gateway.notices.rules.retries import Failure, next_attempt_at, pause_seconds
from notion_gateway.notices.sender import WebhookSender
from tests.contracts.conftest import FrozenClock
from tests.notices.receiver import Receiver, told_by
from tests.support.identity import Person, Signer
from tests.support.rig import Rig
from tests.support.samples import NOW
from tests.support.strict_gateway import person, strict_rig

pytestmark = pytest.mark.anyio

SIGNED_WITH = "whsec_" + "QUJD" * 8


@pytest.fixture(params=[False, True], ids=["public only", "private too"])
async def rig(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[tuple[Rig, Person, str]]:
    signer, private = Signer(), {"gateway_webhook_allow_private_addresses": request.param}
    async with strict_rig(tmp_path, monkeypatch, signer, **private) as rig:
        ada = person(rig, signer, "ada")
        space = await ada.create_space()
        await ada.add(space, "bob")
        yield rig, ada, space


def only(private: bool) -> Any:
    name = "private too" if private else "public only"
    return pytest.mark.parametrize("rig", [private], indirect=True, ids=[name])


@only(False)
@pytest.mark.parametrize(
    "url",
    [
        "http://public.example/hook",
        "https://127.0.0.1/hook",
        "https://localhost/hook",
        "https://10.0.0.1/hook",
        "https://0x7f000001/",
        "https://[::1]/",
        "https://169.254.169.254/latest",
        "https://user@public.example/",
        "ftp://public.example/",
        "javascript:alert(1)",
        "https:///",
    ],
)
async def test_an_address_that_is_not_public_is_refused(
    rig: tuple[Rig, Person, str], url: str
) -> None:
    _, ada, space = rig
    refused = await ada.post(f"/spaces/{space}/webhooks", {"url": url})
    assert (refused.status, refused.reason) == (422, "address_not_allowed")
    assert (await ada.get(f"/spaces/{space}/webhooks")).json == {"webhooks": []}


@only(True)
async def test_the_secret_is_shown_once_and_only_owners_see_webhooks(
    rig: tuple[Rig, Person, str], receiver: Receiver
) -> None:
    one, ada, space = rig
    path = f"/spaces/{space}/webhooks"
    made = await ada.post(path, {"url": receiver.url, "events": ["grant.expiring"]})
    secret = made.json["secret"]
    assert made.status == 201
    assert secret.startswith("whsec_")
    assert made.headers["cache-control"] == "no-store"
    unknown = await ada.post(path, {"url": receiver.url, "events": ["grant.expired"]})
    assert (unknown.status, unknown.reason) == (422, "invalid_request")
    assert unknown.json["detail"].startswith("events.0: Input should be 'grant.expiring', ")
    listed = await ada.get(path)
    assert listed.json["webhooks"][0] == {k: v for k, v in made.json.items() if k != "secret"}
    assert secret.encode() not in (one.data_dir / "gateway.sqlite3").read_bytes()

    bob = person(one, ada.signer, "bob")
    theirs = f"{path}/{made.json['webhook_id']}"
    for method, where in (
        ("GET", path),
        ("POST", path),
        ("DELETE", theirs),
        ("POST", f"{theirs}/test"),
        ("GET", f"{theirs}/deliveries"),
        ("POST", f"{theirs}/deliveries/d/resend"),
    ):
        body = {"url": receiver.url} if where == path and method == "POST" else None
        refused = await bob.send(method, where, json=body)
        assert (refused.status, refused.reason) == (403, "owner_required"), where
    assert not receiver.asked

    other = await ada.create_space("Other")
    for end in ("test", "deliveries/d/resend"):
        answer = await ada.send("POST", f"/spaces/{other}/webhooks/{made.json['webhook_id']}/{end}")
        assert answer.reason == "webhook_unknown"
    assert (await ada.send("DELETE", theirs)).status == 204
    assert (await ada.get(path)).json == {"webhooks": []}


@only(True)
async def test_a_test_says_at_once_what_became_of_it(
    rig: tuple[Rig, Person, str], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, ada, space = rig
    monkeypatch.setattr("standardwebhooks.webhooks.datetime", told_by(one.clock.now))
    monkeypatch.setattr(sender, "TIMEOUT_SECONDS", 0.3)
    made = await ada.post(f"/spaces/{space}/webhooks", {"url": receiver.url})
    receiver.secrets.append(made.json["secret"])
    path = f"/spaces/{space}/webhooks/{made.json['webhook_id']}/test"

    receiver.answers[:] = [204, 307, 500]
    found = [(await ada.send("POST", path)).json for _ in range(3)]
    receiver.silent = asyncio.Event()
    found.append((await ada.send("POST", path)).json)
    receiver.silent.set()

    assert [(one["delivered"], one["status"], one["reason"]) for one in found] == [
        (True, 204, None),
        (False, 307, "redirected"),
        (False, 500, "refused"),
        (False, None, "timed_out"),
    ]
    assert receiver.types() == ["webhook.test"]
    assert len(receiver.asked) == 4, "the redirect was followed, or something sent again"


async def test_a_name_that_leads_to_a_private_address_is_not_asked(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Judged after it is resolved, so that a name which changes its answer gains nothing."""
    port = int(receiver.url.split(":")[2].split("/")[0])

    async def leads_here(*_: object, **__: object) -> list[dict[str, Any]]:
        return [
            {
                "hostname": "a.example",
                "host": "127.0.0.1",
                "port": port,
                "family": 2,
                "proto": 6,
                "flags": 0,
            }
        ]

    monkeypatch.setattr("aiohttp.ThreadedResolver.resolve", leads_here)
    async with http_session(allow_private=False) as session:
        one = WebhookSender(session, FrozenClock())
        address = f"https://a.example:{port}/hook"
        attempt = await one.send(address, Secret(SIGNED_WITH), "msg_1", {})
        assert attempt.failure is Failure.ADDRESS_NOT_ALLOWED
        attempt = await one.send(receiver.url, Secret(SIGNED_WITH), "msg_1", {})
        assert attempt.failure is Failure.ADDRESS_NOT_ALLOWED, "the settings may have changed"
    assert not receiver.asked


async def test_where_nobody_listens_is_unreachable() -> None:
    async with http_session(allow_private=True) as session:
        one = WebhookSender(session, FrozenClock(), allow_private=True)
        attempt = await one.send("http://127.0.0.1:1/", Secret(SIGNED_WITH), "msg_1", {})
    assert attempt.failure is Failure.UNREACHABLE


def test_pauses_grow_and_end_after_three_days() -> None:
    pauses = [pause_seconds(number, 0.5) for number in range(1, 12)]
    assert pauses[:4] == [5, 15, 45, 135]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 6 * 3600
    assert pause_seconds(1, 0) < pause_seconds(1, 1) < pause_seconds(2, 0)
    until = NOW.timestamp() + 3 * 24 * 3600
    assert next_attempt_at(until - 1, 9, until, 0.5) == until, "the last attempt is at the end"
    assert next_attempt_at(until, 10, until, 0.5) is None


def test_with_private_addresses_allowed_some_are_still_nobodys() -> None:
    assert unsuitable("http://10.0.0.1/", allow_private=True) is None
    assert unsuitable("http://169.254.169.254/", allow_private=True) is not None
