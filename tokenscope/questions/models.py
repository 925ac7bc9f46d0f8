"""What did each model use?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tokenscope.answers.usage.trends import Trend, chart_of, group_usage, largest_of, trend_card
from tokenscope.answers.usage.usage_charts import ChartOption
from tokenscope.answers.usage.usage_table import UsageRow
from tokenscope.history.calendar_periods import Timeline, model_tokens
from tokenscope.history.history import History
from tokenscope.model import Facet, Usage
from tokenscope.view.card import Card, Column
from tokenscope.view.money import ranked
from tokenscope.view.question import Drawing, Question, Reading


@dataclass(frozen=True, slots=True)
class ModelRow:
    model: str
    usage: Usage
    share: float | None  # of all tokens
    trend: list[int]  # tokens in each period of the report's trend


@dataclass(frozen=True, slots=True)
class ModelsReport:
    models: list[ModelRow]
    total: Usage
    trend: Trend
    chart: Timeline[date] | None


def analyze(history: History, *, chart: ChartOption = False) -> ModelsReport:
    """Usage by model as the log names it, the most tokens first."""
    groups, trend = group_usage(history, lambda message: message.model, model_tokens)
    rows = [ModelRow(one.name, one.usage, one.share, one.trend) for one in groups]
    return ModelsReport(rows, history.total.usage(), trend, chart_of(history, model_tokens) if chart else None)


def cards(report: ModelsReport, drawing: Drawing) -> tuple[Card, ...]:
    title = "Model by model"
    if not report.models:
        return (Card(title, "No responses here: nothing was used."),)
    models = ranked(report.models, lambda row: row.usage, drawing.plan)
    names = [row.model for row in models]
    sentence = largest_of(names, models[0].usage, report.total, drawing, kind="models")
    rows = [UsageRow(row.model, row.usage, row.trend) for row in models]
    label = Column("model", "label")
    return (trend_card(title, sentence, rows, drawing, label=label, trend=report.trend, chart=report.chart),)


QUESTION = Question(
    name="models",
    help="Tokens and list price by model.",
    reading=Reading(Facet.USAGE),
    analyze=analyze,
    cards=cards,
    rows="models",
    next=("prices", "projects"),
    examples=("", "--since 7d", "--chart"),
)
