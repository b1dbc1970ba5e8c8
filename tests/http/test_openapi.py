"""The document that the front end's types are made from."""

from pathlib import Path

from notion_gateway.openapi import text

_DOCUMENT = Path(__file__).parents[2] / "conversational-ui" / "openapi.json"


def test_the_front_end_goes_by_the_routes_there_are() -> None:
    assert _DOCUMENT.read_text() == text(), (
        "The API has changed. Bring the front end along:"
        " python -m notion_gateway.openapi > conversational-ui/openapi.json,"
        " then npm run api in conversational-ui."
    )
