"""``backup``, ``restore`` and ``restored``: a copy of the database, and what to do with one."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from notion_gateway.cli.output import Exit, Fault, hint
from notion_gateway.cli.serving import configuration_faults

if TYPE_CHECKING:
    from notion_gateway.operations.restored import Original
    from notion_gateway.settings import Settings

GoneOption = Annotated[
    bool,
    typer.Option(
        "--original-is-gone",
        help="The gateways that the backup was made of serve no more, and never will again.",
    ),
]
GoesOnOption = Annotated[
    bool,
    typer.Option(
        "--original-goes-on",
        help="They go on, and this is a copy beside them: its spaces are disconnected, for good.",
    ),
]

_WHICH = (
    "Say what has become of the gateways that the backup was made of: --original-is-gone or"
    " --original-goes-on. Notion lets each refresh token be used once, so that a copy beside them"
    " would end their connections."
)


def add_to(app: typer.Typer) -> None:
    app.command()(backup)
    app.command()(restore)
    app.command()(restored)


def backup(
    file: Annotated[Path, typer.Argument(help="Where to; nothing may be there yet.")],
) -> None:
    """Copy the SQLite database to a file, while gateways go on working. Keys are not in it."""
    from notion_gateway.operations.backup import back_up

    settings = _settings()
    with _faults():
        back_up(settings, file)
    hint(f"{file} is a whole copy of the database as it was just now.")
    hint(
        "The keys are not in it, and without them no token in it can be opened: keep"
        " encryption.key, or TOKEN_ENCRYPTION_KEYS, in another place."
    )


def restore(
    file: Annotated[Path, typer.Argument(help="What `backup` made.")],
    *,
    original_is_gone: GoneOption = False,
    original_goes_on: GoesOnOption = False,
) -> None:
    """Put a backup in the place of the SQLite database. No gateway may have that open.

    The database that is there is not deleted, but gets another name. Exits with 3 while a gateway
    has it open.
    """
    import anyio

    from notion_gateway.operations.backup import restore as put_back

    original = _which(gone=original_is_gone, goes_on=original_goes_on)
    settings = _settings()
    with _faults():
        aside = anyio.run(put_back, settings, file, original)
    hint(f"{file} is the database now.")
    if aside is not None:
        hint(f"What was there before is {aside}.")
    _say_what_follows(original)


def restored(
    *, original_is_gone: GoneOption = False, original_goes_on: GoesOnOption = False
) -> None:
    """Say that the database was restored by other means, before the first gateway starts on it.

    `restore` does it by itself. After pg_restore, point-in-time recovery, or a disk's snapshot it
    has to be said, so that gateways know that the tokens may be out of date.
    """
    import anyio

    from notion_gateway.operations.backup import open_restored
    from notion_gateway.operations.restored import settle

    original = _which(gone=original_is_gone, goes_on=original_goes_on)
    settings = _settings()

    async def work() -> int:
        async with open_restored(settings) as database:
            return await settle(database, original)

    with _faults():
        left = anyio.run(work)
    hint(f"Noted. {left} spaces have tokens.")
    _say_what_follows(original)


def _which(*, gone: bool, goes_on: bool) -> "Original":
    from notion_gateway.operations.restored import Original

    if gone == goes_on:
        raise Fault(_WHICH, Exit.USAGE)
    return Original.GONE if gone else Original.GOES_ON


def _say_what_follows(original: "Original") -> None:
    from notion_gateway.operations.restored import Original

    if original is Original.GOES_ON:
        hint("Its spaces are disconnected here, and nothing was said to Notion: connect each anew.")
    else:
        hint(
            "Spaces whose tokens were renewed after the backup have to be connected again when"
            " their access token ends; the others go on."
        )
    hint(
        "Start the gateway, and see `notion-gateway doctor`. docs/backup.md says what else is old."
    )


@contextmanager
def _faults() -> Generator[None]:
    from notion_gateway.operations.backup import BackupFault, DatabaseInUse

    with configuration_faults():
        try:
            yield
        except DatabaseInUse as fault:
            raise Fault(str(fault), Exit.UNAVAILABLE) from None
        except BackupFault as fault:
            raise Fault(str(fault)) from None


def _settings() -> "Settings":
    from notion_gateway.kernel.log import configure_logging
    from notion_gateway.settings import load_settings

    with configuration_faults():
        settings = load_settings()
    configure_logging(settings.gateway_log_format, "error")
    return settings
