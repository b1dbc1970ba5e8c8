"""What the suite starts as the client under test, with the address of its server.

It starts dozens at once, so this says no more than what it was started with to the process
that runs the gateway's OAuth client (``oauth_client.py``), and ends as it is told. Nothing but
the standard library, for the start to be quick.
"""

import json
import os
import sys
import urllib.request

RELAY = "CONFORMANCE_RELAY"
"""The variable that holds the address to ask."""


def main() -> int:
    order = {
        "url": sys.argv[-1],
        "scenario": os.environ["MCP_CONFORMANCE_SCENARIO"],
        "version": os.environ["MCP_CONFORMANCE_PROTOCOL_VERSION"],
        "context": json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT", "{}")),
    }
    request = urllib.request.Request(  # noqa: S310 - the test's own address
        os.environ[RELAY],
        data=json.dumps(order).encode(),
        headers={"content-type": "application/json"},
    )
    directly = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with directly.open(request, timeout=60) as answer:
        outcome = json.load(answer)
    sys.stdout.write(f"{outcome['said']}\n")
    return 0 if outcome["connected"] else 1


if __name__ == "__main__":
    sys.exit(main())
