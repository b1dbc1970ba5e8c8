"""What was done in a space: for its owners all of it, for each member their own."""

import json
import re
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, Field

from notion_gateway.access.dependencies import OF_OWNERS, OF_SPACES, APrincipal, ASpace
from notion_gateway.access.rules.space_events import Role
from notion_gateway.audit.opening import Audit
from notion_gateway.audit.questions import Question
from notion_gateway.audit.rules.entry import Kind
from notion_gateway.audit.rules.pages import pages_named
from notion_gateway.audit.settings_routes import ContentsAnswer, TheAudit, contents_answer
from notion_gateway.audit.store import Kept
from notion_gateway.http.json_route import BoundedBodyRoute
from notion_gateway.http.refusals import refusals
from notion_gateway.kernel.errors import InvalidRequest, OwnerRequired

router = APIRouter(tags=["audit"], route_class=BoundedBodyRoute)

PAGE: Final = 50
PAGE_MAX: Final = 500
ANSWER_BYTES: Final = 512 * 1024
"""Of one page's entries: where what is said in calls is recorded, fewer of them fit."""
_EXPORTED_AT_ONCE: Final = 1000
_PLACE: Final = re.compile(r"(\d{1,12}\.\d{1,9})_(\d{1,18})")
_MAX_FILTER: Final = 1024


class EntryAnswer(BaseModel):
    """Empty where it is not known."""

    number: int = Field(description="Within the space, from 1, without gaps.")
    at: datetime = Field(description="When the call ended.")
    kind: Kind = Field(
        description="call; login, for one that was refused; or lost, where the gateway had no room"
        " to keep `calls` of them."
    )
    user_id: str
    token: str = Field(description="What the caller's token or login is listed under.")
    client: str = Field(description="The program, as its User-Agent says.")
    mcp_client: str = Field(
        description="The program's name and version as its call says them, from MCP 2026-07-28 on,"
        " or as it began its session; else empty."
    )
    tool: str
    status: int = Field(description="Of HTTP; 0 where the caller had left before.")
    outcome: str
    reason: str = Field(description="Why the gateway refused.")
    duration_ms: float
    asked_bytes: int
    request_id: str
    trace_id: str
    rule: str = Field(description="Of the space's policy, where one decided.")
    pages: list[str] = Field(description="Ids of Notion's that the call named: the first 200.")
    more_pages: int = Field(
        description="How many ids the call named besides, at least; by those it is not found."
    )
    calls: int = Field(
        description="How many it stands for: of kind lost, refusals that came again, the rest of a"
        " batch."
    )
    grant: str = Field(
        description="With which the call went to Notion: shared, or personal, the caller's own;"
        " empty where it was refused before that was decided."
    )
    answered_bytes: int
    arguments: str = Field(
        description="JSON, redacted and cut, where the space asks for them; else empty."
    )
    result: str = Field(description="The same of the result, or of the error.")


class AuditAnswer(BaseModel):
    is_kept: bool = Field(description="Whether calls are kept now: GATEWAY_AUDIT.")
    contents: ContentsAnswer
    entries: list[EntryAnswer] = Field(description="The newest first.")
    before: str | None = Field(description="For the page after this one; null at the end.")


class ProgramsAnswer(BaseModel):
    is_kept: bool = Field(description="Whether calls are kept now: GATEWAY_AUDIT.")
    programs: dict[str, str] = Field(
        description="By token or login, the User-Agent of its newest recorded call, which has the"
        " program's version where the program says it."
    )


def _wanted(
    user: Annotated[str | None, Query(max_length=_MAX_FILTER)] = None,
    token: Annotated[str | None, Query(max_length=_MAX_FILTER)] = None,
    tool: Annotated[str | None, Query(max_length=_MAX_FILTER)] = None,
    page: Annotated[
        str | None, Query(max_length=_MAX_FILTER, description="An id of Notion's, or an address.")
    ] = None,
    outcome: Annotated[str | None, Query(max_length=_MAX_FILTER)] = None,
    reason: Annotated[str | None, Query(max_length=_MAX_FILTER)] = None,
    grant: Annotated[
        Literal["shared", "personal"] | None, Query(description="With which it went to Notion.")
    ] = None,
    writing: Annotated[
        bool,
        Query(
            description="Only calls that may have changed something: of tools that do not only"
            " read, and not refused by the gateway."
        ),
    ] = False,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
) -> Question:
    if page is not None:
        named = pages_named(page.strip()).pages
        if not named:
            raise InvalidRequest("page: neither an id nor an address of a page in Notion.")
        page = named[0]
    return Question(
        user_id=user,
        token=token,
        tool=tool,
        page=page,
        outcome=outcome,
        reason=reason,
        grant=grant,
        writing=writing,
        since=None if since is None else since.timestamp(),
        until=None if until is None else until.timestamp(),
    )


