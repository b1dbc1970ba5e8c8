"""Machines with credentials of their own: making one, and its requests for tokens."""

import base64
from typing import Any

from notion_gateway.authorization_server.rules.machines import ASSERTION_TYPE
from tests.support.gateway import Answer
from tests.support.mcp_login import Logins

GRANT = "client_credentials"


async def make(logins: Logins, user: str = "ada", **wish: Any) -> Answer:
    path = f"/spaces/{logins.space}/machines"
    document = {"name": "nightly import", **wish}
    return await logins.rig.caller.send("POST", path, user=user, json=document)


async def made(logins: Logins, **wish: Any) -> dict[str, Any]:
    answer = await make(logins, **wish)
    assert answer.status == 201, answer.body
    machine: dict[str, Any] = answer.json
    return machine


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{client_id}:{secret}'.encode()).decode()}"}


async def ask(logins: Logins, machine: dict[str, Any], **form: str) -> Answer:
    """For a token, with the machine's secret."""
    shown = basic(machine["client_id"], machine["client_secret"])
    return await logins.token({"grant_type": GRANT, **form}, **shown)


async def token(logins: Logins, machine: dict[str, Any]) -> str:
    answer = await ask(logins, machine)
    assert answer.status == 200, answer.body
    access: str = answer.json["access_token"]
    return access


def claims(logins: Logins, machine: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """None leaves a claim out."""
    now = int(logins.rig.clock.timestamp())
    good = {
        "iss": machine["client_id"],
        "sub": machine["client_id"],
        "aud": logins.origin,
        "iat": now,
        "exp": now + 60,
        "jti": "jti-of-one-assertion",
        **changes,
    }
    return {name: value for name, value in good.items() if value is not None}


async def prove(logins: Logins, assertion: str, **form: str) -> Answer:
    sent = {
        "grant_type": GRANT,
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
        **form,
    }
    return await logins.token(sent)
