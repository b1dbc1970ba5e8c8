"""Invitations by e-mail, by a real mail server: whoever gets the mail joins by its link."""

import re
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, cast

import pytest
import structlog

from notion_gateway.kernel.errors import GatewayError, Reason
from notion_gateway.notices import invitation_mails
from notion_gateway.notices.invitation_mails import InvitationMails
from notion_gateway.notices.rules.addresses import Allowed
from notion_gateway.storage.used_once import UsedOnce
from tests.contracts.conftest import FrozenClock
from tests.notices.mail_server import MailServer, a_mail_server
from tests.notices.test_mail import text_of, trust
from tests.support.gateway import RETURN_BASE, Answer
from tests.support.identity import Person, Signer
from tests.support.rig import Rig
from tests.support.strict_gateway import person, strict_rig

pytestmark = pytest.mark.anyio

BOB = "bob@example.com"
DAY_SECONDS = 24 * 3600


@pytest.fixture
async def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[MailServer]:
    async with a_mail_server(tmp_path) as server:
        trust(server, monkeypatch)
        yield server


@pytest.fixture
def signer() -> Signer:
    return Signer()


@pytest.fixture
async def rig(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer, server: MailServer
) -> AsyncGenerator[Rig]:
    async with strict_rig(tmp_path, monkeypatch, signer, **server.settings()) as rig:
        yield rig


async def invite(who: Person, space: str, address: str = BOB) -> Answer:
    return await who.post(f"/spaces/{space}/invitation-mails", {"address": address})


async def links(who: Person, space: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await who.get(f"/spaces/{space}/members")).json["links"]
    return found


async def test_whoever_gets_the_mail_joins_and_a_mail_that_is_not_taken_leaves_no_link(
    rig: Rig, signer: Signer, server: MailServer
) -> None:
    ada, bob = person(rig, signer, "ada"), person(rig, signer, "bob")
    space = await ada.create_space("Ada's team")
    path = f"/spaces/{space}/invitation-mails"
    assert (await ada.get(path)).json == {"domains": ["example.com"]}

    with structlog.testing.capture_logs() as lines:
        sent = await invite(ada, space)
    assert (sent.status, sent.json["delivered"]) == (200, True)
    assert [sent.json["link"]] == await links(ada, space)
    assert server.recipients == [BOB]
    (message,) = server.heard
    text = text_of(message)
    assert text.startswith("ada invites you to the space “Ada's team”.")
    (secret,) = re.findall(rf"{RETURN_BASE}/join/{space}#(\S+)", text)
    assert any(one["event"] == "invitation_mailed" for one in lines)
    for hidden in (secret, BOB):
        assert hidden not in f"{lines}{sent.body!r}"

    joined = await bob.post("/invitation-links/accept", {"space_id": space, "secret": secret})
    assert (joined.status, joined.json["role"]) == (200, "member")
    assert await links(ada, space) == []
    for refused in (await invite(bob, space), await bob.get(path)):
        assert refused.reason == "owner_required"

    server.recipient_answers.append("550 no such mailbox")
    assert (await invite(ada, space)).json == {
        "delivered": False,
        "status": 550,
        "reason": "refused",
        "link": None,
    }
    assert await links(ada, space) == []
    for address in ("eve@elsewhere.example", "bob", "bob@example.com\r\nBcc: eve@example.com"):
        refused = await invite(ada, space, address)
        assert (refused.status, refused.reason) == (422, "address_not_allowed")
    assert len(server.tried) == 1


async def test_a_space_sends_so_many_in_a_day_and_each_space_its_own(
    rig: Rig, signer: Signer, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitation_mails, "MOST_A_DAY", 2)
    ada = person(rig, signer, "ada")
    space, other = await ada.create_space(), await ada.create_space("Other")
    server.recipient_answers.append("550 no such mailbox")
    assert [(await invite(ada, space)).status for _ in range(3)] == [200, 200, 429]
    assert (await invite(ada, other)).json["delivered"]
    assert len(await links(ada, space)) == 1, "what is refused makes no link"
    rig.clock.skip(DAY_SECONDS)
    assert (await invite(ada, space)).json["delivered"]

    async def always(*_: object) -> bool:
        return True

    monkeypatch.setattr(UsedOnce, "use", always)  # the control: nothing is counted
    assert [(await invite(ada, space)).status for _ in range(3)] == [200, 200, 200]


@pytest.mark.parametrize(
    ("domains", "named"),
    [(frozenset[str](), "GATEWAY_SMTP_HOST"), ({"example.com"}, "NOTION_MCP_RETURN_BASE_URL")],
    ids=["no mail server", "no front end"],
)
async def test_where_none_is_sent_it_says_what_would_have_to_be_set(
    domains: frozenset[str], named: str
) -> None:
    sender, nothing = cast("Any", object() if domains else None), cast("Any", None)
    allowed = Allowed(mail_domains=frozenset(domains))
    mails = InvitationMails(nothing, sender, None, allowed, nothing, FrozenClock())
    assert mails.domains == frozenset()
    with pytest.raises(GatewayError, match=named) as refused:
        await mails.send(nothing, "s-1", nothing, BOB)
    assert refused.value.reason is Reason.ADDRESS_NOT_ALLOWED
