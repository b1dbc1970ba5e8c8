"""Whose budget it is, and that it is used up."""

from dataclasses import dataclass
from datetime import datetime

from notion_gateway.budget.rules.space_budget import Seen


@dataclass(frozen=True, slots=True)
class Grant:
    """``process_id`` names it; it has one budget, whoever of its space calls. ``grant_id`` says
    whose it is: the space's, or a member's own.
    """

    space_id: str
    process_id: str
    grant_id: str = ""


@dataclass(frozen=True, slots=True)
class Exhausted:
    """Notion has begun to refuse a grant's calls. ``until``: none of them goes before."""

    grant: Grant
    at: datetime
    until: datetime
    seen: Seen
