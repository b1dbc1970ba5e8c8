"""The link that a space without a connection answers with."""

from pathlib import Path
from typing import Any

import pytest

from notion_gateway.access.rules.sign_in import connect_path
from tests.support.browser import Browser, Page, browsing
from tests.support.mcp_login import Logins, logging_in
from tests.support.privacy import require_private

pytestmark = pytest.mark.anyio


async def test_the_link_to_connect_has_a_code_in_place_of_the_spaces_id(logins: Logins) -> None:
    link = connect_path(logins.space)
    assert logins.space not in link
    assert len(link) <= len("/connect/") + 12
    async with browsing(logins.origin) as browser:
        page = await browser.sign_in("ada", f"{logins.origin}{link}")
        assert page.url == f"{logins.origin}{link}"  # what an owner sends on has it too
        leaving = await browser.submit(page, link)
        back = await logins.rig.caller.get(leaving.location or "", user=None)
        assert "MCP connected" in (await browser.open(back.location)).html
    assert (await logins.rig.caller.status(logins.space))["connected_by"] == "ada"


@pytest.mark.promise("threats:61")
async def test_a_code_tells_a_stranger_nothing(logins: Logins) -> None:
    async with browsing(logins.origin) as browser:
        closed = await browser.sign_in("eve", f"{logins.origin}{connect_path(logins.space)}")
        absent = await browser.open(f"{logins.origin}{connect_path('nobodys')}")

    assert closed.status == absent.status == 403
    assert "Birch Studio" not in closed.html
    assert closed.html.partition("<form")[0] == absent.html.partition("<form")[0]


@pytest.mark.promise("threats:58")
async def test_an_owner_connects_the_space_from_the_link(logins: Logins) -> None:
    link = f"{logins.origin}/connect/{logins.space}"
    async with browsing(logins.origin) as browser:
        page = await browser.sign_in("ada", link)
        assert "Birch Studio" in page.html
        leaving = await browser.submit(page, f"/connect/{logins.space}")
        assert leaving.status == 303
        require_private(leaving.headers)
        assert leaving.location is not None
        assert leaving.location.startswith(logins.rig.notion.url)
        # The simulated Notion consents at once and sends the browser back.
        back = await logins.rig.caller.get(leaving.location, user=None)
        stranger = await logins.rig.caller.get(back.location, user=None)
        assert stranger.result["error"] == "state_invalid"

        page = await browser.open(link)
        leaving = await browser.submit(page, f"/connect/{logins.space}")
        back = await logins.rig.caller.get(leaving.location or "", user=None)
        ended = await browser.open(back.location)

    assert ended.url.startswith(f"{logins.origin}/connected?")
    assert "MCP connected" in ended.html
    state = await logins.rig.caller.status(logins.space)
    assert (state["status"], state["connected_by"]) == ("connected", "ada")


def read(page: Page) -> str:
    """As a person does: without the breaks of its lines."""
    return " ".join(page.html.split())


def named_workspace(logins: Logins) -> str:
    """The one that consents are for, by a name that would be markup; as a page has it."""
    logins.rig.notion.wire.workspace_name = "<b>R&D"
    return 'the Notion workspace <strong class="name">&lt;b&gt;R&amp;D</strong>.'


async def connected_by(browser: Browser, logins: Logins, link: str) -> Page:
    """Where a consent ends that began on the page of the link."""
    leaving = await browser.submit(await browser.open(f"{logins.origin}{link}"), link)
    back = await logins.rig.caller.get(leaving.location or "", user=None)
    return await browser.open(back.location)


