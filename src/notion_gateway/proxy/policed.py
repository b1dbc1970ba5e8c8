"""A call and its answer in a space that has a policy. Nobody else's passes here."""

import hashlib
import json
from collections.abc import Sequence
from typing import Final, Protocol, final

import structlog

from notion_gateway.access.rules.principal import Means, Principal
from notion_gateway.audit.rules.answers import id_form
from notion_gateway.http.called import called_of, note_called
from notion_gateway.http.gate import REQUEST_ID
from notion_gateway.http.problems import JSON_RPC_CODE
from notion_gateway.http.request_log import note_reason, note_rule
from notion_gateway.kernel.errors import UpstreamUnsuitable
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.policy.approvals import Approvals
from notion_gateway.policy.errors import ApprovalRequired, BlockedByPolicy, CallUnclear
from notion_gateway.policy.questions import Asker, Questions
from notion_gateway.policy.rules.approval import (
    ASKED_ON_STREAMS,
    accepts,
    answered,
    body_for_notion,
    can_ask,
    can_be_shown,
    cancelled_call,
    of_notion,
    our_question,
    question,
    subject,
)
from notion_gateway.policy.rules.call_headers import read_headers
from notion_gateway.policy.rules.document import Effect
from notion_gateway.policy.rules.guard import Guard, Judged, may_list
from notion_gateway.policy.rules.lists import AnswerUnclear
from notion_gateway.policy.rules.messages import CALL, Body, read_body
from notion_gateway.policy.rules.refusals import Unapproved, answer, reason_of, words
from notion_gateway.proxy.exchange import Exchange, only_listens
from notion_gateway.proxy.filtered_answer import UNREADABLE, filtered
from notion_gateway.proxy.not_connected_answer import OwnAnswer, accepted, own_json
from notion_gateway.proxy.rules.headers import asked_as_it_is
from notion_gateway.proxy.rules.mcp_without_notion import is_stateless
from notion_gateway.proxy.rules.sessions import HEADER, Session
from notion_gateway.proxy.upstream import UpstreamAnswer

log = structlog.stdlib.get_logger()

APPROVED: Final = b"x-user-approved-call"
"""With it an application says that its person has approved this very call: the SHA-256 of the
body, in hexadecimal digits. It never goes on to Notion."""

_VERSION: Final = b"mcp-protocol-version"


class SpacePolicies(Protocol):
    """What each space lets its callers call, and what a person has to approve."""

    @property
    def approvals(self) -> Approvals: ...

    @property
    def questions(self) -> Questions: ...

    def is_open(self, space_id: str) -> bool:
        """Whether memory knows that the space has no policy."""
        ...

    def guard_in_memory(self, principal: Principal, space_id: str) -> Guard | None:
        """As ``guard``; None also where memory does not know."""
        ...

    async def applies(self, space_id: str) -> bool:
        """Whether the space has one, read anew."""
        ...

    async def guard(self, principal: Principal, space_id: str) -> Guard | None:
        """What this caller's calls have to pass; None where the space has no policy. Raises a
        GatewayError where that cannot be told.
        """
        ...


