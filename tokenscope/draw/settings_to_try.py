"""`--export-config claude-code`: settings to copy by hand, each beside the finding that it rests on. Never applied."""

from __future__ import annotations

from typing import Any

from tokenscope.answers.activity.audit import QuotaAuditReport
from tokenscope.answers.activity.levers import LEAST_RESPONSES, LEAST_SHARE, Lever, find_levers
from tokenscope.answers.whatif.trial import Trial
from tokenscope.answers.whatif.weigh import WhatIfReport
from tokenscope.answers.whatif.whatif_cards import is_advised
from tokenscope.draw.harmless import harmless
from tokenscope.draw.json_text import encoded
from tokenscope.view import figures

ABOUT = (
    "Settings of Claude Code to copy from by hand, one at a time. Nothing has been applied. Each stands beside the "
    "finding that it rests on; look at some of its stretches first: tokenscope quota-audit lists them."
)


def settings_to_try(report: QuotaAuditReport | WhatIfReport) -> bytes:
    """The text of the file."""
    return replayed_settings(report) if isinstance(report, WhatIfReport) else _audited(report)


def _audited(report: QuotaAuditReport) -> bytes:
    levers = [_told(lever) for lever in find_levers(report)]
    told: dict[str, Any] = {"about": ABOUT, "caveat": report.caveat, "levers": levers}
    if not levers:
        told["why_none"] = (
            f"no setting covers {LEAST_RESPONSES} light responses that are {figures.share(LEAST_SHARE)} of its "
            "premium usage"
        )
    return encoded(told)


def _told(lever: Lever) -> dict[str, Any]:
    where = {"file": harmless(lever.file)}
    if lever.project is not None:
        where["in"] = harmless(lever.project)
    kind = "front_matter" if lever.file.endswith(".md") else "settings"
    return {**where, kind: lever.setting, "finding": _finding(lever)}


def _finding(lever: Lever) -> str:
    """In words: how much of what was light."""
    usage, price = lever.candidates, lever.premium.list_price_usd
    of = "list price" if price and usage.list_price_usd is not None else "tokens"
    dollars = f", {figures.dollars(usage.list_price_usd)} at API list price" if usage.list_price_usd else ""
    return (
        f"{harmless(lever.about)}: {figures.share(lever.share_of_premium)} of the premium {of} went to "
        f"{figures.plural(usage.messages, 'response')} in light stretches "
        f"({figures.tokens(usage.total_tokens)} tokens{dollars})"
    )


REPLAYED = (
    "Settings of Claude Code to copy from by hand, one at a time. Nothing has been applied. Each stands beside what it "
    "would have saved alone on this history; they overlap and do not add up."
)


def replayed_settings(report: WhatIfReport) -> bytes:
    """The text of the file: one entry a lever that has a setting and would have saved something."""
    advised = [one for one in report.levers if one.setting is not None and is_advised(one, report)]
    told: dict[str, Any] = {"about": REPLAYED, "levers": [_told_trial(one, report) for one in advised]}
    if not advised:
        told["why_none"] = "no setting would have saved anything for certain: leave it as it is"
    return encoded(told)


def _told_trial(one: Trial, report: WhatIfReport) -> dict[str, Any]:
    assert one.setting is not None
    outer, point, inner = one.setting.key.partition(".")
    saved = figures.dollars(-one.discounted_usd)
    return {
        "file": one.setting.file,
        "settings": {outer: {inner: one.setting.value} if point else one.setting.value},
        "since_version": one.since_version,
        "undo": one.undo,
        "finding": f"about {saved} of {figures.dollars(report.bill_usd)} at API list price, by {one.basis}",
    }
