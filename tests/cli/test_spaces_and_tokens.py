"""``spaces`` and ``tokens``: the operator's commands, beside a gateway that runs."""

import json
from pathlib import Path

import httpx2
import pytest

from tests.cli.processes import Cli, Pair, eventually

pytestmark = pytest.mark.thorough


@pytest.fixture
def operator(tmp_path: Path, pair: Pair) -> Cli:
    """A shell with the gateway's own data folder."""
    return Cli(tmp_path, {"GATEWAY_DATA_DIR": str(pair.data), "NOTION_GATEWAY_USER": "mona"})


def _me(pair: Pair, token: str) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx2.get(f"{pair.gateway}/me", headers=headers, trust_env=False)


def test_a_space_a_token_and_its_end_while_the_gateway_runs(operator: Cli, pair: Pair) -> None:
    space = operator("spaces", "create", "Road map").out.strip()
    assert space in operator("spaces", "list").out
    made = operator("tokens", "create", "--space", space, "--name", "ci", "--json")
    token = json.loads(made.out)["token"]

    assert _me(pair, token).json()["space_id"] == space
    listed = operator("tokens", "list", "--space", space)
    assert token not in listed.out
    (found,) = json.loads(operator("tokens", "list", "--space", space, "--json").out)
    assert (found["name"], found["user_id"], found["kind"]) == ("ci", "mona", "personal")

    assert operator("tokens", "revoke", found["token_id"], "--space", space).code == 0
    eventually(lambda: _me(pair, token).status_code == 401, "the token has ended", 2)
    assert operator("tokens", "revoke", found["token_id"], "--space", space).code == 1


def test_people_come_and_go_and_their_tokens_with_them(operator: Cli, pair: Pair) -> None:
    space = operator("spaces", "create", "Team").out.strip()
    assert operator("spaces", "add-member", space, "bob").code == 0
    token = operator("tokens", "create", "--space", space, "--user", "bob").out.strip()
    assert _me(pair, token).status_code == 200
    invited = httpx2.put(
        f"{pair.gateway}/spaces/{space}/members/eve",
        headers={"X-User-ID": "mona"},
        json={"role": "member"},
        trust_env=False,
    )
    assert invited.status_code == 202
    people = json.loads(operator("spaces", "members", space, "--json").out)
    assert [(one["user_id"], one["role"], one["is_invited"]) for one in people] == [
        ("mona", "owner", False),
        ("bob", "member", False),
        ("eve", "member", True),
    ]
    assert "member, invited" in operator("spaces", "members", space).out

    assert operator("spaces", "remove-member", space, "bob").code == 0

    eventually(lambda: _me(pair, token).status_code == 401, "bob is gone", 2)
    assert "Removed, and kept out: 1" in operator("spaces", "members", space).err
    (removed,) = json.loads(operator("spaces", "members", space, "--removed", "--json").out)
    assert (removed["user_id"], removed["removed_by"]) == ("bob", "operator")
    shown = operator("spaces", "members", space, "--removed")
    assert "bob" in shown.out
    assert f"spaces add-member {space} PERSON" in shown.err
    back = operator("spaces", "add-member", space, "bob", "--role", "owner", "--keep")
    assert f"bob is owner of {space}" in back.err
    assert "bob is owner" in operator("spaces", "add-member", space, "bob").err
    assert json.loads(operator("spaces", "members", space, "--removed", "--json").out) == []


def test_a_space_is_deleted_by_its_name_and_its_tokens_end(operator: Cli, pair: Pair) -> None:
    space = operator("spaces", "create", "Old team", "--id", "old").out.strip()
    token = operator("tokens", "create", "--space", space).out.strip()
    assert _me(pair, token).status_code == 200
    assert operator("spaces", "delete", space, "--name", "old team").code != 0
    assert space in operator("spaces", "list").out

    assert operator("spaces", "delete", space, "--name", "Old team").code == 0

    eventually(lambda: _me(pair, token).status_code == 401, "its token has ended", 2)
    assert space not in operator("spaces", "list").out
    assert "operator deleted the space old" in operator("spaces", "members", space).err
    again = operator("spaces", "create", "New team", "--id", "old")
    assert "There was a space old, which was deleted" in again.err


def test_what_cannot_be_is_said_in_words(operator: Cli) -> None:
    space = operator("spaces", "create", "Team", "--id", "fixed").out.strip()
    assert space == "fixed"
    for arguments, words in [
        (("spaces", "create", "Again", "--id", "fixed"), "There is a space fixed already"),
        (("spaces", "create", "Odd", "--id", "a b"), "space_id is malformed"),
        (("spaces", "members", "absent"), "There is no space absent"),
        (("spaces", "remove-member", "fixed", "mona"), "A space needs an owner"),
        (("tokens", "create", "--space", "fixed", "--user", "eve"), "does not belong to fixed"),
        (("tokens", "create", "--space", "absent"), "There is no space absent"),
        (("tokens", "create", "--space", "fixed", "--manage", "--read-only"), "cannot be limited"),
    ]:
        ran = operator(*arguments)
        assert ran.code != 0, arguments
        assert words in ran.err, (arguments, ran.err)


def test_a_token_takes_the_place_of_a_name(operator: Cli, pair: Pair, tmp_path: Path) -> None:
    operator("spaces", "create", "Mine", "--id", "mine")
    token = operator("tokens", "create", "--space", "mine").out.strip()
    shell = Cli(tmp_path, {"NOTION_GATEWAY_URL": pair.gateway, "NOTION_GATEWAY_TOKEN": token})

    assert shell("status", "--space", "mine").code == 4
    refused = shell("status", "--space", "other")

    assert (refused.code, "principal_mismatch" in refused.err) == (1, True)
    assert token not in refused.err
