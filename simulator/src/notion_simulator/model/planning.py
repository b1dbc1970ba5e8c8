"""What comes next in a conversation: a call, or the last word. Decides, and does nothing."""

from collections import deque
from collections.abc import Sequence

from notion_simulator.model import writing
from notion_simulator.model.changing_plans import changing_plan
from notion_simulator.model.conversation import Conversation, Exchange, Turn
from notion_simulator.model.finding import Ended, Wanted
from notion_simulator.model.intents import Create, Help, Intent
from notion_simulator.model.memory import Memory
from notion_simulator.model.outcomes import Cancelled, Denied, Failed, Found, Said, outcome_of
from notion_simulator.model.reading_plans import Plan, reading_plan
from notion_simulator.model.toolbox import Toolbox, UnfitArgumentsError, is_tool
from notion_simulator.model.understanding import understand


def next_turn(conversation: Conversation) -> Turn:
    """Returns what the assistant says or calls next; the first time it also says what it is."""
    tools = Toolbox(conversation.tools)
    intent = understand(conversation.request)
    turn = _turn(intent, conversation, tools)
    if conversation.introduced:
        return turn
    return Turn(f"{writing.INTRODUCTION}\n\n{turn.text}".strip(), turn.call)


def _turn(intent: Intent, conversation: Conversation, tools: Toolbox) -> Turn:
    if isinstance(intent, Help):
        return Turn(writing.help_with(tools, asked=intent.asked))
    if isinstance(intent, Create) and not intent.title:
        return Turn(writing.which_title())
    memory = Memory(conversation.earlier)
    plan = reading_plan(intent, memory, tools) or changing_plan(intent, memory)
    if plan is None:
        return Turn(writing.help_with(tools, asked=False))
    try:
        wanted = _replayed(plan, conversation.exchanges)
    except StopIteration as end:
        return Turn(str(end.value))
    except Ended as end:
        return Turn(end.text)
    try:
        call = tools.call(wanted.tool, wanted.arguments)
    except UnfitArgumentsError:
        return Turn(writing.unfit(wanted.tool))
    if call is None:
        return Turn(writing.tool_missing(wanted.tool))
    return Turn(wanted.announcement, call)


def _replayed(plan: Plan, exchanges: Sequence[Exchange]) -> Wanted:
    """Runs a plan on the results so far; returns the call it waits for.

    Raises `StopIteration` with its answer, or `Ended`.
    """
    waiting = deque(exchanges)
    wanted = next(plan)
    while waiting:
        exchange = waiting.popleft()
        if not is_tool(exchange.tool, wanted.tool):
            # Another model may have begun; what it did is not part of this plan.
            continue
        match outcome_of(exchange.result):
            case Found(data):
                wanted.made = exchange.arguments
                wanted = plan.send(data)
            case Said(text):
                raise Ended(writing.tool_said(text))
            case Failed() as failure:
                raise Ended(writing.failed(wanted.tool, failure))
            case Denied():
                raise Ended(writing.denied(wanted.tool))
            case Cancelled():
                raise Ended(writing.cancelled(wanted.tool))
    return wanted
