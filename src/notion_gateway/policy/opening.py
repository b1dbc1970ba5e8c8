"""Opens what says which tools a space's callers may call."""

from notion_gateway.access.membership import Members
from notion_gateway.kernel.clock import Clock
from notion_gateway.policy.policies import Policies
from notion_gateway.policy.store import PolicyStore
from notion_gateway.storage.database import Database


def open_policies(database: Database, members: Members, clock: Clock) -> Policies:
    return Policies(PolicyStore(database), members, clock)
