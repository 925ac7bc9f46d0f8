"""How the growth of a prompt is shared among what had arrived (T35): exact where the log is, else in proportion."""

from __future__ import annotations

from typing import NamedTuple

OTHERS, VISIBLE, THOUGHT = range(3)  # what others brought, what the model said and one sees, what it thought
# Without thinking, an output was 1.4 times its visible words (est.) in the middle of 572 real responses, 3.7 times in
# the 99th percentile and 4.8 times at most, where a short command stands in a long frame.
MOST_FRAMED = 5.0


class Scales(NamedTuple):
    """What each estimate is multiplied by, by OTHERS, VISIBLE and THOUGHT, and the tokens that nothing explains."""

    factors: tuple[float, float, float]
    rest: float


def share_growth(growth: float, estimates: list[float], said: int | None, most: float) -> Scales:
    """Scale estimates (tokens, by OTHERS, VISIBLE and THOUGHT) to a growth of at least 0 tokens.

    `said`: the output of the response before, thinking included, where the log has it. What was thought is the
    part of it that the visible words leave, if it thought at all; the rest of the growth is of others, who are scaled
    up by `most` at most.
    """
    others, visible, thought = estimates
    if said is None or not visible + thought:
        estimate = sum(estimates)
        scale = min(growth / estimate, most) if estimate else 0.0
        return Scales((scale, scale, scale), growth - estimate * scale)
    seen = min(float(said), visible * (1 if thought else MOST_FRAMED))
    least = others / most
    unseen = min(said - seen, max(0.0, growth - seen - least))  # some of it may be gone already
    left = growth - seen - unseen
    if left < least:  # more had arrived than there is room for
        fit = growth / (seen + others)
        return Scales((fit, _ratio(seen * fit, visible), 0.0), 0.0)
    scale = min(left / others, most) if others else 0.0
    unexplained = left - others * scale + (0.0 if thought else unseen)
    return Scales((scale, _ratio(seen, visible), _ratio(unseen, thought)), unexplained)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
