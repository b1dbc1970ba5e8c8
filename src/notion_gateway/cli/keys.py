"""``keys``: those that seal stored tokens, and an application's. Their material is shown once, when
it is made.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from notion_gateway.cli.local_identity import APPLICATION, new_application
from notion_gateway.cli.output import (
    Exit,
    Fault,
    cell,
    columns,
    complain,
    hint,
    print_json,
    print_table,
    print_text,
)
from notion_gateway.cli.serving import configuration_faults
from notion_gateway.cli.target import JsonOption
from notion_gateway.kernel.errors import StoreUnavailable

if TYPE_CHECKING:
    from notion_gateway.settings import Settings
    from notion_gateway.vault.rotation import Keys, Rotation

_TELL_SECONDS = 2.0

_OF_A_KEY = """\
Whoever has it and the database can open every
token: keep it in a secret store, not beside the database."""

_OF_A_WRAPPED_KEY = """\
It opens with that key
of the key service only, which every gateway asks for at its start. Keep both: if either is
lost, no token opens."""

_GENERATED = """\
A new key, as TOKEN_ENCRYPTION_KEYS takes it. {}

Of several keys, separated by commas, the first one seals and all of them open. Where there
are keys already, put this one last and restart every gateway; then put it first, restart them
again, and run `notion-gateway keys rotate`. In one step, a gateway that has the new key could
seal what another one cannot open yet.
"""

_NEW_APPLICATION = """\
Two lines for an environment file. The first one is the application's alone: whoever has it can
act as any of its users. The second one is the gateway's; where it has applications already, add
this one to their list.
"""


def add_to(app: typer.Typer) -> None:
    keys = typer.Typer(
        no_args_is_help=True, help="The keys that seal stored tokens, and applications' keys."
    )
    keys.command()(generate)
    keys.command()(application)
    keys.command("list")(list_keys)
    keys.command()(rotate)
    app.add_typer(keys, name="keys")


def generate(
    *,
    aws_kms: Annotated[
        str | None,
        typer.Option(
            "--aws-kms",
            metavar="KEY",
            help="Wrap it with this key of AWS KMS: its id, ARN or alias/….",
        ),
    ] = None,
    gcp_kms: Annotated[
        str | None,
        typer.Option(
            "--gcp-kms",
            metavar="KEY",
            help="Or with this key of Google Cloud KMS: projects/…/cryptoKeys/….",
        ),
    ] = None,
    azure_key_vault: Annotated[
        str | None,
        typer.Option(
            "--azure-key-vault",
            metavar="KEY",
            help="Or with this RSA key of Azure Key Vault: https://….vault.azure.net/keys/….",
        ),
    ] = None,
) -> None:
    """Print a new key for TOKEN_ENCRYPTION_KEYS. It is stored nowhere."""
    from notion_gateway.vault.keyring import generate_key

    asked = {"aws-kms": aws_kms, "gcp-kms": gcp_kms, "azure-key-vault": azure_key_vault}
    services = {service: under for service, under in asked.items() if under is not None}
    if len(services) > 1:
        options = " and ".join(f"--{service}" for service in services)
        raise Fault(f"{options}: one key service wraps a key. Give one of them.", Exit.USAGE)
    if not services:
        print_text(generate_key())
        hint(_GENERATED.format(_OF_A_KEY))
    for service, under in services.items():
        print_text(_wrapped(service, under))
        hint(_GENERATED.format(_OF_A_WRAPPED_KEY))


def _wrapped(service: str, under: str) -> str:
    import anyio

    from notion_gateway.kernel.log import configure_logging
    from notion_gateway.vault.key_services import generate_wrapped
    from notion_gateway.vault.keyring import KeyringError, KeyServiceUnavailable

    configure_logging("auto", "error")
    try:
        return anyio.run(generate_wrapped, service, under)
    except KeyServiceUnavailable as fault:
        raise Fault(f"{fault}. No key was made: try again.", Exit.UNAVAILABLE) from None
    except KeyringError as fault:
        raise Fault(f"{fault}. No key was made.", Exit.USAGE) from None


def application(
    *,
    name: Annotated[
        str, typer.Option(help="The application's name, which its principals have as iss.")
    ] = APPLICATION,
) -> None:
    """Print a new key pair for an application, such as the front end. It is stored nowhere."""
    private, applications = new_application(name)
    print_text(f"GATEWAY_APPLICATION_KEY={private}")
    print_text(f"GATEWAY_APPLICATIONS={applications}")
    hint(_NEW_APPLICATION)


def list_keys(*, as_json: JsonOption = False) -> None:
    """Show the ids of the keys, newest first, and how many secrets each one seals.

    Exits with 1 when there are secrets whose key is not here.
    """
    import anyio

    from notion_gateway.vault.rotation import open_rotation

    settings = _settings()

    async def work() -> "tuple[Sequence[str], Mapping[str, int]]":
        async with open_rotation(settings) as keys:
            return keys.ids(), await keys.secrets.count_by_key()

    with configuration_faults():
        known, usage = anyio.run(work)
    lost = sorted(usage.keys() - set(known))
    if as_json:
        print_json(
            [
                {"id": one, "secrets": usage.get(one, 0), "available": one in known}
                for one in (*known, *lost)
            ]
        )
    else:
        table = columns("Key", "Secrets", "")
        for one in known:
            table.add_row(cell(one), str(usage.get(one, 0)), "seals" if one == known[0] else "")
        for one in lost:
            table.add_row(cell(one), str(usage[one]), "[red]not here[/red]")
        print_table(table)
    if lost:
        complain("The secrets of a key that is not here cannot be opened.")
        raise typer.Exit(Exit.FAULT)


def rotate(*, as_json: JsonOption = False) -> None:
    """Bring every stored secret under the newest key, while gateways go on working.

    With a key file, a new newest key is made first, unless an earlier rotation was cut short:
    that one is ended. With TOKEN_ENCRYPTION_KEYS, the newest is the first of them. Exits with
    1 when there are secrets that no key opens.
    """
    import asyncio

    from notion_gateway.vault.rotation import open_rotation

    settings = _settings()

    async def work() -> "Rotation":
        async with open_rotation(settings) as keys:
            await _make_newest(keys)
            telling = asyncio.create_task(_tell(keys))
            try:
                return await keys.rotate.run()
            finally:
                telling.cancel()

    with configuration_faults():
        done = asyncio.run(work())
    if as_json:
        print_json(
            {"key_id": done.key_id, "rewrapped": done.rewrapped, "unreadable": done.unreadable}
        )
    hint(f"{done.rewrapped} secrets were brought under {done.key_id}.")
    if done.unreadable:
        complain(
            f"{done.unreadable} secrets are under keys that are not here, and stay as they are."
            " `notion-gateway keys list` names the keys."
        )
        raise typer.Exit(Exit.FAULT)


async def _make_newest(keys: "Keys") -> None:
    if keys.add is None:
        return
    usage, known = await keys.secrets.count_by_key(), keys.ids()
    if any(usage.get(one) for one in known[1:]):
        hint(f"Going on with the rotation to {known[0]}, which was cut short.")
        return
    hint(f"Made a new key in the key file: {keys.add()}. Back that file up.")


async def _tell(keys: "Keys") -> None:
    """Says every few seconds how far it is."""
    import asyncio

    with suppress(StoreUnavailable):  # the rotation itself tells
        while True:
            await asyncio.sleep(_TELL_SECONDS)
            usage, known = await keys.secrets.count_by_key(), keys.ids()
            hint(f"… {sum(usage.get(one, 0) for one in known[1:])} to go")


def _settings() -> "Settings":
    from notion_gateway.kernel.log import configure_logging
    from notion_gateway.settings import load_settings

    with configuration_faults():
        settings = load_settings()
    configure_logging(settings.gateway_log_format, "error")
    return settings
