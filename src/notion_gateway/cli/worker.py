"""``python -m notion_gateway.cli.worker …``: one of the processes of ``serve --workers``.

Its parent has checked everything that is checked once, and hands over descriptors: the listening
socket, the memory of counts, and a pipe. When the worker is ready it writes a line there: how many
seconds it may take to stop; and then a character a second for as long as its event loop turns.
However the parent goes, stdin closes, and the worker stops in its usual way.
"""

import argparse
import asyncio
import os
import socket
import sys
from contextlib import suppress
from typing import Final

from notion_gateway.cli.output import Exit, Fault, hint
from notion_gateway.cli.serving import (
    configuration_faults,
    load_quickly,
    settings_for,
    stop_times,
)
from notion_gateway.cli.stdin_watch import end_with_stdin
from notion_gateway.kernel.errors import StoreUnavailable, StoreUnfit

BEAT_SECONDS: Final = 1.0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", required=True)
    for number in ("port", "listener", "counts", "place", "ready"):
        parser.add_argument(f"--{number}", type=int, required=True)
    given = parser.parse_args(arguments)
    try:
        _serve(given.host, given.port, given.listener, given.counts, given.place, given.ready)
    except Fault as fault:
        hint(f"Error: {fault}")
        return fault.code
    return Exit.DONE


def _serve(host: str, port: int, listener: int, memory: int, place: int, ready: int) -> None:
    load_quickly()
    from notion_gateway.app import create_app
    from notion_gateway.http.server import run
    from notion_gateway.kernel.log import configure_logging
    from notion_gateway.kernel.worker_counts import WorkerCounts

    with configuration_faults():
        settings = settings_for(host, port)
        times = stop_times(settings)

        def tell() -> None:
            os.set_blocking(ready, False)
            _write(ready, f"{times.longest_seconds}\n".encode())
            _beat(ready, asyncio.get_running_loop())

        configure_logging(settings.gateway_log_format, settings.gateway_log_level)
        app = create_app(settings, WorkerCounts(memory, place))
        try:
            accepting = socket.socket(fileno=listener)
            run(app, host, port, accepting, tell, times, is_worker=True)
        except StoreUnfit as fault:
            raise Fault(str(fault), Exit.MISFIT) from None
        except StoreUnavailable as fault:
            raise Fault(str(fault), Exit.UNAVAILABLE) from None


def _beat(ready: int, loop: asyncio.AbstractEventLoop) -> None:
    _write(ready, b".")
    loop.call_later(BEAT_SECONDS, _beat, ready, loop)


def _write(ready: int, told: bytes) -> None:
    """Nothing where the parent has gone, which stdin tells too, or does not read just now."""
    with suppress(BrokenPipeError, BlockingIOError):
        os.write(ready, told)


if __name__ == "__main__":
    end_with_stdin()
    sys.exit(main(sys.argv[1:]))
