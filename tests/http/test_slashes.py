"""A path with a slash too many is another path: nothing redirects from one to the other."""

import pytest
from fastapi import FastAPI

from notion_gateway.app import api
from notion_gateway.settings import CALLBACK_PATH
from tests.access.routes import leaves
from tests.support.figures import Figure
from tests.support.rig import Rig

pytestmark = pytest.mark.anyio

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def paths() -> set[str]:
    """Every route's, with something in place of what varies."""
    served = {route.path for route in leaves(api().routes)} | {"/mcp/notion/{space_id}"}
    filled = (one.replace("{", "").replace("}", "") for one in served)
    return {*filled, "/mcp/notion/proxy", "/openapi.json"}


@pytest.mark.promise("threats:58")
async def test_no_route_is_led_to_by_a_slash_or_left_for_one(rig: Rig, figure: Figure) -> None:
    assert len(paths()) > 20
    for path in paths():
        for method in METHODS:
            answer = await rig.caller.send(method, f"{path}/?code=c0de", user=None)
            assert not 300 <= answer.status < 400, (method, path)
            assert "location" not in answer.headers, (method, path)
            led = "location" in answer.headers
            figure("{} requests with a code in their address: {} led elsewhere", 1, int(led))


async def test_a_code_that_comes_with_a_slash_goes_nowhere(rig: Rig) -> None:
    answer = await rig.caller.get(f"{CALLBACK_PATH}/?code=c0de&state=s", user=None)

    assert (answer.status, answer.reason) == (404, "not_found")
    assert "c0de" not in str(answer.headers)


def test_the_framework_would_redirect_by_itself() -> None:
    """The control."""
    assert FastAPI().router.redirect_slashes
    assert not api().router.redirect_slashes
