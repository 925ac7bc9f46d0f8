"""Counters over time as OpenMetrics text, for `promtool tsdb create-blocks-from openmetrics`.

The file is also what `promtool check metrics` reads, which knows the older text format alone. The two name a
counter differently in a TYPE line, so there is none: the names end in `_total`, and a time series database keeps
no types.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, BinaryIO

from tokenscope.credentials import mask
from tokenscope.draw.harmless import harmless
from tokenscope.model import Facet
from tokenscope.view.format import Format, HistoryFile, WholeHistory

if TYPE_CHECKING:
    from tokenscope.history.counter_series import Labels, Metric


def _write(whole: WholeHistory, stream: BinaryIO) -> None:
    from tokenscope.history.counter_series import metrics, samples  # noqa: PLC0415 - only an export pays for it

    for metric in metrics(whole.history):
        stream.write(f"# HELP {metric.name} {metric.help}\n".encode())
        for series, growth in sorted(_by_series(metric).items()):
            for second, value in samples(growth):
                stream.write(f"{series} {_number(value, metric.scale)} {second}\n".encode())
    stream.write(b"# EOF\n")


def _by_series(metric: Metric) -> dict[str, Counter[int]]:
    """Growth by the series as it is written: what only differed in characters that are not is one."""
    merged: dict[str, Counter[int]] = defaultdict(Counter)
    for labels, growth in metric.growth.items():
        merged[f"{metric.name}{{{_labels(labels)}}}"].update(growth)
    return merged


def _labels(labels: Labels) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)


def _escaped(text: str) -> str:
    return harmless(mask(text)).replace("\\", r"\\").replace('"', r"\"")


def _number(value: int, scale: int) -> str:
    """Exact: a whole number, or a decimal fraction with as many digits as it needs."""
    if scale == 1:
        return str(value)
    whole, rest = divmod(value, scale)
    digits = f"{rest:0{len(str(scale)) - 1}d}".rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)


FORMAT = Format(
    "openmetrics",
    history_file=HistoryFile(
        (".openmetrics", ".om", ".prom"), facets=lambda *_: Facet.TOOLS | Facet.TITLES, write=_write
    ),
)
