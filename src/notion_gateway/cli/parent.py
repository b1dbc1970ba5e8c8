"""``python -m notion_gateway.cli.parent …``: the process that holds the workers of ``serve``.

``serve`` has checked settings, key and database, for which it has loaded most of the gateway. None
of that is needed by a process that starts others and waits for them, so the program is replaced by
this one: same process, same environment, a fraction of the memory.
"""

import argparse
import asyncio
import os
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal, NoReturn

from notion_gateway.cli.not_loaded import without_rich
from notion_gateway.cli.output import Exit, Fault, complain
from notion_gateway.cli.stdin_watch import end_with_stdin, ends_with_stdin

if TYPE_CHECKING:
    from notion_gateway.kernel.log_level import Level


@dataclass(frozen=True, slots=True)
class Given:
    """``metrics_port``: None where metrics are off."""

    host: str
    port: int
    workers: int
    log_format: Literal["auto", "json", "console"]
    log_level: "Level"
    metrics_host: str
    metrics_port: int | None
    hung_seconds: float


def become_parent(given: Given) -> NoReturn:
    """Of workers, in the place of the program that runs now. Nothing of it goes on: descriptors
    are closed, threads end.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    arguments = [f"--{name}={value}" for name, value in asdict(given).items() if value is not None]
    if ends_with_stdin():
        arguments.append("--ends-with-stdin")
    program = [sys.executable, "-m", "notion_gateway.cli.parent", *arguments]
    os.execv(sys.executable, program)  # noqa: S606 - our own program


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser()
    for name in ("host", "log_format", "log_level", "metrics_host"):
        parser.add_argument(f"--{name}", required=True)
    for number in ("port", "workers"):
        parser.add_argument(f"--{number}", type=int, required=True)
    parser.add_argument("--metrics_port", type=int)
    parser.add_argument("--hung_seconds", type=float, required=True)
    parser.add_argument("--ends-with-stdin", action="store_true")
    given = vars(parser.parse_args(arguments))
    if given.pop("ends_with_stdin"):
        end_with_stdin()
    try:
        _run(Given(**given))
    except Fault as fault:
        complain(str(fault))
        return fault.code
    except KeyboardInterrupt:  # before it is heeded as a signal
        return Exit.INTERRUPTED
    return Exit.DONE


def _run(given: Given) -> None:
    without_rich()
    from notion_gateway.cli.worker_metrics import worker_metrics
    from notion_gateway.cli.workers import run_workers
    from notion_gateway.kernel.log import configure_logging, written_by_thread

    configure_logging(given.log_format, given.log_level)
    with (
        written_by_thread(),
        worker_metrics(given.metrics_host, given.metrics_port) as metrics,
    ):
        run = run_workers(given.host, given.port, given.workers, metrics, given.hung_seconds)
        asyncio.run(run)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
