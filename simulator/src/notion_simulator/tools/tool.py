"""What a tool is: its declaration as Notion lists it, and the function behind it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from notion_simulator.oauth.grants import Grant
from notion_simulator.settings import SimulatorSettings
from notion_simulator.workspace.model import User, Workspace

Arguments = Mapping[str, Any]
Result = dict[str, Any]
Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls a tool and on what; `now` in seconds since the epoch.

    `access` is the current tool access by short name, of the tools on offer.
    """

    workspace: Workspace
    grant: Grant
    now: float
    settings: SimulatorSettings
    base_url: str
    client_name: str
    access: Mapping[str, dict[str, Any]]

    @property
    def user(self) -> User:
        return self.workspace.person

    def offers(self, name: str) -> bool:
        """Whether a tool is in the tool set of the moment."""
        return short_name(name) in self.access


@dataclass(frozen=True, slots=True)
class Hints:
    """The four annotations (2025-03-26 tool annotations)."""

    read_only: bool = False
    destructive: bool = False
    idempotent: bool = False
    open_world: bool = False


# The names follow the annotations seen on Notion's tools.
READS = Hints(read_only=True, idempotent=True)
LOOKS = Hints(read_only=True)
ADDS = Hints()
MARKS = Hints(idempotent=True)
OVERWRITES = Hints(destructive=True)
ASKS_OUTSIDE = Hints(read_only=True, idempotent=True, open_world=True)
ADDS_FROM_OUTSIDE = Hints(open_world=True)


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool; `run` changes the workspace in place and may raise `NotionError`.

    `pause` says for how many seconds the answer waits before `run`. A tool with
    an `output_schema` answers with structured content too.
    """

    name: str
    title: str
    description: str
    input_schema: Schema
    hints: Hints
    run: Callable[[Call, Arguments], Result]
    pause: Callable[[Call, Arguments], float] | None = None
    output_schema: Schema | None = None
    meta: Mapping[str, Any] | None = None


def short_name(name: str) -> str:
    """Returns the name a tool has in current_tool_access, for instance query_data_sources."""
    return name.removeprefix("notion-").replace("-", "_")


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


def exactly(properties: Schema, required: tuple[str, ...] = ()) -> Schema:
    """Returns an object schema that takes no further properties."""
    return {**schema(properties, required), "additionalProperties": False}
