"""What did each model use?"""

from __future__ import annotations

from dataclasses import dataclass

from tokenscope import figures
from tokenscope.accounting.history import History
from tokenscope.accounting.usage import share
from tokenscope.card import Card, Column
from tokenscope.model import Facet, Usage
from tokenscope.money import part, ranked
from tokenscope.parts.usage_table import usage_card
from tokenscope.question import Analyzer, Drawing


@dataclass(frozen=True, slots=True)
class ModelRow:
    model: str
    usage: Usage
    share: float | None  # of all tokens


@dataclass(frozen=True, slots=True)
class ModelsReport:
    models: list[ModelRow]
    total: Usage


def analyze(history: History) -> ModelsReport:
    """Usage by model as the log names it, the most tokens first."""
    by_model = history.by(lambda message: message.model)
    order = sorted(by_model, key=lambda model: (-by_model[model].total_tokens, model))
    everything = history.total.total_tokens
    rows = [
        ModelRow(model, by_model[model].usage(), share(by_model[model].total_tokens, everything)) for model in order
    ]
    return ModelsReport(rows, history.total.usage())


def cards(report: ModelsReport, drawing: Drawing) -> tuple[Card, ...]:
    title = "Model by model"
    if not report.models:
        return (Card(title, "No responses here: nothing was used."),)
    models = ranked(report.models, lambda row: row.usage, drawing.plan)
    first = models[0]
    taken, basis = part(first.usage, report.total, drawing.plan)
    sentence = f"{first.model} took {figures.share(taken)} of your {basis}, the most of {len(models)} models."
    if len(models) == 1:
        sentence = f"{first.model} took all of your tokens."
    rows = [(row.model, row.usage) for row in models]
    return (usage_card(title, sentence, rows, drawing, label=Column("model", "path")),)


ANALYZER = Analyzer(
    name="models",
    help="Tokens and list price by model.",
    facets=Facet.USAGE,
    analyze=analyze,
    cards=cards,
    rows="models",
    next=("prices", "projects"),
)
