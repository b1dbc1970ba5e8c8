"""What the Acme workspace has besides pages: meeting notes, a skill, agents, the sidebar."""

from notion_simulator.workspace.agents import Agent
from notion_simulator.workspace.model import Meeting, Page, Parent, Workspace
from notion_simulator.workspace.sample_ids import ADA, at, sample_id

SKILL = """# Outcome
A short update for everybody who follows the roadmap.
# Instructions
1. Read the rows that changed since Friday.
2. Name what is blocked first.
3. Ask when an owner is missing."""


def furnish(acme: Workspace) -> None:
    """Adds the extras to the Acme workspace."""
    planning = _page("Planning, 7 September", "🎙️", "2026-09-07T09:30:00+00:00", "")
    planning.meeting = Meeting(
        attendees=(sample_id(ADA), sample_id("Noor Haddad")),
        summary="The importer comes first; the guide waits for it.",
        transcript="Ada: What is blocked?\nNoor: The guide, until the importer is done.",
    )
    skill = _page("Weekly Update", "🧭", "2026-08-20T08:00:00+00:00", SKILL)
    skill.is_skill = True
    for page in (planning, skill):
        acme.add(page)
    acme.favorites = [sample_id("Team Handbook"), sample_id("Roadmap")]
    acme.shared = [sample_id("Team Handbook")]
    acme.agents = {agent.id: agent for agent in _agents(acme)}


def _page(title: str, icon: str, created: str, content: str) -> Page:
    return Page(
        id=sample_id(title),
        parent=Parent("workspace"),
        cells={"title": title},
        content=content,
        icon=icon,
        created_by=sample_id(ADA),
        edited_by=sample_id(ADA),
        created_at=at(created),
        edited_at=at(created),
    )


def _agents(acme: Workspace) -> list[Agent]:
    made = at("2026-05-02T08:00:00+00:00")
    return [
        Agent(
            sample_id("Scout"),
            acme.id,
            "Scout",
            "Looks things up in the workspace and says where they are.",
            made,
            favorite=True,
        ),
        Agent(
            sample_id("Stumbler"),
            acme.id,
            "Stumbler",
            "Fails at every task, to test what a client does then.",
            made + 86_400,
            fails=True,
        ),
    ]
