"""A space's policy as people write it: a JSON document with a published schema.

``docs/policy.md`` explains it; ``docs/policy.schema.json`` is made from these classes.
"""

from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from notion_gateway.kernel.page_ids import ids_in

MAX_RULES: Final = 100
MAX_TOOLS: Final = 500
MAX_CALLERS: Final = 50
MAX_VALUES: Final = 200

ToolName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_./-]{1,128}$")]
Value = str | bool | int
_Text = Annotated[str, Field(min_length=1, max_length=500)]

_PATH_PARTS: Final = 10
_PATH_PART_CHARACTERS: Final = 100


def _of_short_parts(path: str) -> str:
    """Counted in the pattern, they made of it an automaton of 4 MB, and 20 ms of every start."""
    if any(len(part) > _PATH_PART_CHARACTERS for part in path.split(".")):
        raise ValueError(f"a part of it has more than {_PATH_PART_CHARACTERS} characters")
    return path


_ArgumentPath = Annotated[
    str,
    Field(
        pattern=rf"^[^.\s]+(\.[^.\s]+){{0,{_PATH_PARTS - 1}}}$",
        max_length=_PATH_PARTS * (_PATH_PART_CHARACTERS + 1) - 1,
    ),
    AfterValidator(_of_short_parts),
]


class Effect(StrEnum):
    """``ask``: the person who calls has to say yes to this very call."""

    ALLOW = "allow"
    ASK = "ask"
    BLOCK = "block"


class Preset(StrEnum):
    EVERYTHING = "everything"
    READ_ONLY = "read_only"
    NO_DELETING = "no_deleting"
    CUSTOM = "custom"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ByKind(_Part):
    """Tools that only read, and all others."""

    reading: Effect
    writing: Effect


class ArgumentRule(_Part):
    """What happens to a call of ``tool`` whose arguments are so. It narrows only: the stricter
    of this and of what the tool itself gets counts.

    ``path`` leads into the arguments, its parts separated by dots; ``*`` is every member or
    element there. Exactly one of the forms is given:

    ``is``: a value there is this. ``is_present``: something stands there. ``in``: a value there
    is one of these. ``not_in``: what stands there is not exactly one of these, or nothing stands
    there. ``contains``: a text there has this in it. ``outside_pages``: what stands there names
    another page, database or data source than these, or none.
    """

    tool: ToolName
    path: _ArgumentPath
    equals: Annotated[Value | None, Field(alias="is")] = None
    is_present: Literal[True] | None = None
    one_of: Annotated[
        tuple[Value, ...] | None, Field(alias="in", min_length=1, max_length=MAX_VALUES)
    ] = None
    not_in: Annotated[tuple[Value, ...] | None, Field(min_length=1, max_length=MAX_VALUES)] = None
    contains: _Text | None = None
    outside_pages: Annotated[
        tuple[_Text, ...] | None, Field(min_length=1, max_length=MAX_VALUES)
    ] = None
    then: Literal[Effect.ASK, Effect.BLOCK]
    name: Annotated[str | None, Field(min_length=1, max_length=100)] = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        forms = (self.equals, self.is_present, self.one_of, self.not_in, self.contains)
        if [*(one is None for one in forms), self.outside_pages is None].count(False) != 1:
            raise ValueError(
                "give exactly one of is, is_present, in, not_in, contains, outside_pages"
            )
        if any(len({*ids_in(one)}) != 1 for one in self.outside_pages or ()):
            raise ValueError("outside_pages: each names one page, by its id or its address")
        return self


class Rules(_Part):
    """``preset`` is where it begins; the others say what is different. ``tools``: by name.
    ``otherwise``: known tools that are not named. ``new_tools``: tools that neither this gateway
    nor an owner (``seen_tools``) knows.
    """

    tools: Annotated[dict[ToolName, Effect], Field(max_length=MAX_TOOLS)] = {}
    otherwise: ByKind | None = None
    new_tools: ByKind | None = None
    arguments: Annotated[tuple[ArgumentRule, ...], Field(max_length=MAX_RULES)] = ()


class CallerRules(Rules):
    """Narrower, for some calls. ``token``: those with one gateway token or MCP client's login, by
    the id that it is listed under. ``client``: those of one OAuth client, by its client id, with
    every login. ``any_token``: those with any of them.
    """

    token: Annotated[str | None, Field(min_length=1, max_length=200)] = None
    client: Annotated[str | None, Field(min_length=1, max_length=2000)] = None
    any_token: Literal[True] | None = None
    preset: Preset = Preset.EVERYTHING

    @model_validator(mode="after")
    def _one_caller(self) -> Self:
        if [one is None for one in (self.token, self.client, self.any_token)].count(False) != 1:
            raise ValueError("give exactly one of token, client, any_token")
        return self


def _nothing(_: str | None) -> None:
    """So that a document is the same with and without it."""


class PolicyDocument(Rules):
    """``version`` is of this form; ``seen_tools`` are tools that an owner has seen, which are new
    no longer. ``$schema`` is for editors: it counts for nothing, and is not stored.
    """

    for_editors: Annotated[
        str | None,
        Field(alias="$schema", title="Schema", max_length=2000, exclude=True),
        AfterValidator(_nothing),
    ] = None
    version: Literal[1]
    preset: Preset
    seen_tools: Annotated[tuple[ToolName, ...], Field(max_length=MAX_TOOLS)] = ()
    callers: Annotated[tuple[CallerRules, ...], Field(max_length=MAX_CALLERS)] = ()

    def with_seen(self, tools: frozenset[str]) -> Self:
        """The same with ``tools`` among those that an owner has seen."""
        more = tools - frozenset(self.seen_tools)
        if not more:
            return self
        return self.model_copy(update={"seen_tools": (*self.seen_tools, *sorted(more))})


def json_schema() -> dict[str, object]:
    schema = PolicyDocument.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Policy of a space",
    }
