"""The command line: ``notion-gateway``. Data goes to stdout, everything else to stderr.

``program.py`` has the commands. Workers and their parent belong to this package too, and load
neither those nor what reads them.
"""


def app() -> None:
    from notion_gateway.cli.program import run

    run()
