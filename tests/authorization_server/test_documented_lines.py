"""The lines that the documentation gives programs for OAuth's routes, typed into a shell."""

import asyncio
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.authorization_server.machine_steps import made
from tests.authorization_server.workload_steps import allowed, of_github
from tests.cli.processes import ROOT
from tests.support.identity_issuer import an_identity_issuer, okta
from tests.support.mcp_login import Logins

pytestmark = pytest.mark.anyio

_SHELL_BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def documented(page: str, word: str) -> str:
    blocks = _SHELL_BLOCK.findall((ROOT / "docs" / page).read_text())
    (found,) = [one for one in blocks if "curl" in one and word in one]
    return found


async def typed(lines: str, logins: Logins, folder: Path, **variables: str) -> dict[str, Any]:
    """What curl prints; the documentation's gateway and space are this one's."""
    lines = re.sub(r"https://(gateway\.example|your-gateway)", logins.origin, lines)
    lines = lines.replace("/mcp/notion/roadmap", f"/mcp/notion/{logins.space}")
    shell = await asyncio.create_subprocess_exec(
        *("sh", "-ec", lines),
        cwd=folder,
        env={"PATH": os.environ["PATH"], **variables},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(60):
            printed, said = await shell.communicate()
    finally:
        if shell.returncode is None:
            shell.kill()
            await shell.wait()
    assert shell.returncode == 0, said
    answer: dict[str, Any] = json.loads(printed)
    return answer


async def test_each_gets_what_the_page_says_of_a_gateway_that_runs(
    connected_logins: Logins, tmp_path: Path
) -> None:
    logins = connected_logins
    machine = await made(logins)
    shown = {"CLIENT_ID": machine["client_id"], "CLIENT_SECRET": machine["client_secret"]}

    lines = documented("mcp-clients.md", "client_credentials")
    by_secret = await typed(lines, logins, tmp_path, **shown)

    async with an_identity_issuer(okta) as runner:
        await allowed(logins, runner)
        token = runner.signed(of_github(logins, runner), typ="JWT")
        (tmp_path / "token").write_text(token)
        exchanged = await typed(documented("mcp-clients.md", "subject_token"), logins, tmp_path)
    for answer in (by_secret, exchanged):
        assert answer.get("token_type") == "Bearer", answer
        assert (await logins.call(answer["access_token"])).status == 200

    registered = await typed(documented("troubleshooting.md", "/oauth/register"), logins, tmp_path)
    assert registered["client_id"]
    assert registered["redirect_uris"] == ["http://localhost:8765/callback"]
