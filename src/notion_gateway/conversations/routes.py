"""A person's own conversations in a space: for themselves, signed in, and for nobody else."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field

from notion_gateway.access.dependencies import (
    OF_CHANGES,
    OF_SPACES,
    AChangedSpace,
    APrincipal,
    ASpace,
)
from notion_gateway.access.large_body_route import LargeBodyRoute
from notion_gateway.conversations.errors import ConversationUnknown
from notion_gateway.conversations.opening import Conversations
from notion_gateway.conversations.rows import Head
from notion_gateway.conversations.rules import (
    ANSWERING_SECONDS,
    MAX_MESSAGES,
    MAX_TITLE,
    Owner,
    Saving,
)
from notion_gateway.http.refusals import refusals
from notion_gateway.kernel.errors import InvalidRequest, Reason
from notion_gateway.kernel.identifiers import is_identifier

PAGE: Final = 100
PAGE_MAX: Final = 500
_LARGEST_NUMBER: Final = 2**53 - 1
_OF_READING: Final = (*OF_SPACES, Reason.SECRET_UNREADABLE)
_OF_CHANGES: Final = (*_OF_READING, *OF_CHANGES)
_OF_ONE: Final = (*_OF_READING, Reason.CONVERSATION_UNKNOWN)
_OF_ONES_CHANGES: Final = (*_OF_CHANGES, Reason.CONVERSATION_UNKNOWN)


# A message holds what tools have answered.
router = APIRouter(tags=["conversations"], route_class=LargeBodyRoute)


def _conversations(request: Request) -> Conversations:
    found: Conversations = request.state.conversations
    return found


TheConversations = Annotated[Conversations, Depends(_conversations)]


async def _owner(here: ASpace, principal: APrincipal) -> Owner:
    principal.require_in_person()
    return Owner(here.space_id, principal.user_id)


async def _changing_owner(here: AChangedSpace, principal: APrincipal) -> Owner:
    return await _owner(here, principal)


AnOwner = Annotated[Owner, Depends(_owner)]
AChangingOwner = Annotated[Owner, Depends(_changing_owner)]


def _well_formed(conversation_id: Annotated[str, Path()]) -> str:
    if not is_identifier(conversation_id):
        raise InvalidRequest("conversation_id is malformed: letters, digits and . _ : @ | + ~ -")
    return conversation_id


AnId = Annotated[str, Depends(_well_formed)]


class HeadAnswer(BaseModel):
    conversation_id: str
    title: str
    problem: dict[str, Any] | None = Field(description="What went wrong last, as it was saved.")
    is_pinned: bool
    created_at: datetime
    updated_at: datetime = Field(description="When its newest message was saved.")
    change: int = Field(
        description="Grows with each change: where it is as before, nothing has changed."
    )
    is_answering: bool = Field(
        description="An answer is being written, by whoever saves with `is_answering`."
    )
    waiting: int = Field(description="How many calls wait for the person's word.")


class ConversationsAnswer(BaseModel):
    keep_days: int = Field(
        description="Days after its last message that a conversation is deleted; 0: this gateway"
        " keeps none."
    )
    conversations: list[HeadAnswer] = Field(description="The newest first.")
    before: int | None = Field(
        description="There is more: ask with this for the page before. None at the beginning."
    )


class ConversationAnswer(HeadAnswer):
    message_ids: list[str] = Field(description="Of all its messages, in order.")
    messages: dict[str, dict[str, Any]] = Field(
        description="By id; with `after` only those that came or changed since."
    )


class Save(BaseModel):
    """Of other messages than these, what is there stays."""

    title: str = Field(
        min_length=1, max_length=MAX_TITLE, description="For a new conversation; else it stays."
    )
    messages: dict[str, dict[str, Any]] = Field(
        default_factory=dict[str, dict[str, Any]],
        max_length=MAX_MESSAGES,
        description="New ones, and those that are other than before, by id, in order.",
    )
    gone: list[str] = Field(
        default_factory=list[str], max_length=MAX_MESSAGES, description="Ids of those to delete."
    )
    problem: dict[str, Any] | None = None
    is_answering: bool | None = Field(
        default=None,
        description="For who writes an answer: more of it is coming, which holds for"
        f" {ANSWERING_SECONDS} seconds, or it has ended. Else left out.",
    )
    waiting: int = Field(
        default=0, ge=0, le=1000, description="How many calls wait for the person's word."
    )
    only_if_kept: bool = Field(
        default=False,
        description="Begins none: for what goes on in a conversation that may have been deleted.",
    )


class SavedAnswer(HeadAnswer):
    before: int = Field(
        description="The conversation's `change` before this one, 0 for a new one: where it is not"
        " the one that you had, somebody else has saved meanwhile."
    )
    stops: int = Field(
        description="How often answers in it were stopped: who writes one ends when it grows."
    )


class Alter(BaseModel):
    title: str | None = Field(default=None, min_length=1, max_length=MAX_TITLE)
    instead_of: str | None = Field(
        default=None,
        max_length=MAX_TITLE,
        description="Where somebody has given it another title than this, that one stays.",
    )
    is_pinned: bool | None = None


@router.get("/spaces/{space_id}/conversations", responses=refusals(*_OF_READING))
async def conversations(
    kept: TheConversations,
    owner: AnOwner,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX, description="How many at most.")] = PAGE,
    before: Annotated[int | None, Query(ge=1, le=_LARGEST_NUMBER)] = None,
    words: Annotated[
        str, Query(max_length=200, description="All of them in its title or messages.")
    ] = "",
) -> ConversationsAnswer:
    """The caller's own in this space."""
    wanted = words.lower().split()
    found = await kept.store.heads(owner, limit=limit + 1, before=before, words=wanted)
    these, earlier = found[:limit], found[limit:]
    return ConversationsAnswer(
        keep_days=kept.keep_days,
        conversations=[HeadAnswer(**_head(one)) for one in these],
        before=these[-1].message_change if earlier else None,
    )


