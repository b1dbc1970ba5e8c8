"""Opens what knows which tools Notion lists for each space."""

from dataclasses import dataclass

from notion_gateway.catalogue.looks import Looks
from notion_gateway.catalogue.store import CatalogueStore, Told
from notion_gateway.catalogue.tool_list import ToolList
from notion_gateway.catalogue.turns import Turns
from notion_gateway.integration.opening import Integrations
from notion_gateway.kernel.clock import Clock
from notion_gateway.policy.rules.tools import Catalogue, NamesAlone
from notion_gateway.settings import Settings
from notion_gateway.storage.change_feed import Notice, Topic
from notion_gateway.storage.database import Database
from notion_gateway.storage.opening import Storage


@dataclass(frozen=True, slots=True)
class Catalogues:
    """``looks``: None where nobody looks."""

    store: CatalogueStore
    turns: Turns
    looks: Looks | None
    clock: Clock

    @property
    def of_policies(self) -> Catalogue:
        """Where nobody looks, what was once known says nothing any more."""
        return NamesAlone() if self.looks is None else self.store

    def changed(self, notice: Notice) -> None:
        """Notion has said to some gateway that a space's lists have changed."""
        if notice.topic is Topic.LISTS and self.looks is not None:
            self.looks.lists_changed(notice.space_id)

    def tools_listed(self, grant_id: str) -> None:
        """A program has asked Notion for its tools. Takes no time."""
        if self.looks is not None:
            self.looks.tools_listed(grant_id)


def open_turns(settings: Settings, database: Database) -> Turns:
    """What follows grants, for the feature in which they begin and end."""
    return Turns(database, is_on=settings.gateway_catalogue_hours > 0)


def open_catalogues(
    settings: Settings,
    storage: Storage,
    integrations: Integrations,
    turns: Turns,
    told: Told | None = None,
) -> Catalogues:
    store = CatalogueStore(storage.database, told)
    looks = None
    if turns.is_on:
        looks = Looks(
            turns,
            store,
            ToolList(integrations.session),
            integrations.access_tokens,
            storage.clock,
            settings.gateway_catalogue_hours * 3600.0,
        )
    return Catalogues(store, turns, looks, storage.clock)
