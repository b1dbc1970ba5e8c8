"""What "it", "that page" and "the second one" mean: the results of earlier tool calls."""

from collections.abc import Sequence

from notion_simulator.model.conversation import Exchange
from notion_simulator.model.outcomes import Found, outcome_of
from notion_simulator.model.reading import Hit, created_of, entity_of, hits_of
from notion_simulator.model.toolbox import CREATE, FETCH, SEARCH, is_tool


class Memory:
    """`last` is the page last fetched, created, or found first; `hits` the last search's."""

    def __init__(self, exchanges: Sequence[Exchange]) -> None:
        self.last: Hit | None = None
        self.hits: list[Hit] = []
        for exchange in exchanges:
            outcome = outcome_of(exchange.result)
            if isinstance(outcome, Found):
                self._learn(exchange.tool, outcome)

    def _learn(self, tool: str, found: Found) -> None:
        if is_tool(tool, SEARCH):
            self.hits = hits_of(found.data)
            self.last = self.hits[0] if self.hits else self.last
        elif is_tool(tool, FETCH):
            entity = entity_of(found.data)
            if entity.url and entity.kind in {"page", "skill", "database"}:
                self.last = entity.hit
        elif is_tool(tool, CREATE):
            made = created_of(found.data)
            self.last = made[-1] if made else self.last
