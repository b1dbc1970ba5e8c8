"""A gateway process of its own, as ``notion-gateway serve`` runs it, with guards that a test
may switch off: ``python -m tests.faults.replica --port 8001 --clock FILE [--without-guards]``.
"""

import argparse
from pathlib import Path

from notion_gateway.app import create_app
from notion_gateway.http.server import run
from notion_gateway.kernel.log import configure_logging
from notion_gateway.settings import load_settings
from tests.faults.failpoints import disarm_lease, disarm_versions
from tests.faults.skipping_clock import SkippingClock


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--clock", type=Path, required=True)
    parser.add_argument("--without-guards", action="store_true")
    arguments = parser.parse_args()
    SkippingClock(arguments.clock).bend()
    if arguments.without_guards:
        disarm_lease()
        disarm_versions()
    configure_logging("json", "warning")
    run(create_app(load_settings()), "127.0.0.1", arguments.port)


if __name__ == "__main__":
    main()
