"""clients list, add and revoke, against a running gateway."""

import json
from pathlib import Path

import httpx2
from joserfc import jwk

from notion_gateway import __version__
from notion_gateway.cli.output import Exit
from tests.cli.processes import Cli, Pair, connect, eventually
from tests.support.waiting import PATIENCE_SECONDS


def a_token(cli: Cli, client_id: str, secret: str) -> httpx2.Response:
    return httpx2.post(
        f"{cli.variables['NOTION_GATEWAY_URL']}/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(client_id, secret),
        trust_env=False,
    )


def test_a_machine_is_let_in_listed_and_ended(space_of_mona: Cli) -> None:
    cli = space_of_mona
    added = cli("clients", "add", "nightly import", "--read-only", "--json")
    assert added.code == Exit.DONE, added.err
    made = json.loads(added.out)
    assert a_token(cli, made["client_id"], made["client_secret"]).is_success

    (listed,) = json.loads(cli("clients", "list", "--json").out)
    assert (listed["kind"], listed["token_id"]) == ("machine", made["client_id"])
    assert listed["made_by"] == "mona"
    shown = cli("clients", "list").out
    assert "nightly import" in shown
    assert "made by mona" in " ".join(shown.split())
    assert made["client_secret"] not in shown

    assert cli("clients", "revoke", made["client_id"]).code == Exit.DONE
    assert a_token(cli, made["client_id"], made["client_secret"]).json()["error"] == (
        "invalid_client"
    )
    assert json.loads(cli("clients", "list", "--json").out) == []
    assert cli("clients", "revoke", made["client_id"]).code == Exit.FAULT


def test_the_program_that_called_last_is_listed_by_name_and_version(
    space_of_mona: Cli, pair: Pair
) -> None:
    cli, space = space_of_mona, space_of_mona.variables["NOTION_GATEWAY_SPACE"]
    connect(cli)
    with httpx2.Client(
        base_url=pair.gateway,
        headers={"x-user-id": "mona"},
        timeout=PATIENCE_SECONDS,
        trust_env=False,
    ) as mona:
        used, unused = (
            mona.post(f"/spaces/{space}/tokens", json={"name": name}).raise_for_status().json()
            for name in ("used", "unused")
        )
        called = cli(
            *("tools", "call", "notion-search", "--arg", "query=roadmap"),
            NOTION_GATEWAY_TOKEN=used["token"],
        )
        assert called.code == Exit.DONE, called.err

        def is_recorded() -> bool:
            tokens = mona.get(f"/spaces/{space}/tokens").raise_for_status().json()["tokens"]
            return any(one["program"] is not None for one in tokens)

        eventually(is_recorded, "the call is recorded")

    program = f"notion-gateway/{__version__}"
    listed = json.loads(cli("clients", "list", "--json").out)
    assert {one["token_id"]: one["program"] for one in listed} == {
        used["token_id"]: program,
        unused["token_id"]: None,
    }
    rows = cli("clients", "list").out.splitlines()
    assert rows[0].split()[-1] == "Program"
    assert [row.split()[0] for row in rows if program in row] == [used["token_id"]]


def test_a_machine_with_a_key_gets_no_secret(space_of_mona: Cli, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    key = jwk.ECKey.generate_key("P-256", {"kid": "one"})
    file.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))

    added = space_of_mona("clients", "add", "runner", "--keys", str(file), "--json")

    assert added.code == Exit.DONE, added.err
    made = json.loads(added.out)
    assert (made["auth"], made["client_secret"]) == ("private_key_jwt", None)


def test_a_file_that_holds_no_keys_is_refused(space_of_mona: Cli, tmp_path: Path) -> None:
    (file := tmp_path / "keys.json").write_text("{")

    refused = space_of_mona("clients", "add", "runner", "--keys", str(file))

    assert refused.code == Exit.USAGE
    assert "no JSON file" in refused.err
