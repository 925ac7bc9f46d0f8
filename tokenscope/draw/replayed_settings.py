"""`--export-config claude-code` of whatif: the settings that a replay bore out, to copy by hand. Never applied."""

from __future__ import annotations

from typing import Any

from tokenscope.answers.whatif.trial import Trial
from tokenscope.answers.whatif.weigh import WhatIfReport
from tokenscope.answers.whatif.whatif_cards import is_advised
from tokenscope.draw.json_text import encoded
from tokenscope.view import figures

ABOUT = (
    "Settings of Claude Code to copy from by hand, one at a time. Nothing has been applied. Each stands beside what it "
    "would have saved alone on this history; they overlap and do not add up."
)


def replayed_settings(report: WhatIfReport) -> bytes:
    """The text of the file: one entry a lever that has a setting and would have saved something."""
    advised = [one for one in report.levers if one.setting is not None and is_advised(one, report)]
    told: dict[str, Any] = {"about": ABOUT, "levers": [_told(one, report) for one in advised]}
    if not advised:
        told["why_none"] = "no setting would have saved anything for certain: leave it as it is"
    return encoded(told)


def _told(one: Trial, report: WhatIfReport) -> dict[str, Any]:
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
