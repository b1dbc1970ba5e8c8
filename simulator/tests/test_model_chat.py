"""Conversations with the scripted model: OpenAI's client, the MCP client, and a real workspace."""

import json
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import pytest

from notion_simulator.workspace.model import page_url
from notion_simulator.workspace.samples import sample_id
from support.caller import Caller, text_of
from support.chat import Chat, chatting

pytestmark = pytest.mark.anyio

SEARCH, FETCH, UPDATE = "notion-search", "notion-fetch", "notion-update-page"
SCRATCHPAD = sample_id("Empty Scratchpad")


@pytest.fixture
async def chat(caller: Caller) -> AsyncGenerator[Chat]:
    async with chatting(caller) as one:
        yield one


def cited(title: str) -> str:
    return f"[{title}]({page_url(sample_id(title))}?pvs=204)"


async def page(chat: Chat, title: str) -> dict[str, Any]:
    fetched = await chat.mcp.call_tool(FETCH, {"id": sample_id(title)})
    return json.loads(text_of(fetched.content))


async def test_it_says_once_that_it_is_no_ai_and_what_it_can_do(chat: Chat) -> None:
    first = await chat.say("Hello!")
    assert first.text.startswith("I am a scripted demo model, not an AI")
    assert "- Summarise the Team Handbook" in first.text
    second = await chat.say("What is the meaning of life?")
    assert second.text.startswith("I did not understand that.")
    assert "- Find pages about the release" in second.text
    assert "not an AI" not in second.text
    assert (first.calls, second.calls) == ([], [])


async def test_what_is_found_is_cited_with_its_address(chat: Chat) -> None:
    answer = await chat.say("find pages about the release")
    assert [(call.name, call.arguments) for call in answer.calls] == [
        (SEARCH, {"query": "release"})
    ]
    assert f"- {cited('Release Process')} in Team Handbook" in answer.text
    assert "3 results" in answer.text
    nothing = await chat.say("find pages about zeppelins")
    assert nothing.text == "I found nothing for “zeppelins”."


async def test_finding_and_summarising_searches_fetches_and_tells_what_the_page_says(
    chat: Chat,
) -> None:
    answer = await chat.say("Find and summarise the onboarding checklist")
    assert answer.tools == [SEARCH, FETCH]
    assert cited("Onboarding Checklist") in answer.text
    assert "Ask questions early, and ask them in the open." in answer.text
    assert "Open to-dos (2 of 4):\n\n- Read the release process\n- Ship a small fix" in answer.text
    handbook = await chat.say("Can you give me a summary of the Team Handbook, please?")
    assert "Headings: How we work · Meetings" in handbook.text
    assert "We write things down." in handbook.text


async def test_a_database_is_summarised_by_its_rows(chat: Chat) -> None:
    answer = await chat.say("summarise the roadmap page")
    assert answer.tools == [SEARCH, FETCH, "notion-query-data-sources"]
    assert "4 rows: 2 In progress, 1 Done, 1 Not started." in answer.text
    assert f"- [Write the guide]({page_url(sample_id('Write the guide'))})" in answer.text
    rows = await chat.say("show the rows of the roadmap with status in progress")
    assert "Build the importer" in rows.text
    assert "Design the API" not in rows.text
    assert "[Roadmap]" in (await chat.say("list the databases")).text


async def test_a_page_is_created_where_it_is_wanted_and_cited(chat: Chat) -> None:
    answer = await chat.say(
        'create a page called "Lunch ideas" under the Team Handbook with text "Soup\non Monday"'
    )
    assert answer.tools == [SEARCH, "notion-create-pages"]
    assert answer.calls[-1].arguments == {
        "pages": [{"properties": {"title": "Lunch ideas"}, "content": "Soup\non Monday"}],
        "parent": {"type": "page_id", "page_id": sample_id("Team Handbook")},
    }
    assert "Done: I created [Lunch ideas](https://app.notion.com/p/" in answer.text
    read = await chat.say("read it")
    assert read.tools == [FETCH]
    assert "> Soup\n> on Monday" in read.text


