"""The figures as a person reads them."""

from itertools import groupby

from rich.console import Console
from rich.table import Table

from bench.processes import Usage
from bench.results import Figure, Results

_COLUMNS = ("direct", "nginx", "gateway")


def show(results: Results, console: Console) -> None:
    table = Table(title="Medians of all rounds; the ratio is taken within each round")
    table.add_column("", no_wrap=True)
    for column in _COLUMNS:
        table.add_column(column, justify="right")
    table.add_column("gateway / nginx", justify="right", no_wrap=True)
    for group, figures in groupby(results.figures(), key=lambda figure: figure.group):
        table.add_section()
        table.add_row(f"[bold]{group}")
        for figure in figures:
            cells = [_number(figure.medians.get(column)) for column in _COLUMNS]
            table.add_row(figure.name, *cells, _ratio(figure))
    console.print(table)
    idle, loaded = results.gateway_idle, results.gateway_loaded
    if idle is not None and loaded is not None:
        console.print(
            f"Gateway's memory: {_megabytes(idle)} MB connected and idle,"
            f" {_megabytes(loaded)} MB after the load,"
            f" {loaded.peak_rss_bytes / 1e6:.0f} MB at most."
        )


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    if value >= 100:  # noqa: PLR2004 - three significant digits
        return f"{value:,.0f}"
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"  # noqa: PLR2004 - as above


def _ratio(figure: Figure) -> str:
    ratio = figure.gateway_over_nginx
    if ratio is None:
        return "-"
    if figure.name.endswith("per second"):
        return f"{ratio.median:.1%} ({ratio.lowest:.1%} to {ratio.highest:.1%})"
    return f"{ratio.median:.1f}x ({ratio.lowest:.1f} to {ratio.highest:.1f})"


def _megabytes(usage: Usage) -> str:
    return f"{usage.rss_bytes / 1e6:.0f}"
