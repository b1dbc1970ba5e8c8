"""tools list and tools call: Notion's tools from a shell, through the proxy."""

import json
import re
import signal

import httpx2

from tests.cli.processes import Cli, Pair, finish


def test_tools_are_listed_with_what_they_may_do(tools: Cli) -> None:
    ran = tools("tools", "list")

    assert ran.code == 0
    effects = {line.split()[0]: line.split()[-1] for line in ran.out.splitlines()[1:]}
    assert effects["notion-search"] == "read"
    assert effects["notion-create-pages"] == "write"
    assert effects["notion-update-page"] == "destructive"


def test_tools_as_json_carry_their_schemas(tools: Cli) -> None:
    listed = json.loads(tools("tools", "list", "--json").out)

    search = next(tool for tool in listed if tool["name"] == "notion-search")
    assert search["annotations"]["readOnlyHint"] is True
    assert "query" in search["inputSchema"]["properties"]


def test_a_call_prints_what_the_tool_returns(tools: Cli) -> None:
    ran = tools("tools", "call", "notion-search", "--arg", "query=roadmap")

    assert ran.code == 0
    assert "Roadmap" in ran.out
    assert re.match(r"In the Notion workspace .+, as \w+\.$", ran.err.strip())


def test_arguments_as_an_object_reach_the_tool(tools: Cli) -> None:
    page = {"pages": [{"properties": {"title": "Käse & Brot"}}]}

    ran = tools("tools", "call", "notion-create-pages", "--args-json", json.dumps(page), "--json")

    assert ran.code == 0
    assert "isError" not in json.loads(ran.out) or json.loads(ran.out)["isError"] is False
    found = tools("tools", "call", "notion-search", "--arg", "query=Käse")
    assert "Käse & Brot" in found.out


def test_an_error_of_the_tool_exits_with_1_and_goes_to_stderr(tools: Cli) -> None:
    ran = tools("tools", "call", "notion-fetch", "--arg", "id=nowhere")

    assert ran.code == 1
    assert ran.out == ""
    assert "object_not_found" in ran.err


def test_an_error_of_the_tool_as_json_exits_with_1_too(tools: Cli) -> None:
    ran = tools("tools", "call", "notion-fetch", "--arg", "id=nowhere", "--json")

    assert ran.code == 1
    assert json.loads(ran.out)["isError"] is True


def test_an_unknown_tool_is_a_fault_of_usage(tools: Cli) -> None:
    ran = tools("tools", "call", "notion-dance")

    assert ran.code == 2
    assert "notion-dance" in ran.err


def test_tools_of_a_space_without_a_connection_exit_with_4(cli: Cli) -> None:
    ran = cli("tools", "list")

    assert ran.code == 4
    assert "Missing Notion MCP tokens" in ran.err
    assert "not_connected" in ran.err


def test_progress_is_shown_beside_the_result_and_ctrl_c_stops_the_tool_at_notion(
    tools: Cli, pair: Pair
) -> None:
    call = ("tools", "call", "simulator-stream", "--arg", "interval_ms=20", "--arg")

    ran = tools(*call, "events=3")
    assert ran.out.strip() == "3 events sent"
    assert "3/3" in ran.err

    with tools.started(*call, "events=100000") as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("In the Notion workspace")
        assert process.stderr.readline().startswith("…")
        process.send_signal(signal.SIGINT)
        ran = finish(process)
    assert ran.code == 130
    assert "Traceback" not in ran.err
    counted = httpx2.get(
        f"{pair.simulator}/_simulator/wait?path=streams.cancelled&at_least=1",
        trust_env=False,
        timeout=10,
    )
    assert counted.status_code == 200