AQuestion = Annotated[Question, Depends(_wanted)]


@router.get("/spaces/{space_id}/audit", responses=refusals(*OF_SPACES))
async def audit(
    audit: TheAudit,
    here: ASpace,
    principal: APrincipal,
    question: AQuestion,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE,
    before: Annotated[
        str | None, Query(max_length=40, description="As the page before gave it.")
    ] = None,
) -> AuditAnswer:
    """Calls of tools, and logins that were refused, the newest first. A member who is no owner
    finds their own. Fewer than ``limit`` where they would be half a megabyte; ``before`` leads on.
    """
    if here.role is not Role.OWNER:
        question = replace(question, user_id=principal.user_id)
    question = replace(question, before=None if before is None else _place(before))
    found = await audit.store.find(here.space_id, question, limit + 1)
    shown = _that_fit([_answer(one) for one in found[:limit]])
    return AuditAnswer(
        is_kept=audit.writer is not None,
        contents=contents_answer(await audit.contents.load(here.space_id)),
        entries=shown,
        before=_placed(found[len(shown) - 1]) if len(found) > len(shown) else None,
    )


@router.get(
    "/spaces/{space_id}/audit/export",
    responses=refusals(*OF_OWNERS),
    response_class=StreamingResponse,
)
async def export(audit: TheAudit, here: ASpace, question: AQuestion) -> StreamingResponse:
    """The same as JSON lines, all of them, for owners. A line that is cut, or a last one that is
    no `{"end": true, …}`, means that not all has come.
    """
    if here.role is not Role.OWNER:
        raise OwnerRequired
    lines = _lines(audit, here.space_id, question)
    return StreamingResponse(lines, media_type="application/x-ndjson")


@router.get("/spaces/{space_id}/audit/programs", responses=refusals(*OF_SPACES))
async def programs(audit: TheAudit, here: ASpace, principal: APrincipal) -> ProgramsAnswer:
    """Which program called last with which token. A member who is no owner finds their own."""
    whose = None if here.role is Role.OWNER else principal.user_id
    found = await audit.store.programs(here.space_id, whose)
    return ProgramsAnswer(is_kept=audit.writer is not None, programs=dict(found))


def _that_fit(entries: list[EntryAnswer]) -> list[EntryAnswer]:
    """The first of them that make an answer of a bounded size: one at least."""
    left = ANSWER_BYTES
    for count, one in enumerate(entries):
        left -= len(one.model_dump_json().encode())
        if left < 0:
            return entries[: max(count, 1)]
    return entries


async def _lines(audit: Audit, space_id: str, question: Question) -> AsyncGenerator[str]:
    count = 0
    while True:
        found = await audit.store.find(space_id, question, _EXPORTED_AT_ONCE)
        count += len(found)
        yield "".join(f"{_answer(one).model_dump_json()}\n" for one in found)
        if len(found) < _EXPORTED_AT_ONCE:
            yield json.dumps({"end": True, "entries": count}) + "\n"
            return
        question = replace(question, before=(found[-1].entry.at, found[-1].link.number))


def _place(before: str) -> tuple[float, int]:
    told = _PLACE.fullmatch(before)
    if told is None:
        raise InvalidRequest("before: none that a page of this list gave.")
    return float(told[1]), int(told[2])


def _placed(kept: Kept) -> str:
    return f"{kept.entry.at!r}_{kept.link.number}"


def _answer(kept: Kept) -> EntryAnswer:
    entry = kept.entry
    return EntryAnswer(
        number=kept.link.number,
        at=datetime.fromtimestamp(entry.at, UTC),
        kind=entry.kind,
        user_id=entry.user_id,
        token=entry.token,
        client=entry.client,
        tool=entry.tool,
        status=entry.status,
        outcome=entry.outcome,
        reason=entry.reason,
        duration_ms=entry.duration_ms,
        asked_bytes=entry.asked_bytes,
        request_id=entry.request_id,
        trace_id=entry.trace_id,
        rule=entry.rule,
        pages=list(entry.pages),
        more_pages=entry.more_pages,
        mcp_client=entry.mcp_client,
        calls=entry.calls,
        grant=entry.grant,
        answered_bytes=entry.answered_bytes,
        arguments=entry.arguments,
        result=entry.result,
    )
