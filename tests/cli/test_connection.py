"""connect, status, disconnect and events, against a running gateway."""

import json
from datetime import UTC, datetime

import httpx2
import pytest

from tests.cli.processes import Cli, Pair, connect, consent, eventually, finish
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_SECONDS


def test_connect_prints_a_link_and_ends_once_somebody_has_consented(cli: Cli) -> None:
    with cli.started("connect", "--no-browser") as process:
        assert process.stdout is not None
        ended_on = consent(process.stdout.readline().strip())
        ran = finish(process)

    assert "status=success" in ended_on
    assert ran.code == 0
    assert "Connected: " in ran.err
    assert cli("status").code == 0
    eventually(lambda: "Acme" in cli("status").out, "Notion has said the workspace's name")


def test_connect_again_ends_with_the_new_grant_and_not_with_the_old_one(connected: Cli) -> None:
    before = json.loads(connected("status", "--json").out)

    with connected.started("connect", "--no-browser", "--json") as process:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        consent(next(line.strip() for line in lines if "/authorize?" in line))
        ran = finish(process)

    after = json.loads(ran.out)
    assert after["status"] == "connected"
    assert after["process_id"] != before["process_id"]


def test_connect_gives_up_with_4_when_nobody_consents(cli: Cli) -> None:
    ran = cli("connect", "--no-browser", "--timeout", "1")

    assert ran.code == 4
    assert ran.out.startswith("http://")
    assert "Nobody has consented" in ran.err


def test_status_exits_with_4_and_says_what_to_do_before_the_first_consent(cli: Cli) -> None:
    ran = cli("status")

    assert ran.code == 4
    assert "disconnected" in ran.out
    assert "notion-gateway connect --space test_status_" in ran.err


def test_status_shows_workspace_and_times_of_a_connection(connected: Cli) -> None:
    ran = connected("status")

    assert ran.code == 0
    for shown in ("connected", "Acme", "mona", "UTC"):
        assert shown in ran.out


def test_status_as_json_is_the_gateways_own_document_with_the_same_exit_code(
    cli: Cli, pair: Pair
) -> None:
    ran = cli("status", "--json")

    assert ran.code == 4
    space = cli.variables["NOTION_GATEWAY_SPACE"]
    answer = httpx2.get(
        f"{pair.gateway}/integrations/notion/{space}",
        headers={"x-user-id": "mona"},
        trust_env=False,
    )
    assert json.loads(ran.out) == answer.json()


def test_status_with_verify_sees_that_the_grant_was_revoked_at_notion(cli: Cli, pair: Pair) -> None:
    with pair.settings(access_token_lifetime_seconds=1):
        connect(cli)
    known = json.loads(cli("status", "--json").out)
    httpx2.post(f"{pair.simulator}/_simulator/revoke-grants", trust_env=False)
    expiry = datetime.fromisoformat(known["access_token_expires_at"])
    eventually(lambda: datetime.now(UTC) > expiry, "the first token has expired")
    assert cli("status").code == 0

    ran = cli("status", "--verify")

    assert ran.code == 4
    assert "reconnect required" in ran.out
    assert "invalid_grant" in ran.out


def test_status_exits_with_6_where_a_person_is_needed_within_the_days_asked_for(
    connected: Cli,
) -> None:
    assert connected("status", "--within-days", "179").code == 0

    ran = connected("status", "--within-days", "180.5")

    assert ran.code == 6
    assert "notion-gateway connect" in ran.err
    assert "in 180.0 days" in ran.out


