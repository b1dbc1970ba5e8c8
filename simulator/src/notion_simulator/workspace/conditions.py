"""Filters as clients write them, brought to the plain form that `filters` tests rows with.

Notion's operators carry the type they are for (`string_contains`,
`date_is_within`), its values say whether they are exact or relative
(`{"type": "relative", "value": "the_past_week"}`). The plain form of early
clients (`contains`, a bare value) is taken too. A month is 30 days here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from notion_simulator.workspace.model import Property

TYPE_PREFIX = re.compile(
    r"^(string|number|date_is|date|enum|checkbox|relation|status|person|verification)_"
)
PLAIN_NAMES = {"is": "equals", "is_not": "does_not_equal", "relative_to": "within"}
UNIT_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
DAY_OFFSETS = {
    "today": 0,
    "tomorrow": 1,
    "yesterday": -1,
    "one_week_ago": -7,
    "one_week_from_now": 7,
    "one_month_ago": -30,
    "one_month_from_now": 30,
}
RANGE = re.compile(r"^(this|the_past|the_next)_(week|month|year)$")

Condition = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asker:
    """Whom `me` and `today` are about; `now` in seconds since the epoch."""

    user_id: str
    now: float

    def day(self, offset: int) -> str:
        """Returns the ISO date so many days from today."""
        return (datetime.fromtimestamp(self.now, UTC) + timedelta(days=offset)).date().isoformat()


def plain(given: Condition, schema: Mapping[str, Property], asker: Asker) -> dict[str, Any]:
    """Returns a filter with plain operators and values; groups keep their shape."""
    if "filters" in given:
        parts = [plain(part, schema, asker) for part in given["filters"]]
        return {"operator": given["operator"], "filters": parts}
    # Meeting notes put operator and value one level deeper.
    inner: Condition = given.get("filter", given)
    name: str = given["property"]
    operator: str = inner["operator"]
    bare = TYPE_PREFIX.sub("", operator)
    if operator == "date_is":
        bare = "on"
    condition = {"property": name, "operator": PLAIN_NAMES.get(bare, bare)}
    if "value" in inner:
        condition["value"] = _value(inner["value"], schema.get(name), asker)
    return condition


def _value(value: object, column: Property | None, asker: Asker) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, list):
        each = [_value(item, column, asker) for item in cast("list[object]", value)]
        return [part for item in each for part in (item if isinstance(item, list) else [item])]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(value, dict):
        return value
    described = cast("dict[str, Any]", value)
    match described.get("type"):
        case "relative":
            return _relative(described, asker)
        case "is_group":
            wanted = str(described["value"]).lower().replace("-", "_").replace(" ", "_")
            options = column.options if column is not None else ()
            return [option.name for option in options if option.group == wanted]
        case "date" | "datetime":
            time = f"T{described['start_time']}" if "start_time" in described else ""
            return f"{described['start_date']}{time}"
        case "daterange":
            return [described.get("start_date", ""), described.get("end_date", "9999")]
        case _:
            return (
                described["id"] if "id" in described else _value(described["value"], column, asker)
            )


def _relative(described: Condition, asker: Asker) -> Any:  # noqa: ANN401 - a day, a range or a user
    name = str(described["value"])
    if name == "me":
        return asker.user_id
    if name in DAY_OFFSETS:
        return asker.day(DAY_OFFSETS[name])
    if name == "custom":
        days = UNIT_DAYS[described["unit"]] * int(described["count"])
        ahead = described["direction"] == "future"
        return [asker.day(0), asker.day(days)] if ahead else [asker.day(-days), asker.day(0)]
    if name == "surrounding":
        days = UNIT_DAYS[described["unit"]]
        return [asker.day(-days), asker.day(days)]
    found = RANGE.match(name)
    days = UNIT_DAYS[found[2]] if found else 0
    back, ahead = {"this": (days, days), "the_past": (days, 0), "the_next": (0, days)}[
        found[1] if found else "this"
    ]
    return [asker.day(-back), asker.day(ahead)]
