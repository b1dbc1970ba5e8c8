"""How --arg and --args-json become a tool's arguments."""

from typing import Any

import pytest

from notion_gateway.cli.arguments import read_arguments
from notion_gateway.cli.output import Exit, Fault

SCHEMA: dict[str, Any] = {
    "properties": {
        "text": {"type": "string"},
        "count": {"type": "integer"},
        "share": {"type": ["number", "null"]},
        "on": {"type": "boolean"},
        "pages": {"type": "array"},
        "filters": {"anyOf": [{"type": "object"}, {"type": "null"}]},
        "either": {"oneOf": [{"type": "string"}, {"type": "number"}]},
        "anything": {},
    }
}


@pytest.mark.parametrize(
    ("pair", "value"),
    [
        ("text=12", "12"),
        ("text=a=b", "a=b"),
        ("text=", ""),
        ("count=12", 12),
        ("share=null", None),
        ("on=true", True),
        ('pages=["x"]', ["x"]),
        ('filters={"a": 1}', {"a": 1}),
        ("either=7", 7),
        ("either=seven", "seven"),
        ("anything=7", "7"),
        ("unheard_of=7", "7"),
    ],
)
def test_a_value_is_json_where_the_schema_wants_more_than_text(pair: str, value: object) -> None:
    assert read_arguments([pair], None, SCHEMA) == {pair.partition("=")[0]: value}


def test_single_arguments_win_over_the_object() -> None:
    assert read_arguments(["count=2"], '{"count": 1, "text": "x"}', SCHEMA) == {
        "count": 2,
        "text": "x",
    }


@pytest.mark.parametrize(
    ("pairs", "document"),
    [(["count"], None), (["=1"], None), (["count=two"], None), ([], "{"), ([], "[1]")],
)
def test_what_cannot_be_read_is_a_fault_of_usage(pairs: list[str], document: str | None) -> None:
    with pytest.raises(Fault) as refused:
        read_arguments(pairs, document, SCHEMA)
    assert refused.value.code == Exit.USAGE
