"""Three workspaces to consent to, the same after every reset.

Every id is derived from a name, so a test may write `sample_id("Team Handbook")`
instead of searching first.
"""

from notion_simulator.workspace.model import (
    Comment,
    Database,
    DataSource,
    DateValue,
    Discussion,
    Option,
    Page,
    Parent,
    Property,
    Team,
    User,
    View,
    Workspace,
    page_url,
)
from notion_simulator.workspace.sample_extras import furnish
from notion_simulator.workspace.sample_hostile import hostile_page
from notion_simulator.workspace.sample_ids import ADA, at, sample_id

__all__ = ["sample_id", "sample_workspaces"]


TOP = Parent("workspace")


def sample_workspaces() -> list[Workspace]:
    """Returns fresh copies of the sample workspaces: Acme, Birch Studio and Ada's Notes."""
    return [_acme(), _birch_studio(), _private_notes()]


def _people(*others: str) -> dict[str, User]:
    users = [
        User(sample_id(name), name, "person", f"{name.split()[0].lower()}@example.com")
        for name in (ADA, *others)
    ]
    users.append(User(sample_id("Notion MCP"), "Notion MCP", "bot"))
    return {user.id: user for user in users}


def _teams(*teams: tuple[str, str | None]) -> dict[str, Team]:
    return {sample_id(name): Team(sample_id(name), name, role) for name, role in teams}


def _page(title: str, parent: Parent, content: str, icon: str, edited: str) -> Page:
    return Page(
        id=sample_id(title),
        parent=parent,
        cells={"title": title},
        content=content,
        icon=icon,
        created_by=sample_id(ADA),
        edited_by=sample_id(ADA),
        created_at=at("2026-01-12T09:00:00+00:00"),
        edited_at=at(edited),
    )


def _child(title: str) -> str:
    return f'<page url="{page_url(sample_id(title))}">{title}</page>'


HANDBOOK = """# How we work
We write things down. A decision that is only in a chat has not been made.
<callout icon="💡" color="blue_bg">
\tNew here? Start with the onboarding checklist.
</callout>
{checklist}
{releases}
## Meetings
- Monday: planning, 30 minutes
- Friday: demo, everybody is welcome
<details>
<summary>Why no daily stand-up?</summary>
\tWe tried it for a quarter and preferred a written note.
</details>
{roadmap}"""

CHECKLIST = """- [x] Get a laptop
- [x] Meet the team
- [ ] Read the **release process**
- [ ] Ship a small fix in your first week
> Ask questions early, and ask them in the open."""

RELEASES = """1. Freeze the branch on Wednesday
2. Run the checks
3. Publish the notes
```python
def version(year: int, week: int) -> str:
    return f"{year}.{week}"
```
The error budget is $`0.1\\%`$ per month.
---
Rollback takes at most 10 minutes."""


def _acme() -> Workspace:
    handbook = _page("Team Handbook", TOP, "", "📘", "2026-08-03T10:15:00+00:00")
    home = Parent("page", handbook.id)
    roadmap, source, views = _roadmap(home)
    handbook.content = HANDBOOK.format(
        checklist=_child("Onboarding Checklist"),
        releases=_child("Release Process"),
        roadmap=f'<database url="{roadmap.url}" inline="false" '
        f'data-source-url="{source.url}">Roadmap</database>',
    )
    pages = [
        handbook,
        _page("Onboarding Checklist", home, CHECKLIST, "✅", "2026-07-20T08:00:00+00:00"),
        _page("Release Process", home, RELEASES, "🚀", "2026-09-01T14:30:00+00:00"),
        _page("Empty Scratchpad", TOP, "", "📝", "2026-09-02T12:00:00+00:00"),
        *_tasks(source),
    ]
    discussion = Discussion(
        id=sample_id("Friday discussion"),
        page_id=handbook.id,
        text_context="Friday: demo, everybody is welcome",
        comments=[
            Comment(
                sample_id("Friday comment"),
                sample_id("Noor Haddad"),
                at("2026-08-03T11:00:00+00:00"),
                "Could we move the demo to Thursday?",
            )
        ],
    )
    acme = Workspace(
        id=sample_id("Acme"),
        name="Acme",
        person_id=sample_id(ADA),
        users=_people("Noor Haddad", "Tomas Berg"),
        teams=_teams(("Engineering", "owner"), ("Design", "member"), ("Finance", None)),
        pages={page.id: page for page in pages},
        databases={roadmap.id: roadmap},
        data_sources={source.id: source},
        views={view.id: view for view in views},
        discussions={discussion.id: discussion},
    )
    furnish(acme)
    return acme


