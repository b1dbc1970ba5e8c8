"""Events as records: append-only, tagged by ``type``, readable for as long as there is a database.

A new field gets a default, an event type is never reused, and a type that this version does not
know is read as :class:`UnknownEvent` and skipped.
"""

from typing import Any, Generic, TypeVar, final

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """What every event, and every part of one, has in common."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class UnknownEvent(Record):
    """Written by a newer version: kept in the stream, changes nothing here."""

    type: str


E = TypeVar("E", bound=Record)


@final
class EventTypes(Generic[E]):
    """The types of event that one kind of stream has."""

    def __init__(self, *types: type[E]) -> None:
        self._types = {str(one.model_fields["type"].default): one for one in types}

    def read(self, record: dict[str, Any]) -> E | UnknownEvent:
        """The inverse of :func:`to_record`. Raises ``pydantic.ValidationError`` on a damaged
        record.
        """
        name = str(record.get("type"))
        known = self._types.get(name)
        return UnknownEvent(type=name) if known is None else known.model_validate(record)


def to_record(event: Record) -> dict[str, Any]:
    """JSON-ready form, ``type`` included."""
    return event.model_dump(mode="json")
