"""A space's policy: read by its members, set by its owners."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from notion_gateway.access.dependencies import (
    OF_OWNERS,
    OF_SPACES,
    AnOwnedSpace,
    APrincipal,
    ASpace,
    TheAccess,
)
from notion_gateway.access.membership import owned_still
from notion_gateway.http.json_route import BoundedBodyRoute
from notion_gateway.http.refusals import refusals
from notion_gateway.kernel.errors import Reason
from notion_gateway.policy.caller_warnings import PolicyWarning, caller_warnings
from notion_gateway.policy.errors import PolicyInvalid, PolicyUnreadable
from notion_gateway.policy.policies import Policies
from notion_gateway.policy.rules.document import (
    MAX_TOOLS,
    ArgumentRule,
    Effect,
    Preset,
    ToolName,
)
from notion_gateway.policy.rules.events import SpacePolicyRemoved, SpacePolicySet
from notion_gateway.policy.rules.overview import ToolKind, judged_tools
from notion_gateway.policy.rules.presets import PRESETS
from notion_gateway.policy.rules.reading import read_policy, written
from notion_gateway.policy.rules.space_policy import RemovePolicy, SetPolicy, SpacePolicy
from notion_gateway.policy.rules.taking_away import TAKING_AWAY, TakesAway
from notion_gateway.storage.event_streams import RecordedEvent


def _policies(request: Request) -> Policies:
    policies: Policies = request.state.policies
    return policies


ThePolicies = Annotated[Policies, Depends(_policies)]

router = APIRouter(tags=["policy"], route_class=BoundedBodyRoute)

HISTORY_PAGE = 100
HISTORY_PAGE_MAX = 1000
_LAST_VERSION = 2**31 - 1
_OF_CHANGES = (*OF_OWNERS, Reason.POLICY_CHANGED)

ExpectedVersion = Annotated[
    int,
    Query(
        ge=0,
        le=_LAST_VERSION,
        description="The version that you have seen, 0 where there was none: another one is"
        " refused, so that nobody's change is lost.",
    ),
]


class PolicyAnswer(BaseModel):
    space_id: str
    version: int = Field(description="Counts every change; 0 where there never was a policy.")
    policy: dict[str, Any] | None = Field(
        description="As it was set, in the form of docs/policy.schema.json; null where there is"
        " none, so that every call passes."
    )
    is_readable: bool = Field(
        description="False where a newer gateway wrote it: then no call passes."
    )
    set_at: datetime | None
    set_by: str | None
    warnings: list[PolicyWarning] = Field(
        description="Tokens, clients and machines that the policy names and the space does not have"
        " now: they may have ended, come later, or be misspelt."
    )


class JudgedToolAnswer(BaseModel):
    tool: str
    kind: ToolKind
    takes_away: TakesAway = Field(
        description="Whether calls of it take away what is there; `by_arguments`: those for which"
        " one of `taking_away` holds; `as_annotated`: this gateway does not know the tool."
    )
    is_new: bool = Field(description="Neither this gateway nor an owner (`seen_tools`) knows it.")
    effect: Effect = Field(
        description="For whoever calls without a token, unless a rule about arguments is stricter."
    )
    inherited: Effect = Field(description="What it would be if `tools` did not name it.")
    rule: str = Field(description="What decided; empty where there is no policy.")


class PolicyToolsAnswer(BaseModel):
    """What the policy makes of each tool, whatever its arguments."""

    version: int = Field(description="Of the policy.")
    tools: list[JudgedToolAnswer] = Field(
        description="Those that this gateway knows, those that the policy names, and `also`."
    )
    preset_arguments: list[dict[str, Any]] = Field(
        description="The preset's own rules about arguments, in the document's form."
    )
    taking_away: list[dict[str, Any]] = Field(
        description="Rules about arguments of calls that take away what is there, whatever the"
        " policy, in the document's form: those that the preset `no_deleting` blocks."
    )


class PolicyChange(BaseModel):
    version: int
    type: str
    at: datetime | None = None
    by: str | None = None
    policy: dict[str, Any] | None = None


class PolicyHistory(BaseModel):
    """A page, oldest first within it."""

    events: list[PolicyChange]
    before: int | None = Field(
        description="There is more: ask with this for the page before. None at the beginning."
    )


_DOCUMENT = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "description": "A policy: docs/policy.schema.json is its schema.",
                    "properties": {
                        "version": {"enum": [1]},
                        "preset": {"enum": [one.value for one in Preset]},
                    },
                    "required": ["version", "preset"],
                }
            }
        },
    }
}


@router.get("/spaces/{space_id}/policy", responses=refusals(*OF_SPACES))
async def policy(policies: ThePolicies, access: TheAccess, here: ASpace) -> PolicyAnswer:
    """What may be called in the space, and since when, by whom."""
    found = await policies.load(here.space_id)
    warnings = await caller_warnings(access.tokens, here.space_id, found.document)
    return _answer(found, warnings)


@router.put(
    "/spaces/{space_id}/policy",
    responses=refusals(*_OF_CHANGES, Reason.POLICY_INVALID),
    openapi_extra=_DOCUMENT,
)
async def put_policy(
    request: Request,
    policies: ThePolicies,
    access: TheAccess,
    here: AnOwnedSpace,
    principal: APrincipal,
    expected_version: ExpectedVersion,
) -> PolicyAnswer:
    """The body is the policy. What is none, or names a tool that nobody knows, is refused with
    its line, and the policy before it stays. A token, client or machine that the space does not
    have is a warning. It holds within two seconds on every gateway.
    """
    try:
        text = (await request.body()).decode()
    except UnicodeDecodeError:
        raise PolicyInvalid("Line 1: this is not UTF-8.") from None
    document = read_policy(text, await policies.nameable(here.space_id))
    warnings = await caller_warnings(access.tokens, here.space_id, document)
    command = SetPolicy(document, principal.user_id, expected_version)
    still = owned_still(here, principal)
    return _answer(await policies.carry_out(here.space_id, command, still), warnings)


@router.delete("/spaces/{space_id}/policy", responses=refusals(*_OF_CHANGES))
async def delete_policy(
    policies: ThePolicies,
    here: AnOwnedSpace,
    principal: APrincipal,
    expected_version: ExpectedVersion,
) -> PolicyAnswer:
    """From then on every call passes."""
    command = RemovePolicy(principal.user_id, expected_version)
    still = owned_still(here, principal)
    return _answer(await policies.carry_out(here.space_id, command, still), [])


@router.get(
    "/spaces/{space_id}/policy/tools", responses=refusals(*OF_SPACES, Reason.POLICY_UNREADABLE)
)
async def policy_tools(
    policies: ThePolicies,
    here: ASpace,
    also: Annotated[
        list[ToolName] | None,
        Query(max_length=MAX_TOOLS, description="Tools that Notion lists besides."),
    ] = None,
) -> PolicyToolsAnswer:
    """What the policy makes of each tool, so that people can look through it. Where there is no
    policy, `inherited` is what one with the preset `everything` would make of it.
    """
    found, known = await policies.looked_through(here.space_id)
    if not found.is_readable:
        raise PolicyUnreadable
    listed = known.listed.reading | known.listed.seen
    judged = judged_tools(known.document, known.reads, listed.union(also or ()))
    of_preset = () if found.document is None else PRESETS[found.document.preset].arguments
    return PolicyToolsAnswer(
        version=found.version,
        tools=[JudgedToolAnswer(**asdict(one)) for one in judged],
        preset_arguments=_documents(of_preset),
        taking_away=_documents(TAKING_AWAY),
    )


@router.get("/spaces/{space_id}/policy/events", responses=refusals(*OF_SPACES))
async def policy_events(
    policies: ThePolicies,
    here: ASpace,
    limit: Annotated[
        int, Query(ge=1, le=HISTORY_PAGE_MAX, description="How many at most.")
    ] = HISTORY_PAGE,
    before: Annotated[
        int | None, Query(ge=1, le=_LAST_VERSION, description="Only those before this version.")
    ] = None,
) -> PolicyHistory:
    """Every policy that the space has had: when, by whom, and what it said."""
    found = await policies.history(here.space_id, limit=limit + 1, before=before)
    earlier, these = found[:-limit], found[-limit:]
    return PolicyHistory(
        events=[_change(one) for one in these], before=these[0].version if earlier else None
    )


def _documents(rules: Iterable[ArgumentRule]) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in rules]


def _answer(policy: SpacePolicy, warnings: list[PolicyWarning]) -> PolicyAnswer:
    return PolicyAnswer(
        space_id=policy.space_id,
        version=policy.version,
        policy=None if policy.document is None else written(policy.document),
        is_readable=policy.is_readable,
        set_at=policy.set_at,
        set_by=policy.set_by,
        warnings=warnings,
    )


def _change(recorded: RecordedEvent[SpacePolicySet | SpacePolicyRemoved]) -> PolicyChange:
    shown, event = PolicyChange(version=recorded.version, type=recorded.event.type), recorded.event
    match event:
        case SpacePolicySet():
            shown.at, shown.by, shown.policy = event.at, event.set_by, event.document
        case SpacePolicyRemoved():
            shown.at, shown.by = event.at, event.removed_by
        case _:
            pass
    return shown
