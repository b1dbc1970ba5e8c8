"""audit list, export, keep and verify: of calls through a running gateway, and of a record that
somebody has changed.
"""

import json
import sqlite3
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.cli.processes import Cli, Ran, connect, eventually, gateway, simulator
from tests.support.ports import free_port


@pytest.fixture
def called(tmp_path: Path) -> Generator[Cli]:
    """Speaks for a space in which one tool has been called."""
    with (
        simulator(tmp_path, free_port()) as notion,
        gateway(tmp_path, free_port(), NOTION_MCP_URL=f"{notion}/mcp", GATEWAY_AUDIT="1") as url,
    ):
        cli = Cli(
            tmp_path,
            {
                "NOTION_GATEWAY_URL": url,
                "NOTION_GATEWAY_SPACE": "birch",
                "NOTION_GATEWAY_USER": "ada",
                "GATEWAY_DATA_DIR": str(tmp_path / "data"),
            },
        )
        connect(cli)
        ran = cli("tools", "call", "notion-search", "--arg", "query=roadmap")
        assert ran.code == 0, ran.err
        eventually(lambda: len(listed(cli("audit", "list", "--json"))) == 1, "it is recorded")
        yield cli


def listed(ran: Ran) -> list[str]:
    assert ran.code == 0, ran.err
    return [one["tool"] for one in json.loads(ran.out)["entries"]]


def test_what_is_said_in_calls_is_recorded_once_it_is_set(called: Cli) -> None:
    shown = called("audit", "contents")
    assert (shown.code, shown.out.strip()) == (
        0,
        "Neither arguments nor results of calls are recorded.",
    )
    assert called("audit", "contents", "--results").code == 0
    told = called("audit", "contents", "--arguments", "--json")
    found = json.loads(told.out)
    assert (found["arguments"], found["results"], found["set_by"]) == (True, True, "ada")
    ran = called("tools", "call", "notion-search", "--arg", "query=roadmap")
    assert ran.code == 0, ran.err
    eventually(lambda: len(listed(called("audit", "list", "--json"))) == 2, "it is recorded")
    newest = json.loads(called("audit", "export").out.splitlines()[0])
    assert "roadmap" in newest["arguments"]
    assert newest["result"].startswith("{")
    hinted = called("audit", "list")
    assert "Arguments and results of calls are recorded here, redacted and cut: ada" in hinted.err


def test_what_was_called_is_listed_exported_and_verified(called: Cli, tmp_path: Path) -> None:
    assert listed(called("audit", "list", "--by", "ada", "--json")) == ["notion-search"]
    assert listed(called("audit", "list", "--by", "bob", "--json")) == []
    assert "notion-search" in called("audit", "list", "--since", "7d").out
    nothing = called("audit", "list", "--until", "7d")
    assert (nothing.code, nothing.out) == (0, "")
    assert "No such calls are recorded in this space" in nothing.err
    assert called("audit", "export", "--since", "yesterday").code == 2

    exported = called("audit", "export", "--tool", "notion-search")
    (line,) = exported.out.splitlines()
    assert (exported.code, json.loads(line)["user_id"]) == (0, "ada")

    whole = called("audit", "verify", "--json")
    assert (whole.code, [one["fault"] for one in json.loads(whole.out)]) == (0, [None])

    with sqlite3.connect(tmp_path / "data/gateway.sqlite3") as database:
        database.execute("UPDATE audit_entries SET user_id = 'bob'")
    database.close()
    changed = called("audit", "verify", "--json")
    (found,) = json.loads(changed.out)
    assert changed.code == 1
    assert found["fault"] == {"number": 1, "flaw": "changed"}
    assert "Not every record is whole" in changed.err


def test_who_owns_the_space_sets_how_long_calls_are_kept(called: Cli) -> None:
    assert "for 90 days, as the gateway's operator has set" in called("audit", "keep").out
    assert "for 7 days, as ada has set" in called("audit", "keep", "--days", "7").out
    assert json.loads(called("audit", "keep", "--json").out)["own_days"] == 7
    refused = called("audit", "keep", "--days", "8", "--as-operator")
    assert (refused.code, "Either --days or --as-operator" in refused.err) == (2, True)
    assert "for 90 days" in called("audit", "keep", "--as-operator").out


def test_a_question_that_makes_no_sense_is_refused_in_words(called: Cli) -> None:
    ran = called("audit", "list", "--page", "no page")
    assert ran.code == 1
    assert "neither an id nor an address" in ran.err