@final
class Policed:
    """One call on its way. ``stopped`` comes first; ``body`` is then what goes on, once the person
    has approved what ``to_ask`` holds, if anything. ``asker``: who is asked then, and who answers.
    """

    def __init__(
        self,
        guard: Guard,
        policies: SpacePolicies,
        principal: Principal,
        space_id: str,
        exchange: Exchange,
        session: Session,
    ) -> None:
        self._guard = guard
        self._approvals = policies.approvals
        self._questions = policies.questions
        self._session = session
        self.asker = Asker(
            space_id, principal.user_id, principal.revocable_id, _session_id(exchange)
        )
        self.to_ask: Judged | None = None
        self._principal = principal
        self._space_id = space_id
        self._exchange = exchange
        self.body = b""
        self._may_list = True
        """The answer may hold a list, also of another request's."""
        self._is_open_ended = only_listens(exchange.scope["method"], exchange.scope["headers"])

    async def stopped(self, headers: RawHeaders, body: bytes) -> OwnAnswer | None:
        """The answer in Notion's place, where the call does not go on. ``headers`` and ``body`` as
        they would. Raises CallUnclear, BlockedByPolicy, ApprovalRequired and StoreUnavailable.
        """
        self.body = body
        scope = self._exchange.scope
        if scope["method"] != "POST":
            return None
        read = read_body(body, read_headers(headers))
        self._may_list = (
            self._is_open_ended
            or may_list(read)
            or any(name == b"last-event-id" for name, _ in headers)
        )
        if await self._answers_us(read):
            return accepted()
        judged = self._guard.judge(read)
        if len(judged) == 1 and judged[0].message.method == CALL:
            note_called(scope, called_of(scope).with_tool(judged[0].tool))
            note_rule(scope, judged[0].decision.rule)
        refused = [one for one in judged if not self._passes(one)]
        if read.is_batch:
            self._note_rules(judged, refused)
        if not read.is_batch and judged and judged[0].message.method == CALL:
            asked = await self._asked(judged[0], headers, needs_approval=_asks(refused))
            if asked is not None:
                return asked
            if _asks(refused) and self.body is not body:
                return None
            could_ask = _asks(refused) and self._can_ask(judged[0], headers)
            said = answered(judged[0].message) if could_ask else None
            if said is not None and is_stateless(CALL, headers):
                why = Unapproved.OF_ANOTHER if said.accepts else Unapproved.DECLINED
                return self._refusal(read, refused, headers, why)
            if could_ask and not can_be_shown(judged[0]):
                return self._refusal(read, refused, headers, Unapproved.TOO_LONG)
            if could_ask and not is_stateless(CALL, headers):
                self.to_ask = judged[0]
                return None
        return self._refusal(read, refused, headers) if refused else None

    def _note_rules(self, judged: Sequence[Judged], refused: Sequence[Judged]) -> None:
        """Of each call of a batch. Nothing of it is sent where one of them is refused: then that
        one's rule decided on the others, too.
        """
        stopped_by = refused[0].decision.rule if refused else ""
        note_rule(self._exchange.scope, stopped_by)
        if self._exchange.recorded is not None:
            self._exchange.recorded.rules = {
                id_form(one.message.call_id): one.decision.rule
                for one in (refused or judged)
                if one.message.method == CALL
            }

    async def _asked(
        self, judged: Judged, headers: RawHeaders, *, needs_approval: bool
    ) -> OwnAnswer | None:
        """The question to the person, where their client can ask them and has not. With their
        approval the body changes: Notion never asked.
        """
        message, body = judged.message, self.body
        if not is_stateless(CALL, headers):
            return None
        about = subject(judged, self._space_id, self._principal.user_id, self._guard.calling.token)
        said = answered(message)
        if said is not None:
            for_notion = await self._approvals.given(about, said.state) if said.accepts else None
            if for_notion is not None:
                log.info("call_approved", tool=judged.tool, rule=judged.decision.rule)
                self.body = body_for_notion(body, for_notion)
            elif not needs_approval:
                self.body = body_for_notion(body, {})
            return None
        if not needs_approval or not can_ask(message) or not can_be_shown(judged):
            return None
        state = self._approvals.ask(about, of_notion(message))
        result = question(judged, self._space_id, state)
        said_here = {"jsonrpc": "2.0", "id": message.call_id, "result": result}
        return own_json(json.dumps(said_here).encode())

    async def _answers_us(self, read: Body) -> bool:
        """Whether it is the person's answer to a question of the gateway's, which Notion never
        asked. Notes it, and what the client takes back.
        """
        answers = [(one, asked) for one in read.messages if (asked := our_question(one))]
        if answers and read.is_batch:
            raise CallUnclear("An answer to a question of the gateway is to be sent by itself.")
        for message, question_id in answers:
            await self._questions.answered(self.asker, question_id, accepts=accepts(message))
        for one in read.messages if self._session.asks.shows_forms else ():
            call_id = cancelled_call(one)
            if call_id is not None:
                await self._questions.cancelled(self.asker, call_id)
        return bool(answers)

    def _can_ask(self, judged: Judged, headers: RawHeaders) -> bool:
        if is_stateless(CALL, headers):
            return can_ask(judged.message)
        return self._asks_on_stream(headers)

    def _asks_on_stream(self, headers: RawHeaders) -> bool:
        """Whether the client, as it said when it initialized, shows its person a form in the
        middle of an answer.
        """
        if not self._session.asks.shows_forms:
            return False
        versions = [value.decode("latin-1") for name, value in headers if name == _VERSION]
        takes_events = any(
            name == b"accept" and b"text/event-stream" in value for name, value in headers
        )
        return takes_events and len(versions) == 1 and versions[0] in ASKED_ON_STREAMS

    def _passes(self, judged: Judged) -> bool:
        effect = judged.decision.effect
        return effect is Effect.ALLOW or (effect is Effect.ASK and self._is_approved())

    def _is_approved(self) -> bool:
        """By an application, which proves who it is with each call. A token's bearer, whatever it
        says, is not the person.
        """
        if self._principal.means is not Means.APPLICATION:
            return False
        said = [value for name, value in self._exchange.scope["headers"] if name == APPROVED]
        digest = hashlib.sha256(self._exchange.body).hexdigest()
        return said == [digest.encode()]

    def _refusal(
        self,
        body: Body,
        refused: list[Judged],
        headers: RawHeaders,
        unapproved: Unapproved | None = None,
    ) -> OwnAnswer:
        scope = self._exchange.scope
        reason = reason_of(refused[0].decision.effect)
        for one in refused:
            log.info(
                "call_stopped_by_policy",
                tool=one.tool,
                rule=one.decision.rule,
                reason=reason_of(one.decision.effect),
            )
        if not body.is_batch and refused[0].message.method != CALL:
            kind = {ApprovalRequired.reason: ApprovalRequired}.get(reason, BlockedByPolicy)
            raise kind(words(refused[0]))
        note_reason(scope, reason)
        stateless = is_stateless(CALL, headers)
        said = answer(
            body,
            refused,
            scope[REQUEST_ID],
            code=JSON_RPC_CODE,
            stateless=stateless,
            unapproved=unapproved,
        )
        return own_json(said)

    def headers(self, headers: RawHeaders) -> RawHeaders:
        """As they go on: an answer that has to be read is asked for as it is."""
        if not self._may_list and self.to_ask is None:
            return headers
        return asked_as_it_is(headers)

    async def answer(self, answer: UpstreamAnswer) -> UpstreamAnswer:
        """Without what the caller may not call. Raises UpstreamUnsuitable where it cannot be read;
        not a byte of it has gone on then.
        """
        if not self._may_list:
            return answer
        try:
            return await filtered(answer, self._guard.filter, waits=not self._is_open_ended)
        except AnswerUnclear as why:
            answer.close()
            log.warning("answer_kept_back", why=str(why), status=answer.status)
            raise UpstreamUnsuitable(UNREADABLE) from None
        except BaseException:
            answer.close()
            raise


def _session_id(exchange: Exchange) -> str:
    return dict(exchange.scope["headers"]).get(HEADER, b"").decode("latin-1")


def _asks(refused: list[Judged]) -> bool:
    return len(refused) == 1 and refused[0].decision.effect is Effect.ASK