@pytest.mark.parametrize("is_own", [False, True], ids=["the space's", "their own"])
async def test_who_connects_reads_which_workspace_it_is_and_which_is_replaced(
    logins: Logins, is_own: bool
) -> None:
    workspace, link = named_workspace(logins), connect_path(logins.space, is_own=is_own)
    path = f"/spaces/{logins.space}/grants"
    await logins.rig.caller.send("PUT", path, json={"mode": "personal_else_shared"})
    async with browsing(logins.origin) as browser:
        first = await browser.sign_in("ada", f"{logins.origin}{link}")
        assert "connected already" not in first.html
        ended = await connected_by(browser, logins, link)
        again = await browser.open(f"{logins.origin}{link}")

    whose = "Your own connection in" if is_own else "The connection of"
    opens = f'{whose} <strong class="name">Birch Studio</strong> opens {workspace}'
    assert f'{opens} Did you mean another one? <a href="{link}">' in read(ended)
    replaced = f"It is connected already, to {workspace} Connecting again replaces that."
    assert replaced in read(again)


async def test_the_end_of_a_consent_leads_back_where_notion_has_not_named_the_workspace(
    logins: Logins,
) -> None:
    logins.rig.notion.wire.names_workspace = False
    link = connect_path(logins.space)
    async with browsing(logins.origin) as browser:
        await browser.sign_in("ada", f"{logins.origin}{link}")
        ended = await connected_by(browser, logins, link)

    assert f'<a href="{link}">See which Notion workspace it opens</a>' in ended.html


async def test_the_end_of_a_consent_names_a_workspace_to_nobody_who_does_not_see_it(
    logins: Logins,
) -> None:
    """Whatever the address says: a stranger's, nobody's, and with another connection's id."""
    named_workspace(logins)
    link = connect_path(logins.space)
    async with browsing(logins.origin) as browser, browsing(logins.origin) as strangers:
        await browser.sign_in("ada", f"{logins.origin}{link}")
        ended = await connected_by(browser, logins, link)
        assert "R&amp;D" in ended.html
        others = ended.url.replace("processId=", "processId=x")
        nowhere = ended.url.replace("spaceId=", "spaceId=%2F")
        told = [await browser.open(others), await browser.open(nowhere)]
        told.append(await strangers.open(ended.url))
        await strangers.sign_in("eve", f"{logins.origin}{link}")
        told.append(await strangers.open(ended.url))

    for page in told:
        assert page.status == 200
        assert "You can close this page" in page.html
        assert "workspace" not in page.html
        assert "Birch Studio" not in page.html


async def test_an_owner_reads_before_the_consent_who_acts_in_their_name(logins: Logins) -> None:
    everybody = 'everybody in <strong class="name">Birch Studio</strong>'
    else_shared = f"{everybody} who has not connected their own Notion"
    programs = "the space's service tokens, machines and workloads"
    table = [
        ("shared", True, f"through this gateway, by {everybody}, and {programs}."),
        ("shared", False, f"through this gateway, by {everybody}, and {programs}."),
        ("personal_else_shared", True, f"through this gateway, by {else_shared}, and {programs}."),
        ("personal_else_shared", False, f"through this gateway, by {else_shared}."),
        ("personal", True, f"through this gateway, by {programs}."),
        ("personal", False, "service tokens, machines and workloads reach nothing: nobody acts"),
    ]
    path = f"/spaces/{logins.space}/grants"
    async with browsing(logins.origin) as browser:
        await browser.sign_in("ada", f"{logins.origin}/connect/{logins.space}")
        for mode, service, said in table:
            choice = {"mode": mode, "service_tokens_use_shared": service}
            assert (await logins.rig.caller.send("PUT", path, json=choice)).status == 200
            page = await browser.open(f"{logins.origin}/connect/{logins.space}")
            assert said in " ".join(page.html.split()), choice


async def test_who_connects_their_own_reads_that_nobody_else_acts_with_it(logins: Logins) -> None:
    path = f"/spaces/{logins.space}/grants"
    link = f"{logins.origin}{connect_path(logins.space, is_own=True)}"
    async with browsing(logins.origin) as browser:
        unused = await browser.sign_in("mona", link)
        assert unused.status == 409
        assert "<h1>Your own is not used here</h1>" in unused.html
        assert "Everybody in this space acts with its one connection" in read(unused)
        assert "An owner of the space can let people use their own." in read(unused)
        assert "Go on to Notion" not in unused.html

        for mode in ("personal", "personal_else_shared"):
            await logins.rig.caller.send("PUT", path, json={"mode": mode})
            page = await browser.open(link)
            assert page.status == 200
            assert (
                'which of its workspaces you use in <strong class="name">Birch Studio</strong>.'
                " Only you act with it, in your name: you, the MCP clients you logged in, and the"
                " gateway tokens you made. Nobody else in the space does."
            ) in read(page), mode
            assert "Go on to Notion" in page.html


