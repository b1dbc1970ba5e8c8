"""What a tool is: its declaration as Notion lists it, and the function behind it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from notion_simulator.oauth.grants import Grant
from notion_simulator.workspace.model import User, Workspace

Arguments = Mapping[str, Any]
Result = dict[str, Any]
Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls a tool and on what; `now` in seconds since the epoch."""

    workspace: Workspace
    grant: Grant
    now: float
    tool_names: tuple[str, ...]

    @property
    def user(self) -> User:
        return self.workspace.person


@dataclass(frozen=True, slots=True)
class Hints:
    """The four annotations (2025-03-26 tool annotations)."""

    read_only: bool = False
    destructive: bool = False
    idempotent: bool = False
    open_world: bool = False


READS = Hints(read_only=True, idempotent=True)
ADDS = Hints()
OVERWRITES = Hints(destructive=True)


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool; `run` changes the workspace in place and may raise `NotionError`."""

    name: str
    title: str
    description: str
    input_schema: Schema
    hints: Hints
    run: Callable[[Call, Arguments], Result]


def schema(properties: Schema, required: tuple[str, ...] = ()) -> Schema:
    """Returns an object schema in the form Notion's tools have."""
    return {
        "$schema": DIALECT,
        "type": "object",
        "properties": properties,
        **({"required": list(required)} if required else {}),
        "additionalProperties": {},
    }


def text(description: str = "", **extra: Any) -> Schema:  # noqa: ANN401 - JSON schema keywords
    """Returns the schema of a string."""
    return {"type": "string", **({"description": description} if description else {}), **extra}
