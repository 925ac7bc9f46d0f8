"""`--export-config claude-code`: settings to try, each beside the finding that it rests on. Never applied.

It is JSON with one entry a lever, because levers belong into different files: Claude Code's settings, a project's, an
agent's front matter.
"""

from __future__ import annotations

from typing import Any

from tokenscope.answers.activity.audit import QuotaAuditReport
from tokenscope.answers.activity.levers import LEAST_RESPONSES, LEAST_SHARE, Lever, find_levers
from tokenscope.draw.harmless import harmless
from tokenscope.draw.json_text import encoded
from tokenscope.view import figures

ABOUT = (
    "Settings of Claude Code to copy from by hand, one at a time. Nothing has been applied. Each stands beside the "
    "finding that it rests on; look at some of its stretches first: tokenscope quota-audit lists them."
)


def settings_to_try(report: QuotaAuditReport) -> bytes:
    """The text of the file."""
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
