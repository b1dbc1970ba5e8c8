"""A gateway process of its own, as ``notion-gateway serve`` runs it, with guards that a test
may switch off: ``python -m tests.faults.replica --port 8001 [--without-lease]``.
"""

import argparse

from notion_gateway.config import load_settings
from notion_gateway.log import configure_logging
from notion_gateway.web.app import create_app
from notion_gateway.web.server import run
from tests.faults.failpoints import disarm_lease


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--without-lease", action="store_true")
    arguments = parser.parse_args()
    if arguments.without_lease:
        disarm_lease()
    configure_logging("json", "warning")
    run(create_app(load_settings()), "127.0.0.1", arguments.port)


if __name__ == "__main__":
    main()