def test_mine_connects_and_shows_a_persons_own_beside_the_shared_one(
    space_of_mona: Cli, pair: Pair
) -> None:
    cli, space = space_of_mona, space_of_mona.variables["NOTION_GATEWAY_SPACE"]
    with httpx2.Client(
        base_url=pair.gateway,
        headers={"x-user-id": "mona"},
        timeout=PATIENCE_SECONDS,
        trust_env=False,
    ) as mona:
        unused = cli("status", "--mine")
        mode = {"mode": "personal_else_shared"}
        mona.put(f"/spaces/{space}/grants", json=mode).raise_for_status()
        connect(cli)
        shared = mona.get(f"/integrations/notion/{space}").json()

        missing = cli("status", "--mine")
        with cli.started("connect", "--mine", "--no-browser") as process:
            assert process.stdout is not None
            ended_on = consent(process.stdout.readline().strip())
            ran = finish(process)
        own = json.loads(cli("status", "--mine", "--json").out)
        still = mona.get(f"/integrations/notion/{space}").json()

    assert unused.code == 4
    assert "yours would not be used" in unused.err
    assert "notion-gateway connect" not in unused.err
    assert missing.code == 4
    assert f"notion-gateway connect --space {space} --mine" in missing.err
    assert "status=success" in ended_on
    assert ran.code == 0, ran.err
    assert "Only you act with this connection" in ran.err
    assert f"Connected: your own connection in {space} to " in ran.err
    assert (own["status"], own["grant"], own["connected_by"]) == ("connected", "personal", "mona")
    assert own["process_id"] != shared["process_id"]
    assert (still["grant"], still["process_id"]) == ("shared", shared["process_id"])


def test_events_tell_the_history_oldest_first(connected: Cli) -> None:
    connected("disconnect", "--yes")

    shown, listed = connected("events"), json.loads(connected("events", "--json").out)

    assert shown.code == 0
    types = [event["type"] for event in listed]
    assert types[0] == "NotionIntegrationAuthorized"
    assert types[-1] == "NotionIntegrationDisconnected"
    assert all(one in shown.out for one in types)
    assert [event["version"] for event in listed] == list(range(1, len(listed) + 1))


def test_events_come_in_parts_and_it_is_said_how_to_see_the_rest(connected: Cli) -> None:
    connected("disconnect", "--yes")
    every = json.loads(connected("events", "--limit", "0", "--json").out)

    newest = connected("events", "--limit", "1")
    earlier = json.loads(connected("events", "--before", str(every[-1]["version"]), "--json").out)

    assert every[-1]["type"] in newest.out
    assert every[0]["type"] not in newest.out
    assert f"--before {every[-1]['version']} " in newest.err
    assert earlier == every[:-1]


def test_disconnect_revokes_and_leaves_a_space_that_needs_a_person(connected: Cli) -> None:
    ran = connected("disconnect", "--yes", "--json")

    assert ran.code == 0
    assert json.loads(ran.out) == {
        "status": "disconnected",
        "was_connected": True,
        "revoked_at_notion": True,
    }
    assert connected("status").code == 4


def test_disconnect_without_yes_asks_and_where_nobody_can_answer_changes_nothing(
    connected: Cli,
) -> None:
    ran = connected("disconnect")

    assert ran.code == 2
    assert "--yes" in ran.err
    assert connected("status").code == 0


@pytest.mark.parametrize("command", [("status",), ("tools", "list")])
def test_without_a_gateway_the_message_names_the_address_and_how_to_start_one(
    cli: Cli, command: tuple[str, ...]
) -> None:
    nowhere = f"http://localhost:{free_port()}"

    ran = cli(*command, NOTION_GATEWAY_URL=nowhere)

    assert ran.code == 1
    assert nowhere in ran.err
    assert "./just demo" in ran.err


def test_another_server_at_that_address_is_told_apart_from_a_gateway(cli: Cli, pair: Pair) -> None:
    ran = cli("status", NOTION_GATEWAY_URL=pair.simulator)

    assert ran.code == 1
    assert "no Notion MCP Gateway" in ran.err


@pytest.mark.parametrize(
    "option",
    [
        ("--space", "a/b"),
        ("--user", "a\tb"),
        ("--gateway", "gateway.example"),
        ("--gateway", "http://gateway.example"),
    ],
)
def test_what_cannot_be_right_is_a_fault_of_usage(cli: Cli, option: tuple[str, str]) -> None:
    assert cli("status", *option).code == 2
