"""The steps of a login on a machine without a browser (RFC 8628), where a test can bend them."""

import structlog

from tests.support.browser import Browser, Page, browsing
from tests.support.gateway import Answer
from tests.support.mcp_login import Logins

DEVICE = "/oauth/device"
GRANT = "urn:ietf:params:oauth:grant-type:device_code"


async def begin(logins: Logins, **changes: str | None) -> Answer:
    """None leaves a parameter out."""
    form: dict[str, str | None] = {
        "client_id": "notion-gateway",
        "resource": f"{logins.origin}/spaces/{logins.space}",
        "machine": "build-7",
        **changes,
    }
    given = {name: value for name, value in form.items() if value is not None}
    return await logins.rig.caller.send(
        "POST", "/oauth/device_authorization", user=None, data=given
    )


async def begun(logins: Logins, **changes: str | None) -> dict[str, str]:
    answer = await begin(logins, **changes)
    assert answer.status == 200, answer.body
    codes: dict[str, str] = answer.json
    return codes


async def poll(logins: Logins, device_code: str, **changes: str) -> Answer:
    form = {
        "grant_type": GRANT,
        "client_id": "notion-gateway",
        "device_code": device_code,
        **changes,
    }
    return await logins.token(form)


async def refused(logins: Logins, device_code: str, **changes: str) -> tuple[str, str | None]:
    """OAuth's error, and why, as the log has it."""
    with structlog.testing.capture_logs() as lines:
        answer = await poll(logins, device_code, **changes)
    assert answer.status in (400, 401), answer.body
    whys = [line["why"] for line in lines if line["event"] == "login_refused"]
    return answer.json["error"], whys[0] if whys else None


async def shown(browser: Browser, codes: dict[str, str], user: str = "ada") -> Page:
    page = await browser.sign_in(user, codes["verification_uri_complete"])
    assert page.status == 200, page.html
    return page


async def decide(
    logins: Logins, codes: dict[str, str], decision: str = "allow", may: str = "use"
) -> Page:
    async with browsing(logins.origin) as browser:
        page = await shown(browser, codes)
        done = await browser.submit(page, DEVICE, decision=decision, may=may)
    assert done.status == 200, done.html
    return done


async def logged_in(logins: Logins, may: str = "use") -> dict[str, str]:
    codes = await begun(logins)
    await decide(logins, codes, may=may)
    answer = await poll(logins, codes["device_code"])
    assert answer.status == 200, answer.body
    tokens: dict[str, str] = answer.json
    return tokens
