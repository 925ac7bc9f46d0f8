"""How the growth of a prompt is shared among what had arrived (T35): exact where the log is, else in proportion."""

from __future__ import annotations

from collections.abc import Sequence

OTHERS, VISIBLE, THOUGHT = range(3)  # what others brought, what the model said and one sees, what it thought
# Without thinking, an output was 1.4 times its visible words (est.) in the middle of 572 real responses, 3.7 times in
# the 99th percentile and 4.8 times at most, where a short command stands in a long frame.
MOST_FRAMED = 5.0


# What each estimate is multiplied by, by OTHERS, VISIBLE and THOUGHT.
Factors = tuple[float, float, float]


def share_growth(growth: float, estimates: Sequence[float], said: int | None, most: float) -> tuple[Factors, float]:
    """Scale estimates (tokens, by OTHERS, VISIBLE and THOUGHT) to a growth of at least 0 tokens; what nothing explains.

    `said`: the output of the response before, thinking included, where the log has it. What was thought is the
    part of it that the visible words leave, if it thought at all; the rest of the growth is of others, who are scaled
    up by `most` at most.
    """
    others, visible, thought = estimates
    if said is None or not visible + thought:
        estimate = others + visible + thought
        scale = min(growth / estimate, most) if estimate else 0.0
        return (scale, scale, scale), growth - estimate * scale
    seen = min(float(said), visible * (1 if thought else MOST_FRAMED))
    least = others / most
    unseen = min(said - seen, max(0.0, growth - seen - least))  # some of it may be gone already
    left = growth - seen - unseen
    if left < least:  # more had arrived than there is room for
        fit = growth / (seen + others)
        return (fit, _ratio(seen * fit, visible), 0.0), 0.0
    scale = min(left / others, most) if others else 0.0
    unexplained = left - others * scale + (0.0 if thought else unseen)
    return (scale, _ratio(seen, visible), _ratio(unseen, thought)), unexplained


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def estimated(
    flat: list[int], each: Sequence[float], voices: Sequence[int]
) -> tuple[list[int], list[float], list[float], int]:
    """The labels and the tokens (est.) of what has arrived, one by one; the tokens' sums by OTHERS, VISIBLE and
    THOUGHT; the bytes of what the model had said. `flat`: label, bytes, label, bytes, …; the others are by label.
    """
    labels, sums, own = flat[::2], [0.0, 0.0, 0.0], 0
    tokens: list[float] = []
    for label, size in zip(labels, flat[1::2], strict=True):
        estimate, voice = size * each[label], voices[label]
        sums[voice] += estimate
        tokens.append(estimate)
        if voice:
            own += size
    return labels, tokens, sums, own


def scaled(
    labels: list[int], estimates: list[float], voices: Sequence[int], factors: Factors, nowhere: int
) -> list[float]:
    """The tokens of each item, so many times its estimate. What comes to nothing gets the label `nowhere`."""
    others, visible, thought = factors
    if others == visible == thought:
        tokens = [estimate * others for estimate in estimates]
    else:
        tokens = [estimate * factors[voices[label]] for label, estimate in zip(labels, estimates, strict=True)]
    if 0.0 in tokens and min(factors) <= 0:
        labels[:] = [label if size else nowhere for label, size in zip(labels, tokens, strict=True)]
    return tokens