async def test_a_member_reads_whom_to_ask(logins: Logins) -> None:
    async with browsing(logins.origin) as browser:
        page = await browser.sign_in("mona", f"{logins.origin}/connect/{logins.space}")
        assert "ada" in page.html
        assert "Only an owner" in page.html
        proof = page.form("/sign-out").fields["proof"]

        forced = await browser.post(f"{logins.origin}/connect/{logins.space}", {"proof": proof})

    assert forced.location is None
    assert logins.rig.notion.wire.requests == []


@pytest.mark.promise("threats:61")
async def test_a_stranger_reads_the_same_for_an_absent_space(logins: Logins) -> None:
    async with browsing(logins.origin) as browser:
        closed = await browser.sign_in("eve", f"{logins.origin}/connect/{logins.space}")
        absent = await browser.open(f"{logins.origin}/connect/nobodys")

    assert closed.status == absent.status == 403
    assert "Birch Studio" not in closed.html
    assert closed.html.partition("<form")[0] == absent.html.partition("<form")[0]


async def test_another_site_cannot_begin_it(logins: Logins) -> None:
    link = f"{logins.origin}/connect/{logins.space}"
    async with browsing(logins.origin) as browser:
        page = await browser.sign_in("ada", link)
        form = page.form(f"/connect/{logins.space}").fields

        assert (await browser.post(link, {"proof": "0" * 64})).location is None
        assert (await browser.post(link, form, origin="https://evil.example")).status == 403
        other = f"{logins.origin}/connect/other"
        assert (await browser.post(other, form)).location is None


async def test_it_ends_at_the_gateway_wherever_the_return_site_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site: dict[str, Any] = {"notion_mcp_return_base_url": "https://front.example"}
    async with (
        logging_in(tmp_path, monkeypatch, **site) as logins,
        browsing(logins.origin) as browser,
    ):
        link = f"/connect/{logins.space}"
        page = await browser.sign_in("ada", f"{logins.origin}{link}")
        leaving = await browser.submit(page, link)
        back = await logins.rig.caller.get(leaving.location or "", user=None)
        ended = await browser.open(back.location)

    assert ended.url.startswith(f"{logins.origin}/connected?")


@pytest.mark.promise("threats:64")
async def test_who_was_removed_meanwhile_connects_nothing(logins: Logins) -> None:
    link = f"/connect/{logins.space}"
    async with browsing(logins.origin) as browser:
        page = await browser.sign_in("ada", f"{logins.origin}{link}")
        leaving = await browser.submit(page, link)
        await _put(logins, "mona", "owner")
        await _put(logins, "ada", "member")
        back = await logins.rig.caller.get(leaving.location or "", user=None)
        ended = await browser.open(back.location)

    assert ended.url.endswith("/connected?status=error&error=owner_required")
    assert "no owner of this space any more" in ended.html
    assert "POST /token" not in logins.rig.notion.wire.requests


async def _put(logins: Logins, user: str, role: str) -> None:
    path = f"/spaces/{logins.space}/members/{user}"
    done = await logins.rig.caller.send("PUT", path, json={"role": role})
    assert done.status == 200, done.body


@pytest.mark.parametrize("user", ["ada", "mona", "eve"])
async def test_who_signs_in_as_somebody_else_may_be_led_to_another_site(
    logins: Logins, user: str
) -> None:
    """Signing out leads on to the issuer, and browsers hold form-action against each step."""
    async with browsing(logins.origin) as browser:
        page = await browser.sign_in(user, f"{logins.origin}/connect/{logins.space}")

    assert page.form("/sign-out").fields["next"] == f"/connect/{logins.space}"
    assert "form-action" not in page.headers["content-security-policy"]
