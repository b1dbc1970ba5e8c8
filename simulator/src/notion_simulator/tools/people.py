"""notion-get-users and notion-get-teams."""

from typing import Any

from notion_simulator.tools.errors import invalid, not_found
from notion_simulator.tools.tool import READS, Arguments, Call, Result, Tool, schema, text
from notion_simulator.workspace.model import Team, User

MAX_TEAMS = 10


def get_users(call: Call, arguments: Arguments) -> Result:
    """Lists people and bots: all, one by id or `self`, or by part of a name or address."""
    users = list(call.workspace.users.values())
    if "user_id" in arguments:
        wanted = call.user.id if arguments["user_id"] == "self" else arguments["user_id"]
        found = [user for user in users if user.id == wanted]
        if not found:
            raise not_found("user", wanted)
        return {"results": [_user(user) for user in found], "has_more": False}
    query = str(arguments.get("query", "")).lower()
    users = [user for user in users if query in f"{user.name} {user.email or ''}".lower()]
    start = _offset(arguments.get("start_cursor"))
    end = start + int(arguments.get("page_size", 100))
    result: Result = {
        "results": [_user(user) for user in users[start:end]],
        "has_more": end < len(users),
    }
    if end < len(users):
        result["next_cursor"] = f"offset:{end}"
    return result


def get_teams(call: Call, arguments: Arguments) -> Result:
    """Lists the teamspaces the user has joined, and the others, ten of each at most."""
    query = str(arguments.get("query", "")).lower()
    teams = [team for team in call.workspace.teams.values() if query in team.name.lower()]
    joined = [team for team in teams if team.role is not None]
    others = [team for team in teams if team.role is None]
    return {
        "joinedTeams": [_team(team) for team in joined[:MAX_TEAMS]],
        "otherTeams": [_team(team) for team in others[:MAX_TEAMS]],
        "hasMore": max(len(joined), len(others)) > MAX_TEAMS,
    }


def _user(user: User) -> dict[str, Any]:
    described = {"type": user.type, "id": user.id, "name": user.name}
    return {**described, "email": user.email} if user.email is not None else described


def _team(team: Team) -> dict[str, Any]:
    described = {"type": "team", "id": team.id, "name": team.name}
    return {**described, "role": team.role} if team.role is not None else described


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    digits = cursor.removeprefix("offset:")
    if not digits.isdecimal():
        message = f"Invalid start_cursor: {cursor}"
        raise invalid(message)
    return int(digits)


TOOLS = (
    Tool(
        "notion-get-users",
        "Get Notion users",
        "Lists the workspace's users, or finds one by id, name or email address.",
        schema(
            {
                "query": text("Part of a name or email address"),
                "user_id": text('UUID, or "self"'),
                "page_size": {"type": "integer", "minimum": 1, "maximum": 100, "default": 100},
                "start_cursor": text(),
            }
        ),
        READS,
        get_users,
    ),
    Tool(
        "notion-get-teams",
        "Get Notion teamspaces",
        "Lists the teamspaces the user has joined and the others that can be seen.",
        schema({"query": text("Part of a name")}),
        READS,
        get_teams,
    ),
)
