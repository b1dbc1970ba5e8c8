"""What commands need that work on the gateway's database itself, as its operator."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from notion_gateway.cli.output import Fault
from notion_gateway.cli.serving import configuration_faults
from notion_gateway.kernel.errors import InvalidRequest, SpaceGone, SpaceNotAccessible

if TYPE_CHECKING:
    from notion_gateway.access.rules.space import Space
    from notion_gateway.operations.operator import Operator
    from notion_gateway.settings import Settings

OPERATOR = "operator"
"""Who did it, in the records: somebody with the database in their hands."""

T = TypeVar("T")


def as_operator(work: "Callable[[Operator], Awaitable[T]]") -> T:
    """Runs ``work`` on the database that the settings name. Raises Fault."""
    from notion_gateway.kernel.log import configure_logging
    from notion_gateway.settings import load_settings

    with configuration_faults():
        settings = load_settings()
        configure_logging(settings.gateway_log_format, "error")
        return operating(settings, work)


def operating(settings: "Settings", work: "Callable[[Operator], Awaitable[T]]") -> T:
    """The same with settings of the caller's own."""
    import anyio

    from notion_gateway.operations.operator import open_operator

    async def run() -> T:
        async with open_operator(settings) as operator:
            return await work(operator)

    try:
        return anyio.run(run)
    except InvalidRequest as fault:
        raise Fault(str(fault)) from None


async def existing(operator: "Operator", space_id: str) -> "Space":
    """Raises SpaceNotAccessible in words for somebody who may know."""
    space = await operator.members.load(space_id)
    if space.deletion is not None:
        gone = space.deletion
        raise SpaceGone(f"{gone.by} deleted the space {space_id} on {gone.at:%Y-%m-%d}.")
    if not space.exists:
        raise SpaceNotAccessible(
            f"There is no space {space_id}. `notion-gateway spaces list` shows those there are."
        )
    return space
