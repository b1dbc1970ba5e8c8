"""One message to one address: signed, once, bounded in time, never redirected."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, final

import aiohttp
from standardwebhooks.webhooks import Webhook as Signer

from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.outbound.resolver import AddressRefused
from notion_gateway.kernel.outbound.transport import standing_headers
from notion_gateway.kernel.secret import Secret
from notion_gateway.notices.rules.addresses import unsuitable
from notion_gateway.notices.rules.retries import Failure

TIMEOUT_SECONDS: Final = 10.0
"""From connecting to the answer's head. Its body is not read."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """``failure`` is None where it was delivered; ``status``, of HTTP or SMTP, where there was an
    answer. ``is_final``: another try is of no use, as whoever refused it has said.
    """

    status: int | None = None
    failure: Failure | None = None
    is_final: bool = False


@final
@dataclass(frozen=True)
class WebhookSender:
    """``session`` as ``http_session`` makes it, with the same ``allow_private``."""

    session: aiohttp.ClientSession
    clock: Clock
    allow_private: bool = False

    async def send(
        self, url: str, secret: Secret, message_id: str, payload: Mapping[str, object]
    ) -> Attempt:
        """Signed as Standard Webhooks 1.0 says (HMAC-SHA-256 over id, time and body)."""
        if unsuitable(url, allow_private=self.allow_private) is not None:
            return Attempt(failure=Failure.ADDRESS_NOT_ALLOWED)
        body, now = json.dumps(payload), self.clock.now()
        headers = {
            **standing_headers(None),
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Signer(secret.reveal()).sign(message_id, now, body),
        }
        try:
            async with (
                asyncio.timeout(TIMEOUT_SECONDS),
                self.session.post(
                    url, data=body.encode(), headers=headers, allow_redirects=False
                ) as answer,
            ):
                status = answer.status
                answer.close()
        except TimeoutError:
            return Attempt(failure=Failure.TIMED_OUT)
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            was_refused = any(isinstance(one, AddressRefused) for one in _causes(fault))
            return Attempt(
                failure=Failure.ADDRESS_NOT_ALLOWED if was_refused else Failure.UNREACHABLE
            )
        return Attempt(status, _judged(status))


def _judged(status: int) -> Failure | None:
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    is_redirect = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    return Failure.REDIRECTED if is_redirect else Failure.REFUSED


def _causes(fault: BaseException | None) -> Iterator[BaseException]:
    while fault is not None:
        yield fault
        fault = fault.__cause__ or fault.__context__
