"""What did each model use?"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from tokenscope.answers.data.anomalies import UnloggedRequests, measure_unlogged, unlogged_note
from tokenscope.answers.usage.count_check import CountCheck, check_counts
from tokenscope.answers.usage.count_check_cards import check_cards
from tokenscope.answers.usage.trends import Trend, largest_of, measure_groups, trend_card
from tokenscope.answers.usage.usage_charts import ChartOption
from tokenscope.answers.usage.usage_table import NamedUsage, StampOption, UsageRow, grouped_cards
from tokenscope.history.calendar_periods import Timeline, model_tokens
from tokenscope.history.history import History
from tokenscope.history.stamp_groups import GroupSum
from tokenscope.model import Facet, Usage
from tokenscope.value import Value
from tokenscope.view.card import Card, Column
from tokenscope.view.money import ranked
from tokenscope.view.question import Drawing, Option, Question, Reading
from tokenscope.view.short_names import model_labels


class ModelRow(Value):
    model: str
    usage: Usage
    share: float | None  # of all tokens
    trend: list[int]  # tokens in each period of the report's trend
    group: str | None  # with `grouped_by`: the name that its responses have in common; null: the log does not say


class ModelsReport(Value):
    """`check` and `unlogged` only with `--check`; a null `check` then: a part of the history cannot be compared."""

    models: list[ModelRow]
    total: Usage
    trend: Trend
    chart: Timeline[date] | None
    grouped_by: str | None
    groups: list[GroupSum]  # what each name came to over all models
    check: CountCheck | None = None
    unlogged: UnloggedRequests | None = None


def analyze(
    history: History,
    *,
    chart: ChartOption = False,
    by: StampOption = None,
    check: Annotated[bool, Option("Beside what Claude Code itself counted: the difference, and why.")] = False,
) -> ModelsReport:
    """Usage by model as the log names it, the most tokens first."""
    found = measure_groups(history, lambda message: message.model, model_tokens, chart=chart, by=by)
    rows = [ModelRow(one.name, one.usage, one.share, one.trend, group) for group, one in found.rows]
    checked = (check_counts(history), measure_unlogged(history)) if check else ()
    return ModelsReport(rows, history.total.usage(), found.trend, found.chart, by, found.groups, *checked)


def cards(report: ModelsReport, drawing: Drawing) -> tuple[Card, ...]:
    if report.unlogged is not None:
        return check_cards(report.check, drawing, *unlogged_note(report.unlogged))
    title = "Model by model"
    if not report.models:
        return (Card(title, "No responses here: nothing was used."),)
    models = ranked(report.models, lambda row: row.usage, drawing.plan)
    labels = model_labels(row.model for row in models)
    if report.grouped_by:
        named = [NamedUsage(labels[row.model], row.usage, row.group) for row in models]
        return grouped_cards(title, ("model", "the most first"), named, report.groups, report.grouped_by, drawing)
    names = [labels[row.model] for row in models]
    sentence = largest_of(names, models[0].usage, report.total, drawing, kind="models")
    rows = [UsageRow(labels[row.model], row.usage, row.trend) for row in models]
    label = Column("model", "label")
    return (trend_card(title, sentence, rows, drawing, label=label, trend=report.trend, chart=report.chart),)


QUESTION = Question(
    name="models",
    help="Tokens and list price by model.",
    reading=Reading(Facet.USAGE, by_option={"by": Facet.STAMPS, "check": Facet.TOOLS | Facet.TITLES}),
    analyze=analyze,
    cards=cards,
    rows="models",
    next=("prices", "projects"),
    examples=("", "--since 7d", "--chart", "--check"),
)
