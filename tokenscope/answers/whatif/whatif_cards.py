"""What other settings and habits would have cost, in words: the levers, how to set one, and what has no figure."""

from __future__ import annotations

from tokenscope.answers.whatif.trial import CEILING, NotComputable, Trial
from tokenscope.answers.whatif.weigh import WhatIfReport
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Note, Row, Table, Tone
from tokenscope.view.question import Drawing

TITLE = "What if"
WORTH_IT = 0.005  # of the bill: less is left as it is
WARNINGS = frozenset({"light"})  # what would be lost is told; what would be won is no advice: it rests on quality
MOST_TOLD = 3  # levers that are told how to set


def whatif_cards(report: WhatIfReport, drawing: Drawing) -> tuple[Card, ...]:
    """The levers; how to set those that help, or that were asked for; what has no figure."""
    cards = [_levers_card(report, drawing)]
    told = [one for one in report.levers if is_advised(one, report)] or report.levers[:1]
    if told:
        cards.append(_how_card(told[:MOST_TOLD], report))
    if report.not_computable:
        cards.append(_without_figure(report.not_computable))
    return tuple(cards)


def is_advised(one: Trial, report: WhatIfReport) -> bool:
    """Whether it would have saved something whichever half is asked, under the harshest assumption too."""
    return saves_for_certain(one, report.bill_usd)


def saves_for_certain(one: Trial, bill_usd: float) -> bool:
    """Likewise, of a bill in dollars."""
    saves = -one.discounted_usd > WORTH_IT * bill_usd and one.high_usd < 0
    return saves and one.sign_stable and one.basis != CEILING and one.lever not in WARNINGS


def _levers_card(report: WhatIfReport, drawing: Drawing) -> Card:
    if not report.levers:
        actions = (price_action(drawing.command),) if report.unpriced_models and not report.bill_usd else ()
        return Card(TITLE, "No lever gets a figure here; each reason stands below.", (), actions)
    columns = (
        Column("setting", "label"),
        Column("list price", "dollars"),
        Column("range", "number", spare=True),
        Column("of it all", "number"),
        Column("later half", "number", spare=True),
        Column("verdict", "remark"),
    )
    shown = report.levers[: drawing.limit]
    rows = tuple(_row(one, report) for one in shown)
    table = Table(columns, rows, len(report.levers) - len(shown))
    note = Note("each row alone, beside your own settings: they overlap and do not add up", Tone.DIM)
    return Card(TITLE, _sentence(report), (table, note), (), _caption(report))


def _row(one: Trial, report: WhatIfReport) -> Row:
    share = one.discounted_usd / report.bill_usd if report.bill_usd else None
    cells = (
        f"{one.lever}={one.value}",
        _signed(one.discounted_usd),
        _range(one.low_usd, one.high_usd),
        _signed_share(share),
        "" if one.second_half_usd is None else _signed(one.second_half_usd),
        _remark(one, report),
    )
    return Row(cells, Tone.DIM if one.basis == CEILING else Tone.PLAIN)


def price_action(command: str) -> str:
    """What to do where models have no known price."""
    return f"{command} prices --template > prices.toml lists them to fill in; then add --prices prices.toml"


def _remark(one: Trial, report: WhatIfReport) -> str:
    if one.basis == CEILING:
        return "ceiling"
    if is_advised(one, report):
        return "discounted" if one.discounted_usd != one.delta_usd else one.basis
    return "a shape, no proof: see quota-audit" if one.lever in WARNINGS and one.high_usd < 0 else verdict_of(one)


def verdict_of(one: Trial) -> str:
    """What is to be said of a change that did not save for certain."""
    if one.low_usd < 0 < one.high_usd:
        return "either way"
    if one.low_usd >= 0:
        return "costs more" if one.high_usd > 0 else "changes nothing here"
    return "too little to matter" if one.sign_stable else "in one half only"


def _sentence(report: WhatIfReport) -> str:
    best = next((one for one in report.levers if is_advised(one, report)), None)
    if best is None:
        return "Leave it as it is: nothing here would have saved you anything for certain."
    share = figures.share(-best.discounted_usd / report.bill_usd)
    usd = figures.dollars(-best.discounted_usd)
    return f"{best.lever}={best.value} would have saved about {usd}, {share} of {figures.dollars(report.bill_usd)}."


def _range(low: float, high: float) -> str:
    """From the kindest to the harshest assumption; one figure where both say the same."""
    least, most = _signed(low), _signed(high)
    return least if least == most else f"{least} to {most}"


def _signed(usd: float) -> str:
    return f"{'+' if usd > 0 else '−' if usd < 0 else ''}{figures.dollars(abs(usd))}"


def _signed_share(share: float | None) -> str:
    if share is None:
        return ""
    return f"{'+' if share > 0 else '−' if share < 0 else ''}{figures.share(abs(share))}"


def _caption(report: WhatIfReport) -> str:
    return f"at API list prices · run again at its own rules, the history misses its bill by {_percent(report)}"


def _percent(report: WhatIfReport) -> str:
    return f"{report.identity_error * 100:.2f} %"


def _how_card(told: list[Trial], report: WhatIfReport) -> Card:
    """Where each setting stands, since when, what it rests on, and how to take it back."""
    parts: list[Note] = []
    for one in told:
        parts.append(Note(f"{one.lever}={one.value}"))
        parts += [Note(line, Tone.DIM) for line in _lines(one)]
    versions = (
        f"your sessions show Claude Code {' to '.join(dict.fromkeys(report.versions))}" if report.versions else ""
    )
    sentence = "Settings are changed by you alone, one at a time; nothing here was applied."
    return Card("How to try it", sentence, tuple(parts), (), versions)


def _lines(one: Trial) -> list[str]:
    lines = []
    if one.setting is not None:
        since = f", since {one.since_version}" if one.since_version else ""
        lines.append(f"  set {one.setting.key} to {one.setting.value} in {one.setting.file}{since}")
    if one.how:
        lines.append(f"  {one.how}")
    if one.undo:
        lines.append(f"  to go back: {one.undo}")
    if one.assumed:
        lines.append(f"  assumed: {'; '.join(one.assumed)}")
    lines.append(f"  {_checked(one)}")
    return lines


def _checked(one: Trial) -> str:
    count = f"{one.self_check.n:,} cases here"
    if one.self_check.error is None:
        return f"rests on {count}; the log holds nothing to test it on"
    return f"checked on {count}: {figures.share(one.self_check.error)} off"


def _without_figure(ones: list[NotComputable]) -> Card:
    """Levers that get none, and why."""
    count = figures.plural(len(ones), "lever")
    reasons: dict[str, list[str]] = {}
    for one in ones:
        reasons.setdefault(one.why, []).append(one.lever)
    notes = tuple(Note(f"{', '.join(levers)}: {why}", Tone.DIM) for why, levers in reasons.items())
    return Card("Without a figure", f"{count} cannot be told from this history.", notes)