@pytest.mark.parametrize(
    ("request_", "arguments", "now"),
    [
        (
            "rename the Empty Scratchpad page to Ideas",
            {"command": "update_properties", "properties": {"title": "Ideas"}},
            '{"title": "Ideas"}',
        ),
        (
            'append "Remember the milk" to the empty scratchpad',
            {
                "command": "insert_content",
                "content": "Remember the milk",
                "position": {"type": "end"},
            },
            "Remember the milk",
        ),
        (
            "replace the content of Empty Scratchpad with: One.\nTwo.",
            {"command": "replace_content", "new_str": "One.\nTwo."},
            "One.\nTwo.",
        ),
    ],
)
async def test_a_page_is_looked_at_before_it_is_changed(
    chat: Chat, request_: str, arguments: dict[str, Any], now: str
) -> None:
    answer = await chat.say(request_)
    assert answer.tools == [SEARCH, FETCH, UPDATE]
    assert answer.calls[-1].arguments == {"page_id": SCRATCHPAD, **arguments}
    assert f"I am about to change {cited('Empty Scratchpad')}." in answer.text
    assert "Done: " in answer.text
    assert now in (await page(chat, "Empty Scratchpad"))["text"]


async def test_a_status_is_changed_under_the_databases_own_names(chat: Chat) -> None:
    answer = await chat.say("change the status of write the guide to in progress")
    assert answer.tools == [SEARCH, FETCH, FETCH, UPDATE]
    assert answer.calls[-1].arguments["properties"] == {"Status": "In progress"}
    assert "Status of [Write the guide]" in answer.text
    assert "It was “Not started” before." in answer.text
    wrong = await chat.say("set the status of Write the guide to finished")
    assert "There are: “Not started”, “In progress”, “Done”." in wrong.text
    assert UPDATE not in wrong.tools
    number = await chat.say("set the estimate of Write the guide to infinity")
    assert "takes a number" in number.text


async def test_words_are_replaced_and_to_dos_checked_off_where_they_stand(chat: Chat) -> None:
    await chat.say('replace "Wednesday" with "Thursday" in the Release Process page')
    assert "Freeze the branch on Thursday" in (await page(chat, "Release Process"))["text"]
    await chat.say("check off read the release process in the Onboarding Checklist")
    checklist = (await page(chat, "Onboarding Checklist"))["text"]
    assert "- [x] Read the **release process**" in checklist
    missing = await chat.say('replace "zeppelin" with "kite" in the Release Process page')
    assert missing.text.endswith("Nothing was changed.")
    assert UPDATE not in missing.tools


async def test_comments_are_read_and_written(chat: Chat) -> None:
    read = await chat.say("what are the comments on the Team Handbook?")
    assert "- Could we move the demo to Thursday?" in read.text
    written = await chat.say('comment on the Release Process: "Who publishes?"')
    assert written.tools == [SEARCH, "notion-create-comment"]
    assert "> Who publishes?" in written.text
    again = await chat.say("show the comments on release process")
    assert "- Who publishes?" in again.text


@pytest.mark.parametrize(
    ("request_", "path", "says"),
    [
        ('Append "Theirs" to the Empty Scratchpad page', ("content",), "> Mine"),
        ('create a page called "Theirs"', ("pages", 0, "properties", "title"), "created [Mine]"),
        ('comment on the Release Process: "Theirs"', ("markdown",), "> Mine"),
        (
            'replace "Get a laptop" with "Theirs" on the Onboarding Checklist',
            ("content_updates", 0, "new_str"),
            "is now “Mine”",
        ),
    ],
)
async def test_what_was_put_into_other_words_is_what_it_says_it_did(
    chat: Chat, request_: str, path: tuple[str | int, ...], says: str
) -> None:
    def in_other_words(name: str, arguments: dict[str, Any]) -> None:
        if name in {SEARCH, FETCH}:
            return
        inside: Any = arguments
        for step in path[:-1]:
            inside = inside[step]
        inside[path[-1]] = inside[path[-1]].replace("Theirs", "Mine")

    answer = await chat.say(request_, in_other_words)
    said = answer.text.partition("Done: ")[2]
    assert says in said
    assert "Theirs" not in said


async def test_it_and_the_second_one_mean_what_was_spoken_of(chat: Chat) -> None:
    assert "which page you mean" in (await chat.say("summarise it")).text
    await chat.say("find pages about the release")
    second = await chat.say("summarise the second one")
    assert second.tools == [FETCH]
    assert cited("Team Handbook") in second.text
    assert "no such result" in (await chat.say("summarise the fifth result")).text
    renamed = await chat.say("rename it to Guide")
    assert renamed.calls[-1].arguments["page_id"] == sample_id("Team Handbook")


