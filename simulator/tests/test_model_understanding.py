"""Which requests the scripted model understands, and as what."""

import pytest

from notion_simulator.model.intents import (
    IT,
    AddComment,
    Append,
    CheckOff,
    Create,
    Help,
    Intent,
    ListDatabases,
    ListRecent,
    ListRows,
    Read,
    ReadComments,
    Rename,
    ReplaceAll,
    ReplaceText,
    Search,
    SetValue,
    Summarise,
    Target,
    WhoAmI,
)
from notion_simulator.model.outcomes import (
    Cancelled,
    Denied,
    Failed,
    Found,
    Outcome,
    Said,
    outcome_of,
)
from notion_simulator.model.understanding import understand

HANDBOOK = Target("Team Handbook")
ADDRESS = "https://app.notion.com/p/48d61efd48365855b133e9d8b87652e4?pvs=204"


@pytest.mark.parametrize(
    ("request_", "intent"),
    [
        ("hi", Help()),
        ("What can you do?", Help()),
        ("write me a poem", Help(asked=False)),
        ("delete the Team Handbook", Help(asked=False)),
        ("", Help()),
        ("Find pages about the release", Search("release")),
        ("which pages mention rollback?", Search("rollback")),
        ("is there a page about onboarding?", Search("onboarding")),
        ("find pages about salt and pepper", Search("salt and pepper")),
        ('Search for "the error budget"', Search("the error budget")),
        ("where is the onboarding checklist?", Search("onboarding checklist")),
        ("what pages are there?", ListRecent()),
        ("List my pages", ListRecent()),
        ("Which databases do we have?", ListDatabases()),
        ("show me the rows of the roadmap", ListRows(Target("roadmap"))),
        (
            "list the tasks in the roadmap where the status is In progress",
            ListRows(Target("roadmap"), "status", "In progress"),
        ),
        (
            "show the rows of the roadmap with priority high",
            ListRows(Target("roadmap"), "priority", "high"),
        ),
        ("summarise the Team Handbook page", Summarise(HANDBOOK)),
        ("Could you please summarize “Team Handbook”?", Summarise(HANDBOOK)),
        ("what's in the Team Handbook?", Summarise(HANDBOOK)),
        ("What does the Team Handbook say?", Summarise(HANDBOOK)),
        (f"Summarise @[Team Handbook]({ADDRESS})", Summarise(Target(address=ADDRESS))),
        (f"Read @[https://evil.example/ \\[x\\]]({ADDRESS})", Read(Target(address=ADDRESS))),
        (
            "Add @[plan.pdf](file-upload://0f-1) to the Team Handbook",
            Append(HANDBOOK, '<file src="file-upload://0f-1">plan.pdf</file>'),
        ),
        ("Find and summarise the Team Handbook", Summarise(HANDBOOK)),
        ("find the page called Team Handbook and summarise it", Summarise(HANDBOOK)),
        ('Search for "Team Handbook", then give me a summary', Summarise(HANDBOOK)),
        ("summarise it", Summarise(IT)),
        ("summarise the second one", Summarise(Target(place=1))),
        ("summarise the last result", Summarise(Target(place=-1))),
        (f"summarise {ADDRESS}.", Summarise(Target(address=ADDRESS))),
        ("read the Team Handbook", Read(HANDBOOK)),
        ("create a page called Lunch", Create("Lunch")),
        ("create a page", Create("")),
        ("Please make a new page titled Lunch: Soup.", Create("Lunch", "Soup.")),
        (
            'create a page called "Lunch" with text "Soup\non Monday"',
            Create("Lunch", "Soup\non Monday"),
        ),
        (
            "create a page under the Team Handbook called Lunch with the text Soup",
            Create("Lunch", "Soup", HANDBOOK),
        ),
        ('add a page "Lunch" under the Team Handbook', Create("Lunch", "", HANDBOOK)),
        ("rename the Team Handbook page to Guide.", Rename(HANDBOOK, "Guide")),
        ('change the title of "Team Handbook" to "Guide"', Rename(HANDBOOK, "Guide")),
        ("find the Team Handbook and rename it to Guide", Rename(HANDBOOK, "Guide")),
        (
            "change the status of Team Handbook to In progress",
            SetValue(HANDBOOK, "status", "In progress"),
        ),
        ("mark Team Handbook as done", SetValue(HANDBOOK, "status", "done")),
        (
            "set Team Handbook's due date to 2026-12-01",
            SetValue(HANDBOOK, "due date", "2026-12-01"),
        ),
        ('append "Bye." to the Team Handbook', Append(HANDBOOK, "Bye.")),
        ("add to the Team Handbook: one\ntwo", Append(HANDBOOK, "one\ntwo")),
        ('add a to-do "Buy milk" to the Team Handbook', Append(HANDBOOK, "- [ ] Buy milk")),
        ("add the heading News to the Team Handbook", Append(HANDBOOK, "## News")),
        ('replace "a" with "b" in the Team Handbook', ReplaceText(HANDBOOK, "a", "b")),
        ("in the Team Handbook, replace a with b", ReplaceText(HANDBOOK, "a", "b")),
        ('change the word "a" to "b" in Team Handbook', ReplaceText(HANDBOOK, "a", "b")),
        ('replace the content of the Team Handbook with "b"', ReplaceAll(HANDBOOK, "b")),
        ("tick off Buy milk in the Team Handbook", CheckOff(HANDBOOK, "Buy milk")),
        ("comment on the Team Handbook: Nice.", AddComment(HANDBOOK, "Nice.")),
        ("add a comment to Team Handbook saying Nice", AddComment(HANDBOOK, "Nice")),
        ("are there comments on the Team Handbook?", ReadComments(HANDBOOK)),
        ("Which workspace am I connected to?", WhoAmI()),
    ],
)
def test_a_request_is_understood(request_: str, intent: Intent) -> None:
    assert understand(request_) == intent


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ('{"results": []}', Found({"results": []})),
        ('"{\\"results\\": []}"', Found({"results": []})),
        ('[{"type": "text", "text": "{\\"results\\": []}"}]', Found({"results": []})),
        (
            '{"content": [{"type": "text", "text": "{\\"results\\": []}"}], "isError": false}',
            Found({"results": []}),
        ),
        ('{"content": [], "structuredContent": {"a": 1}}', Found({"a": 1})),
        ('<untrusted>\n{"results": []}\n</untrusted>', Found({"results": []})),
        ('{"text": "denied", "status": "denied"}', Found({"text": "denied", "status": "denied"})),
        ('{"name": "APIResponseError", "code": "x", "message": "no"}', Failed("no")),
        ('{"code": -32602, "message": "bad"}', Failed("bad")),
        ('{"error": "boom"}', Failed("boom")),
        ('{"isError": true, "content": [{"type": "text", "text": "boom"}]}', Failed("boom")),
        ('{"status": "cancelled"}', Cancelled()),
        ("Stopped by the user", Cancelled()),
        ("The user rejected the call", Denied()),
        ("Upgrade to use this", Said("Upgrade to use this")),
        ("[" * 100_000, Said("[" * 100_000)),
    ],
)
def test_the_outcome_of_a_call_is_read_from_what_clients_send(text: str, outcome: Outcome) -> None:
    assert outcome_of(text) == outcome
