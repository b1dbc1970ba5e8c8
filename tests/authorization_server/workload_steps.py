"""Workloads: letting one in, the tokens that it has, and their exchange."""

from typing import Any

from tests.authorization_server.workload_mutations import MAIN
from tests.support.gateway import Answer
from tests.support.identity_issuer import IdentityIssuer
from tests.support.mcp_login import Logins

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT = "urn:ietf:params:oauth:token-type:jwt"
POD = "system:serviceaccount:builds:importer"


async def allow(logins: Logins, user: str = "ada", **wish: Any) -> Answer:
    path = f"/spaces/{logins.space}/workloads"
    return await logins.rig.caller.send("POST", path, user=user, json={"name": "ci", **wish})


async def allowed(logins: Logins, runner: IdentityIssuer, **wish: Any) -> str:
    given = {"issuer": runner.url, "subject": "repo:birch/website:ref:refs/heads/*", **wish}
    answer = await allow(logins, **given)
    assert answer.status == 201, answer.body
    workload_id: str = answer.json["workload_id"]
    return workload_id


def of_github(logins: Logins, runner: IdentityIssuer, **changes: Any) -> dict[str, Any]:
    """As GitHub Actions writes them; None leaves one out."""
    now = int(logins.rig.clock.timestamp())
    good = {
        "jti": "6f7a1c2e-run",
        "sub": MAIN,
        "aud": logins.origin,
        "ref": "refs/heads/main",
        "repository": "birch/website",
        "repository_owner": "birch",
        "actor": "mona",
        "workflow": "deploy",
        "iss": runner.url,
        "nbf": now - 300,
        "iat": now,
        "exp": now + 300,
        **changes,
    }
    return {name: value for name, value in good.items() if value is not None}


def of_kubernetes(logins: Logins, issuer: str, **changes: Any) -> dict[str, Any]:
    """As the API server writes those of a pod's service account."""
    now = int(logins.rig.clock.timestamp())
    return {
        "aud": [logins.origin],
        "exp": now + 3607,
        "iat": now,
        "iss": issuer,
        "jti": "0b1f-pod",
        "kubernetes.io": {
            "namespace": "builds",
            "pod": {"name": "importer-7d", "uid": "f2"},
            "serviceaccount": {"name": "importer", "uid": "a1"},
        },
        "nbf": now,
        "sub": POD,
        **changes,
    }


async def exchange(
    logins: Logins, token: str, address: str | None = None, **form: str | None
) -> Answer:
    sent = {
        "grant_type": GRANT,
        "subject_token": token,
        "subject_token_type": JWT,
        "resource": logins.resource,
        **form,
    }
    given = {name: one for name, one in sent.items() if one is not None}
    headers = {} if address is None else {"X-Forwarded-For": address}
    return await logins.token(given, **headers)