@router.get("/spaces/{space_id}/conversations/{conversation_id}", responses=refusals(*_OF_ONE))
async def conversation(
    kept: TheConversations,
    owner: AnOwner,
    conversation_id: AnId,
    after: Annotated[
        int, Query(ge=0, le=_LARGEST_NUMBER, description="The `change` that you have.")
    ] = 0,
) -> ConversationAnswer:
    """One of the caller's own, with its messages."""
    found = await kept.store.load(owner, conversation_id, after)
    if found is None:
        raise ConversationUnknown
    messages = {name: dict(one) for name, one in found.messages.items()}
    return ConversationAnswer(**_head(found.head), message_ids=list(found.ids), messages=messages)


@router.put(
    "/spaces/{space_id}/conversations/{conversation_id}", responses=refusals(*_OF_ONES_CHANGES)
)
async def save(
    kept: TheConversations, owner: AChangingOwner, conversation_id: AnId, body: Save
) -> SavedAnswer:
    """Saves what has changed of a conversation, or begins it. Repeating it is harmless."""
    if kept.keep_days == 0:
        raise InvalidRequest(
            "This gateway keeps no conversations (GATEWAY_KEEP_CONVERSATIONS_DAYS is 0): they stay"
            " in the browser."
        )
    for name in (*body.messages, *body.gone):
        if not is_identifier(name):
            raise InvalidRequest(
                "messages: an id is malformed: letters, digits and . _ : @ | + ~ -"
            )
    saving = Saving(
        body.title,
        body.messages,
        body.gone,
        body.problem,
        body.is_answering,
        body.waiting,
        body.only_if_kept,
    )
    head, before = await kept.store.save(owner, conversation_id, saving)
    return SavedAnswer(**_head(head), before=before, stops=head.stops)


@router.post(
    "/spaces/{space_id}/conversations/{conversation_id}/stop",
    status_code=204,
    responses=refusals(*_OF_ONES_CHANGES),
)
async def stop(kept: TheConversations, owner: AChangingOwner, conversation_id: AnId) -> Response:
    """Tells whoever writes an answer in it to end, with their next save."""
    if not await kept.store.stop(owner, conversation_id):
        raise ConversationUnknown
    return Response(status_code=204)


@router.patch(
    "/spaces/{space_id}/conversations/{conversation_id}", responses=refusals(*_OF_ONES_CHANGES)
)
async def alter(
    kept: TheConversations, owner: AChangingOwner, conversation_id: AnId, body: Alter
) -> HeadAnswer:
    """Gives it another title, pins it, or no longer."""
    head = await kept.store.alter(
        owner, conversation_id, body.title, body.is_pinned, body.instead_of
    )
    if head is None:
        raise ConversationUnknown
    return HeadAnswer(**_head(head))


@router.delete(
    "/spaces/{space_id}/conversations/{conversation_id}",
    status_code=204,
    responses=refusals(*_OF_CHANGES),
)
async def delete(kept: TheConversations, owner: AChangingOwner, conversation_id: AnId) -> Response:
    """Also where it is gone already."""
    await kept.store.delete(owner, conversation_id)
    return Response(status_code=204)


@router.delete(
    "/spaces/{space_id}/conversations", status_code=204, responses=refusals(*_OF_CHANGES)
)
async def delete_all(kept: TheConversations, owner: AChangingOwner) -> Response:
    """All of the caller's own in this space, and the key that they were sealed with."""
    await kept.store.delete_all(owner)
    return Response(status_code=204)


def _head(head: Head) -> dict[str, Any]:
    return {
        "conversation_id": head.conversation_id,
        "title": head.title,
        "problem": head.problem,
        "is_pinned": head.is_pinned,
        "created_at": datetime.fromtimestamp(head.created_at, UTC),
        "updated_at": datetime.fromtimestamp(head.updated_at, UTC),
        "change": head.change,
        "is_answering": head.is_answering,
        "waiting": head.waiting,
    }