def _roadmap(parent: Parent) -> tuple[Database, DataSource, list[View]]:
    source = DataSource(
        id=sample_id("Roadmap tasks"),
        database_id=sample_id("Roadmap"),
        name="Roadmap",
        schema={
            "Task": Property("title", "What is to be done"),
            "Status": Property(
                "status",
                options=(
                    Option("Not started", "gray", "to_do"),
                    Option("In progress", "blue", "in_progress"),
                    Option("Done", "green", "complete"),
                ),
            ),
            "Priority": Property(
                "select",
                options=(Option("High", "red"), Option("Medium", "yellow"), Option("Low", "gray")),
            ),
            "Tags": Property(
                "multi_select", options=(Option("api", "purple"), Option("docs", "brown"))
            ),
            "Estimate": Property("number", "Days of work", number_format="number"),
            "Due": Property("date"),
            "Owner": Property("person"),
            "Blocked": Property("checkbox"),
            "Link": Property("url"),
            "Depends on": Property("relation", related=sample_id("Roadmap tasks")),
        },
    )
    views = [
        View(
            sample_id("All tasks view"), "All tasks", "table", source.id, ("Task", "Status", "Due")
        ),
        View(
            sample_id("In progress view"),
            "In progress",
            "board",
            source.id,
            ("Task", "Owner"),
            {
                "groupBy": "Status",
                "filter": {"property": "Status", "operator": "equals", "value": "In progress"},
            },
        ),
    ]
    database = Database(
        id=source.database_id,
        title="Roadmap",
        parent=parent,
        data_source_ids=[source.id],
        view_ids=[view.id for view in views],
        icon="🗺️",
        edited_at=at("2026-09-03T09:00:00+00:00"),
        created_at=at("2026-01-12T09:00:00+00:00"),
    )
    return database, source, views


def _tasks(source: DataSource) -> list[Page]:
    ada, noor = sample_id(ADA), sample_id("Noor Haddad")
    design, build = sample_id("Design the API"), sample_id("Build the importer")
    rows: list[tuple[str, str, str, list[str], float, str, str, bool, list[str]]] = [
        ("Design the API", "Done", "High", ["api"], 3, "2026-08-14", ada, False, []),
        (
            "Build the importer",
            "In progress",
            "High",
            ["api"],
            8,
            "2026-09-25",
            noor,
            False,
            [design],
        ),
        (
            "Write the guide",
            "Not started",
            "Medium",
            ["docs"],
            2.5,
            "2026-10-02",
            ada,
            True,
            [build],
        ),
        ("Fix date parsing", "In progress", "Low", [], 1, "2026-09-18", noor, False, []),
    ]
    return [
        Page(
            id=sample_id(title),
            parent=Parent("data_source", source.id),
            title_property="Task",
            cells={
                "Task": title,
                "Status": status,
                "Priority": priority,
                "Tags": tags,
                "Estimate": estimate,
                "Due": DateValue(due),
                "Owner": [owner],
                "Blocked": blocked,
                "Link": None,
                "Depends on": depends_on,
            },
            content=f"Notes on “{title}”.",
            created_by=ada,
            edited_by=owner,
            created_at=at("2026-08-01T09:00:00+00:00"),
            edited_at=at("2026-09-04T16:45:00+00:00"),
        )
        for title, status, priority, tags, estimate, due, owner, blocked, depends_on in rows
    ]


def _birch_studio() -> Workspace:
    brief = _page("Client Brief", TOP, "", "🌿", "2026-06-10T09:30:00+00:00")
    brief.content = f"A brand for a bakery.\n{_child('Mood Board')}\nBudget: 12 000 €"
    mood = "Warm, a little dusty, *never* pastel."
    board = _page("Mood Board", Parent("page", brief.id), mood, "🎨", "2026-06-11T09:30:00+00:00")
    hostile = hostile_page(TOP)
    return Workspace(
        id=sample_id("Birch Studio"),
        name="Birch Studio",
        person_id=sample_id(ADA),
        users=_people("Mika Laine"),
        teams=_teams(("Studio", "member")),
        pages={page.id: page for page in (brief, board, hostile)},
    )


def _private_notes() -> Workspace:
    note = _page(
        "Reading List",
        TOP,
        "- A Pattern Language\n- The Mezzanine",
        "📚",
        "2026-05-05T20:00:00+00:00",
    )
    return Workspace(
        id=sample_id("Ada's Notes"),
        name="Ada's Notes",
        person_id=sample_id(ADA),
        users=_people(),
        teams={},
        pages={note.id: note},
    )
