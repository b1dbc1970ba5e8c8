"""Webhooks of a space, for its owners."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field

from notion_gateway.access.dependencies import OF_OWNERS, AnOwnedSpace, APrincipal, ASpace
from notion_gateway.access.membership import SpaceAccess, owned_still
from notion_gateway.access.rules.space_events import Role
from notion_gateway.http.json_route import BoundedBodyRoute
from notion_gateway.http.refusals import refusals
from notion_gateway.kernel.errors import OwnerRequired, Reason, TokenNotAllowed
from notion_gateway.kernel.randomness import random_identifier
from notion_gateway.notices.deliveries import Delivery
from notion_gateway.notices.errors import AddressNotAllowed, NoSuchWebhook
from notion_gateway.notices.opening import Notices
from notion_gateway.notices.rules.addresses import MAX_CHARACTERS
from notion_gateway.notices.rules.messages import TEST, Kind, payload
from notion_gateway.notices.rules.retries import Failure, Progress
from notion_gateway.notices.store import Webhook

router = APIRouter(tags=["webhooks"], route_class=BoundedBodyRoute)

PAGE: Final = 50
PAGE_MAX: Final = 500


def _notices(request: Request) -> Notices:
    notices: Notices = request.state.notices
    return notices


TheNotices = Annotated[Notices, Depends(_notices)]


def _seen_by_owner(here: ASpace, principal: APrincipal) -> SpaceAccess:
    """An owner looks: an address may hold what lets others send there."""
    if not principal.may_manage:
        raise TokenNotAllowed
    if here.role is not Role.OWNER:
        raise OwnerRequired
    return here


ASeenSpace = Annotated[SpaceAccess, Depends(_seen_by_owner)]


async def _webhook(notices: Notices, here: SpaceAccess, webhook_id: str) -> Webhook:
    found = await notices.store.find(here.space_id, webhook_id)
    if found is None:
        raise NoSuchWebhook
    return found


AWebhookId = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,64}$")]
ADeliveryId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,128}$")]

OF_ONE = (*OF_OWNERS, Reason.WEBHOOK_UNKNOWN)


class NewWebhook(BaseModel):
    url: str = Field(
        max_length=MAX_CHARACTERS, description="https, or mailto: and one e-mail address."
    )
    events: list[Kind] = Field(
        default_factory=list[Kind], description="Which of them are told; none named: all."
    )


class WebhookAnswer(BaseModel):
    webhook_id: str
    url: str
    events: list[Kind] = Field(description="Empty: all.")
    created_at: datetime
    created_by: str


class NewWebhookAnswer(WebhookAnswer):
    secret: str | None = Field(
        description="What messages are signed with, whsec_…. Shown this once. Null for e-mail,"
        " which is not signed."
    )


class WebhooksAnswer(BaseModel):
    webhooks: list[WebhookAnswer]


class TestAnswer(BaseModel):
    """What became of one message of type webhook.test, which was sent just now, and once."""

    delivered: bool
    status: int | None = Field(description="Of HTTP, or of SMTP; null where nobody answered.")
    reason: Failure | None


class DeliveryAnswer(BaseModel):
    delivery_id: str = Field(description="The message's webhook-id, the same each time.")
    event: str
    payload: dict[str, Any]
    progress: Progress
    created_at: datetime
    attempts: int
    attempted_at: datetime | None
    next_attempt_at: datetime | None = Field(description="Null unless it is pending.")
    give_up_at: datetime
    status: int | None = Field(description="Of HTTP, or of SMTP, of the last attempt.")
    reason: Failure | None = Field(description="Why the last attempt failed.")


class DeliveriesAnswer(BaseModel):
    deliveries: list[DeliveryAnswer] = Field(description="The newest first.")


@router.get("/spaces/{space_id}/webhooks", responses=refusals(*OF_OWNERS))
async def webhooks(notices: TheNotices, here: ASeenSpace) -> WebhooksAnswer:
    found = await notices.store.of_space(here.space_id)
    return WebhooksAnswer(webhooks=[_answer(one) for one in found])


@router.post(
    "/spaces/{space_id}/webhooks",
    status_code=201,
    responses=refusals(*OF_OWNERS, Reason.ADDRESS_NOT_ALLOWED),
)
async def add(
    notices: TheNotices,
    here: AnOwnedSpace,
    principal: APrincipal,
    response: Response,
    body: NewWebhook,
) -> NewWebhookAnswer:
    """Whatever happens from now on is told there."""
    if (refusal := notices.ways.allowed.refusal(body.url)) is not None:
        raise AddressNotAllowed(refusal)
    kinds = list(dict.fromkeys(body.events))
    made, secret = await notices.store.add(
        here.space_id, body.url, kinds, principal.user_id, owned_still(here, principal)
    )
    response.headers["cache-control"] = "no-store"
    return NewWebhookAnswer(**_answer(made).model_dump(), secret=secret and secret.reveal())


@router.delete(
    "/spaces/{space_id}/webhooks/{webhook_id}", status_code=204, responses=refusals(*OF_OWNERS)
)
async def remove(notices: TheNotices, here: AnOwnedSpace, webhook_id: AWebhookId) -> Response:
    """With all that was and is to be told to it. Repeating it is harmless."""
    await notices.store.remove(here.space_id, webhook_id)
    return Response(status_code=204)


@router.post(
    "/spaces/{space_id}/webhooks/{webhook_id}/test",
    responses=refusals(*OF_ONE, Reason.SECRET_UNREADABLE),
)
async def send_test(
    notices: TheNotices, here: AnOwnedSpace, principal: APrincipal, webhook_id: AWebhookId
) -> TestAnswer:
    """Sends a message now, and answers what became of it: within ten seconds or so, by e-mail
    within thirty.
    """
    webhook = await _webhook(notices, here, webhook_id)
    told: dict[str, object] = {"space_id": here.space_id, "asked_by": principal.user_id}
    attempt = await notices.ways.send(
        webhook, f"msg_{random_identifier()}", payload(TEST, notices.clock.now(), told)
    )
    return TestAnswer(
        delivered=attempt.failure is None, status=attempt.status, reason=attempt.failure
    )


@router.get("/spaces/{space_id}/webhooks/{webhook_id}/deliveries", responses=refusals(*OF_ONE))
async def deliveries(
    notices: TheNotices,
    here: ASeenSpace,
    webhook_id: AWebhookId,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE,
) -> DeliveriesAnswer:
    """What was told, is to be told, and could not be."""
    await _webhook(notices, here, webhook_id)
    found = await notices.deliveries.of_webhook(here.space_id, webhook_id, limit)
    return DeliveriesAnswer(deliveries=[_delivery(one) for one in found])


@router.post(
    "/spaces/{space_id}/webhooks/{webhook_id}/deliveries/{delivery_id}/resend",
    status_code=202,
    responses=refusals(*OF_ONE),
)
async def resend(
    notices: TheNotices, here: AnOwnedSpace, webhook_id: AWebhookId, delivery_id: ADeliveryId
) -> DeliveryAnswer:
    """Sends it once more, with the same id, for three days if need be."""
    now = notices.clock.timestamp()
    found = await notices.deliveries.resend(here.space_id, webhook_id, delivery_id, now)
    if found is None:
        raise NoSuchWebhook
    notices.delivering.wrote.set()
    return _delivery(found)


def _answer(webhook: Webhook) -> WebhookAnswer:
    return WebhookAnswer(
        webhook_id=webhook.webhook_id,
        url=webhook.url,
        events=list(webhook.kinds),
        created_at=_moment(webhook.created_at),
        created_by=webhook.created_by,
    )


def _delivery(one: Delivery) -> DeliveryAnswer:
    is_pending = one.progress is Progress.PENDING
    return DeliveryAnswer(
        delivery_id=one.delivery_id,
        event=one.kind,
        payload=one.payload,
        progress=one.progress,
        created_at=_moment(one.created_at),
        attempts=one.attempts,
        attempted_at=None if one.attempted_at is None else _moment(one.attempted_at),
        next_attempt_at=_moment(one.next_at) if is_pending else None,
        give_up_at=_moment(one.give_up_at),
        status=one.http_status,
        reason=one.reason,
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
