"""Conversations that their person shares with the members of a space, who read them in person."""

from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, Field

from notion_gateway.access.dependencies import (
    OF_CHANGES,
    OF_SPACES,
    AnOwnedSpace,
    APrincipal,
    ASpace,
)
from notion_gateway.conversations.errors import ConversationUnknown, ShareUnknown
from notion_gateway.conversations.routes import (
    AChangingOwner,
    AnId,
    AnOwner,
    TheConversations,
)
from notion_gateway.conversations.rules import MAX_SHARED_MESSAGES, Outcome
from notion_gateway.conversations.sharing import Share
from notion_gateway.http.json_route import BoundedBodyRoute
from notion_gateway.http.refusals import refusals
from notion_gateway.kernel.errors import InvalidRequest, Reason
from notion_gateway.kernel.identifiers import is_identifier

_OF_ONE: Final = (*OF_SPACES, Reason.SHARE_UNKNOWN)
_OF_CHANGES: Final = (*OF_SPACES, *OF_CHANGES)
_OF_SHARING: Final = (*_OF_CHANGES, Reason.CONVERSATION_UNKNOWN, Reason.SECRET_UNREADABLE)

router = APIRouter(tags=["conversations"], route_class=BoundedBodyRoute)


def _well_formed(share_id: Annotated[str, Path()]) -> str:
    if not is_identifier(share_id):
        raise InvalidRequest("share_id is malformed: letters, digits and . _ : @ | + ~ -")
    return share_id


AShareId = Annotated[str, Depends(_well_formed)]


class ShareWish(BaseModel):
    message_ids: list[str] = Field(
        min_length=1,
        max_length=MAX_SHARED_MESSAGES,
        description="What others are to read, in order.",
    )


class ShareAnswer(BaseModel):
    share_id: str = Field(description="Opens it, for members of the space.")
    shared_at: datetime = Field(description="What was said later is not shared.")


class OwnShareAnswer(ShareAnswer):
    conversation_id: str
    title: str = Field(description="What the conversation is called now.")


class OwnSharesAnswer(BaseModel):
    shares: list[OwnShareAnswer] = Field(description="The newest first.")


class SharedText(BaseModel):
    kind: Literal["text"]
    text: str


class SharedCall(BaseModel):
    """Not what the tool was given, nor what it has answered."""

    kind: Literal["call"]
    tool: str
    outcome: Outcome


class SharedMessage(BaseModel):
    role: Literal["user", "assistant"]
    parts: list[SharedText | SharedCall]
    end: Literal["complete", "stopped", "cut", "too_long"] = Field(
        description="How an answer has ended."
    )


class SharedAnswer(ShareAnswer):
    shared_by: str
    title: str
    messages: list[SharedMessage]


@router.get(
    "/spaces/{space_id}/conversations/{conversation_id}/share", responses=refusals(*_OF_ONE)
)
async def share_of(kept: TheConversations, owner: AnOwner, conversation_id: AnId) -> ShareAnswer:
    """Of one of the caller's own, whether it is shared."""
    share = await kept.shared.find(owner, conversation_id)
    if share is None:
        raise ShareUnknown
    return _answer(share)


@router.put(
    "/spaces/{space_id}/conversations/{conversation_id}/share", responses=refusals(*_OF_SHARING)
)
async def share(
    kept: TheConversations, owner: AChangingOwner, conversation_id: AnId, body: ShareWish
) -> ShareAnswer:
    """Lets the space's members read one of the caller's own, as it is now. Where it is shared
    already, what is there now takes the place of what was shared.
    """
    if kept.keep_days == 0:
        raise InvalidRequest(
            "This gateway keeps no conversations (GATEWAY_KEEP_CONVERSATIONS_DAYS is 0), so none"
            " can be shared."
        )
    if len(set(body.message_ids)) < len(body.message_ids):
        raise InvalidRequest("message_ids: one is named twice.")
    done = await kept.shared.put(owner, conversation_id, body.message_ids)
    if done is None:
        raise ConversationUnknown
    return _answer(done)


@router.delete(
    "/spaces/{space_id}/conversations/{conversation_id}/share",
    status_code=204,
    responses=refusals(*_OF_CHANGES),
)
async def end_share(
    kept: TheConversations, owner: AChangingOwner, conversation_id: AnId
) -> Response:
    """Of one of the caller's own; also where it is not shared."""
    await kept.shared.end(owner, conversation_id)
    return Response(status_code=204)


@router.get("/spaces/{space_id}/shared", responses=refusals(*OF_SPACES, Reason.SECRET_UNREADABLE))
async def own_shares(kept: TheConversations, owner: AnOwner) -> OwnSharesAnswer:
    """What the caller shares in this space."""
    shares = [
        OwnShareAnswer(
            **_answer(one.share).model_dump(),
            conversation_id=one.conversation_id,
            title=one.title,
        )
        for one in await kept.shared.find_all(owner)
    ]
    return OwnSharesAnswer(shares=shares)


@router.get(
    "/spaces/{space_id}/shared/{share_id}",
    responses=refusals(*_OF_ONE, Reason.SECRET_UNREADABLE),
)
async def shared(
    kept: TheConversations, here: ASpace, principal: APrincipal, share_id: AShareId
) -> SharedAnswer:
    """What a member of the space has shared, for its other members."""
    principal.require_in_person()
    found = await kept.shared.read(here.space_id, share_id)
    if found is None:
        raise ShareUnknown
    messages = [SharedMessage.model_validate(one) for one in found.messages]
    answer = _answer(found.share)
    return SharedAnswer(
        share_id=answer.share_id,
        shared_at=answer.shared_at,
        shared_by=found.shared_by,
        title=found.title,
        messages=messages,
    )


@router.delete(
    "/spaces/{space_id}/shared/{share_id}", status_code=204, responses=refusals(*_OF_CHANGES)
)
async def end_anybodys_share(
    kept: TheConversations, here: AnOwnedSpace, principal: APrincipal, share_id: AShareId
) -> Response:
    """For owners of the space; also where it has ended already."""
    principal.require_in_person()
    await kept.shared.end_of(here.space_id, share_id)
    return Response(status_code=204)


def _answer(share: Share) -> ShareAnswer:
    at = datetime.fromtimestamp(share.shared_at, UTC)
    return ShareAnswer(share_id=share.share_id, shared_at=at)
