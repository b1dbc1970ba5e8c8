"""credentials export: registered once, printed for a shell, reused from then on."""

import json
import subprocess
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from tests.cli.processes import Cli, Pair, bare_environment, consent, gateway
from tests.support.ports import free_port

ID, SECRET, METHOD = (
    "NOTION_MCP_CLIENT_ID",
    "NOTION_MCP_CLIENT_SECRET",
    "NOTION_MCP_TOKEN_AUTH_METHOD",
)


@pytest.fixture
def export(pair: Pair, tmp_path: Path) -> Cli:
    return Cli(tmp_path, {"NOTION_MCP_URL": f"{pair.simulator}/mcp"})


def evaluated(printed: str) -> dict[str, str]:
    """What a shell knows after ``eval``."""
    script = f'{printed}\nprintf "%s\\n" "${ID}" "${SECRET}" "${METHOD}"'
    ran = subprocess.run(  # noqa: S603 - our own output, as people evaluate it
        ["/bin/sh", "-euc", script],
        capture_output=True,
        text=True,
        check=True,
        env=bare_environment(),
    )
    return dict(zip((ID, SECRET, METHOD), ran.stdout.splitlines(), strict=True))


@pytest.mark.promise("seed:credentials-command")
def test_credentials_are_made_once_and_reused_until_new_ones_are_forced(export: Cli) -> None:
    first = export("credentials", "export")
    assert first.code == 0
    assert all(line.startswith("export NOTION_MCP_") for line in first.out.splitlines())
    made = evaluated(first.out)
    assert made[ID]
    assert made[SECRET]
    assert made[METHOD] == "client_secret_post"

    again = export("credentials", "export", **made)
    assert evaluated(again.out) == made

    forced = evaluated(export("credentials", "export", "--force", **made).out)
    assert forced[ID] != made[ID]
    assert forced[SECRET] != made[SECRET]


def test_credentials_in_an_env_file_are_reused_too(export: Cli) -> None:
    known = f"export {ID}=one\nexport {SECRET}='two three'\nexport {METHOD}=client_secret_basic\n"
    (export.folder / ".env").write_text(known)

    assert export("credentials", "export").out == known


def test_the_configured_method_decides_what_is_registered(export: Cli) -> None:
    public = json.loads(export("credentials", "export", "--json", **{METHOD: "none"}).out)

    assert public.keys() == {ID, SECRET, METHOD}
    assert (public[SECRET], public[METHOD]) == ("", "none")


def test_a_notion_that_cannot_be_reached_leaves_stdout_empty(export: Cli) -> None:
    ran = export("credentials", "export", NOTION_MCP_URL=f"http://localhost:{free_port()}/mcp")

    assert ran.code == 1
    assert ran.out == ""
    assert "could not be reached" in ran.err


@pytest.mark.promise("seed:variables")
def test_the_seeds_variables_keep_their_names_and_meanings(
    export: Cli, pair: Pair, tmp_path: Path
) -> None:
    port = free_port()
    callback = f"http://localhost:{port}/integrations/notion/mcp/oauth/callback"
    chosen = {
        "NOTION_MCP_URL": f"{pair.simulator}/mcp",
        "NOTION_MCP_OAUTH_REDIRECT_URI": callback,
        "NOTION_MCP_TOKEN_AUTH_METHOD": "client_secret_basic",
        "NOTION_MCP_TOKEN_SCOPE": "default",
        "NOTION_MCP_STATE_TTL_SECONDS": "60",
    }
    chosen |= evaluated(export("credentials", "export", **chosen).out)
    # Where the browser ends must answer to something: the simulator's health page will do.
    chosen["NOTION_MCP_RETURN_BASE_URL"] = pair.simulator

    with gateway(tmp_path, port, **chosen) as url:
        started = httpx2.get(
            f"{url}/integrations/notion/oauth/mcp/start",
            params={"space_id": "seed", "return_path": "/_simulator/health"},
            headers={"x-user-id": "mona", "sec-fetch-site": "same-site"},
            trust_env=False,
        )
        link = started.json()["authorizeUrl"]
        asked = dict(parse_qsl(urlsplit(str(link)).query))
        assert asked["client_id"] == chosen[ID]
        assert asked["redirect_uri"] == callback
        assert asked["scope"] == "default"
        assert "Max-Age=60" in started.headers["set-cookie"]

        unbound = httpx2.get(
            f"{url}/integrations/notion/oauth/mcp/start",
            params={"space_id": "seed", "return_path": "/_simulator/health"},
            headers={"x-user-id": "mona"},
            trust_env=False,
        )
        ended_on = consent(unbound.json()["authorizeUrl"])
        assert ended_on.startswith(f"{pair.simulator}/_simulator/health?status=success")
