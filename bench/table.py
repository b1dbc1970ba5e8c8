"""The figures as a person reads them."""

from collections.abc import Sequence
from itertools import groupby

from rich.console import Console
from rich.table import Table

from bench.figures import Figure, Ratio
from bench.results import Results

_MAIN = ("direct", "nginx", "gateway")
_MANY = 10


def show(results: Results, console: Console) -> None:
    """One table for each set of columns."""
    for columns, figures in groupby(results.figures(), key=_columns):
        _show_table(columns, list(figures), console)
    for fault in results.peers.faults:
        console.print(f"Not measured: {fault}", style="yellow", markup=False)


def _columns(figure: Figure) -> tuple[str, ...]:
    """What only the gateway has stands in the table of all three."""
    return _MAIN if set(figure.medians) <= set(_MAIN) else tuple(figure.medians)


def _show_table(columns: Sequence[str], figures: Sequence[Figure], console: Console) -> None:
    table = Table(title="Medians of all rounds; the ratio is taken within each round")
    table.add_column("")
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column(" / ".join((columns[-1], columns[-2])), justify="right", no_wrap=True)
    for group, members in groupby(figures, key=lambda figure: figure.group):
        table.add_section()
        table.add_row(f"[bold]{group}")
        for figure in members:
            cells = [number(figure.medians.get(column)) for column in columns]
            table.add_row(figure.name, *cells, _ratio(figure))
    console.print(table)


def number(value: float | None) -> str:
    if value is None:
        return "-"
    if abs(value) >= 100:  # noqa: PLR2004 - three significant digits
        return f"{value:,.0f}"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"  # noqa: PLR2004 - as above


def _ratio(figure: Figure) -> str:
    if figure.ratio is None:
        return "-"
    return shown_ratio(figure.name, figure.ratio)


def shown_ratio(name: str, ratio: Ratio) -> str:
    """Rates as a part of the other's, all else as a multiple."""
    if name.endswith("per second") and ratio.median < _MANY:
        return f"{ratio.median:.1%} ({ratio.lowest:.1%} to {ratio.highest:.1%})"
    median, lowest, highest = (
        _multiple(one) for one in (ratio.median, ratio.lowest, ratio.highest)
    )
    return f"{median}x ({lowest} to {highest})"


def _multiple(value: float) -> str:
    if value >= _MANY:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2g}"
