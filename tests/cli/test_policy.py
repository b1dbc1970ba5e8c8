"""policy show, set, remove and test, against a running gateway."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.policy.rules.reading import read_policy
from tests.cli.processes import ROOT, Cli

READ_ONLY = '{"version": 1, "preset": "read_only"}'
EXAMPLES = re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "policy.md").read_text(), re.DOTALL)


def written(folder: Path, text: str, name: str = "policy.json") -> str:
    file = folder / name
    file.write_text(text)
    return str(file)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_the_page_are_policies(example: str) -> None:
    assert read_policy(example).version == 1


def test_a_policy_is_set_shown_and_removed(cli: Cli, tmp_path: Path) -> None:
    none = cli("policy", "show")
    assert (none.code, none.out) == (0, "")
    assert "every call passes" in none.err

    done = cli("policy", "set", written(tmp_path, READ_ONLY))
    assert (done.code, "version 1" in done.err) == (0, True)
    shown = cli("policy", "show")
    assert json.loads(shown.out) == json.loads(READ_ONLY)
    assert "set by mona" in shown.err

    for_editors = json.loads(READ_ONLY) | {"$schema": "./policy.schema.json"}
    same = cli("policy", "set", written(tmp_path, json.dumps(for_editors)))
    assert "version 1" in same.err, same.err
    schema = cli("policy", "schema").out
    assert json.loads(schema) == json.loads((ROOT / "docs" / "policy.schema.json").read_text())

    narrower = [{"token": "t-1"}, {"client": "c-1", "tools": {"notion-fetch": "block"}}]
    file = written(tmp_path, json.dumps(json.loads(READ_ONLY) | {"callers": narrower}))
    for said in (cli("policy", "set", file), cli("policy", "show"), cli("policy", "test", file)):
        assert "callers[0].token: this space has no token, login or machine t-1." in said.err
        assert "callers[1].client: this space has no login of the client c-1" in said.err
    tried = cli("policy", "test", file, "--offline", "--client", "c-1")
    assert "callers[1]" in tried.out
    assert "this space" not in tried.err

    late = cli("policy", "set", written(tmp_path, READ_ONLY), "--expected-version", "0")
    assert (late.code, "policy_changed" in late.err) == (1, True)
    assert cli("policy", "remove").code == 2
    assert cli("policy", "remove", "--yes").code == 0
    assert json.loads(cli("policy", "show", "--json").out)["policy"] is None


def test_each_policy_that_there_was_is_shown_and_can_be_set_again(cli: Cli, tmp_path: Path) -> None:
    assert "has had no policy" in cli("policy", "history").err
    assert cli("policy", "set", written(tmp_path, READ_ONLY)).code == 0
    stricter = json.loads(READ_ONLY) | {"tools": {"notion-search": "ask"}}
    assert cli("policy", "set", written(tmp_path, json.dumps(stricter))).code == 0
    assert cli("policy", "remove", "--yes").code == 0

    shown = cli("policy", "history")
    lines = [line.split() for line in shown.out.splitlines()[1:]]
    assert [(one[0], one[3], " ".join(one[4:])) for one in lines] == [
        ("1", "mona", "read_only"),
        ("2", "mona", "read_only, tools: 1"),
        ("3", "mona", "removed"),
    ]
    older = cli("policy", "history", "--limit", "1")
    assert (older.out.splitlines()[1].split()[0], "--before 3" in older.err) == ("3", True)
    assert json.loads(cli("policy", "history", "--json").out)["events"][1]["policy"] == stricter

    again = cli("policy", "history", "--version", "2")
    assert json.loads(again.out) == stricter
    assert cli("policy", "set", written(tmp_path, again.out)).code == 0
    removed = cli("policy", "history", "--version", "3")
    assert (removed.code, removed.out, "removed the policy" in removed.err) == (1, "", True)
    unknown = cli("policy", "history", "--version", "9")
    assert (unknown.code, "no version 9" in unknown.err) == (1, True)


def test_what_is_no_policy_is_refused_with_its_line_and_the_old_one_stays(
    cli: Cli, tmp_path: Path
) -> None:
    assert cli("policy", "set", written(tmp_path, READ_ONLY)).code == 0
    wrong = '{"version": 1,\n "preset": "custom",\n "tools": {"notion-fech": "ask"}}'
    for command in ("set", "test"):
        refused = cli("policy", command, written(tmp_path, wrong))
        assert refused.code == 1
        assert "Line 3: tools.notion-fech" in refused.err
        assert "Traceback" not in refused.err
    assert cli("policy", "set", str(tmp_path / "nowhere")).code == 2
    assert json.loads(cli("policy", "show").out) == json.loads(READ_ONLY)


def test_a_dry_run_says_what_would_happen_and_by_which_rule(cli: Cli, tmp_path: Path) -> None:
    file = written(tmp_path, '{"version": 1, "preset": "no_deleting"}')
    every = json.loads(cli("policy", "test", file, "--json").out)
    effects = {one["tool"]: (one["effect"], one["rule"]) for one in every}
    assert effects["notion-delete-pages"] == ("block", "preset no_deleting")
    assert effects["notion-search"] == ("allow", "preset no_deleting (reading)")

    message: dict[str, Any] = {
        "method": "tools/call",
        "params": {"name": "notion-fetch", "arguments": {}},
    }
    replacing = {"tool": "notion-update-page", "arguments": {"command": "replace_content"}}
    calls: list[dict[str, Any]] = [replacing, message]
    lines = written(tmp_path, "\n\n".join(json.dumps(one) for one in calls), "calls")
    found = json.loads(cli("policy", "test", file, "--calls", lines, "--json").out)
    assert [(one["tool"], one["effect"]) for one in found] == [
        ("notion-update-page", "block"),
        ("notion-fetch", "allow"),
    ]
    table = cli("policy", "test", file, "--calls", lines).out
    assert "preset no_deleting (notion-update-page command)" in table

    wrong = written(tmp_path, '{"tool": "notion-fetch"}\n{"tool": 7}', "wrong")
    refused = cli("policy", "test", file, "--calls", wrong)
    assert (refused.code, "Line 2: " in refused.err) == (1, True)


def test_a_dry_run_says_what_other_arguments_would_change(cli: Cli, tmp_path: Path) -> None:
    file = written(tmp_path, '{"version": 1, "preset": "no_deleting"}')
    every = {one["tool"]: one for one in json.loads(cli("policy", "test", file, "--json").out)}
    update = every["notion-update-folder"]
    assert (update["effect"], update["arguments"]) == ("allow", None)
    rule = "preset no_deleting (notion-update-folder command)"
    assert update["by_arguments"] == [{"effect": "block", "rule": rule}]
    assert every["notion-search"]["by_arguments"] == []
    assert "allow, or by arguments block" in cli("policy", "test", file).out


def recorded(tool: str, arguments: str, **more: Any) -> dict[str, Any]:
    """As ``audit export`` prints it."""
    whole = {"kind": "call", "calls": 1, "token": "", "tool": tool, "arguments": arguments}
    return whole | more


def test_a_dry_run_takes_the_calls_that_audit_export_prints(cli: Cli, tmp_path: Path) -> None:
    narrower = {"token": "t-1", "preset": "read_only"}
    document = {"version": 1, "preset": "no_deleting", "callers": [narrower]}
    file = written(tmp_path, json.dumps(document))
    entries = [
        recorded("notion-update-page", '{"command":"replace_content"}'),
        recorded("notion-update-page", "", calls=4),
        recorded("notion-update-page", '{"command":"replace_con… [cut]'),
        recorded("notion-update-page", '{"command":"update_properties"}', token="t-1"),
        recorded("", "", kind="lost", calls=90),
        recorded("", "", kind="login", reason="client_unknown"),
        recorded("", "", reason="too_many_requests"),
    ]
    lines = written(tmp_path, "\n".join(json.dumps(one) for one in entries), "calls")
    tried = cli("policy", "test", file, "--calls", lines, "--json")
    found = json.loads(tried.out)
    assert [(one["calls"], one["effect"], bool(one["by_arguments"])) for one in found] == [
        (1, "block", False),
        (4, "allow", True),
        (1, "allow", True),
        (1, "block", False),
    ]
    shown = cli("policy", "test", file, "--calls", lines)
    assert "Calls: 2 block, 5 allow." in shown.err
    assert "were not recorded whole" in shown.err


def test_a_dry_run_can_be_made_as_a_tokens(cli: Cli, tmp_path: Path) -> None:
    narrower = {"token": "t-1", "preset": "read_only"}
    document = {"version": 1, "preset": "everything", "callers": [narrower]}
    file = written(tmp_path, json.dumps(document))
    for more, effect in (((), "allow"), (("--token", "t-1"), "block")):
        found = json.loads(cli("policy", "test", file, "--json", *more).out)
        assert {one["tool"]: one["effect"] for one in found}["notion-move-pages"] == effect