async def test_a_change_is_not_made_to_a_page_that_may_not_be_the_one(chat: Chat) -> None:
    for title in ("Plan A", "Plan B"):
        await chat.say(f"create a page called {title}")
    several = await chat.say("rename plan to Plans")
    assert "Several pages could be “plan”" in several.text
    assert "[Plan A]" in several.text
    nobody = await chat.say("rename the release zeppelin to Kite")
    assert "No page is called “release zeppelin”. Nothing was changed." in nobody.text
    database = await chat.say("rename Roadmap to Plans")
    assert "I change pages only" in database.text
    assert UPDATE not in [*several.tools, *nobody.tools, *database.tools]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("Tool call execution denied.", "You did not allow me to change the page"),
        ('{"type": "execution-denied"}', "You did not allow me to change the page"),
        ("The call was cancelled.", "That was stopped before it ended"),
        ('{"isError": true, "content": [{"type": "text", "text": "aborted"}]}', "was stopped"),
        ("Error: the gateway timed out", "I could not change the page: Error: the gateway"),
        (
            '{"error": {"code": -32001, "message": "Notion needs someone to reconnect"}}',
            "Reconnect, and ask again.",
        ),
        ("Your plan does not include this.", "Notion answered in words"),
    ],
)
async def test_what_did_not_happen_is_said_in_plain_words(chat: Chat, told: str, said: str) -> None:
    def decide(name: str, arguments: Mapping[str, Any]) -> str | None:
        del arguments
        return told if name == UPDATE else None

    answer = await chat.say("rename Empty Scratchpad to Ideas", decide)
    assert answer.tools == [SEARCH, FETCH, UPDATE]
    assert said in answer.text
    assert "Done" not in answer.text
    assert (await page(chat, "Empty Scratchpad"))["title"] == "Empty Scratchpad"


async def test_a_tools_own_error_is_told_and_the_request_can_be_made_again(
    caller: Caller, chat: Chat
) -> None:
    refused = await chat.say("replace the content of the Team Handbook with nothing much")
    assert "I could not change the page: This would delete child pages" in refused.text
    await caller.settings(rate_limit_per_minute=1)
    limited = await chat.say("find pages about the release")
    assert "I could not search the workspace: rate\\_limited" in limited.text
    await caller.settings(rate_limit_per_minute=None)
    assert "[Release Process]" in (await chat.say("find pages about the release")).text


async def test_tools_are_known_by_the_end_of_the_name_a_client_gives_them(caller: Caller) -> None:
    async with chatting(caller, prefix="mcp__notion__") as chat:
        answer = await chat.say("summarise the release process")
        assert answer.tools == [SEARCH, FETCH]
        assert "Rollback takes at most 10 minutes." in answer.text


async def test_without_the_tool_it_says_which_one_is_missing(chat: Chat) -> None:
    chat.tools = [tool for tool in chat.tools if tool["function"]["name"] != UPDATE]
    answer = await chat.say("rename Empty Scratchpad to Ideas")
    assert "`notion-update-page`" in answer.text
    assert "read-only" in answer.text
    chat.tools = []
    assert "no Notion tools" in (await chat.say("help")).text


@pytest.mark.parametrize("tool_set", ["minimum", "2026-03", "2026-09"])
async def test_its_arguments_fit_the_schemas_of_every_generation(
    caller: Caller, tool_set: str
) -> None:
    await caller.settings(tool_set=tool_set)
    async with chatting(caller) as chat:
        answer = await chat.say("summarise the release process")
        assert "Rollback" in answer.text
        changed = await chat.say("rename it to Releases")
        assert "Done" in changed.text


async def test_arguments_that_a_given_schema_refuses_are_not_sent(chat: Chat) -> None:
    closed: dict[str, object] = {
        "type": "object",
        "properties": {"q": {"type": "string"}},
        "required": ["q"],
    }
    chat.tools = [
        {"type": "function", "function": {"name": SEARCH, "parameters": closed}},
    ]
    answer = await chat.say("find pages about the release")
    assert answer.calls == []
    assert "takes other arguments than I know" in answer.text
