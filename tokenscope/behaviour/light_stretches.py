"""Stretches of premium responses that were shaped like a smaller model's work: little new, little written.

A response is light when its new content (T31), its output and its tool uses are small, when it spawns nothing,
fails at nothing, repeats nothing that failed (T41), does not think long and is not its thread's first. A stretch is
of one model: a switch is somebody's decision. It is a shape, never proof that a smaller
model would have done it. Uncached input says nothing here: it is 1 to 3 tokens nearly always.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tokenscope.history.history import History
from tokenscope.ledger.densities import BYTES_A_TOKEN
from tokenscope.model import Message
from tokenscope.pricing.pricer import FAMILIES
from tokenscope.store import Deed

FEWEST = 3  # light responses in a row
LONG_THINKING = 1_500  # bytes, about 500 tokens: more than that is not light even where the log lost the output
PREMIUM = (*FAMILIES[0], *FAMILIES[1])


class Rule(NamedTuple):
    """The most that a light response adds, writes and does: tokens, tokens, tool uses."""

    name: str
    new: int  # tokens
    output: int  # tokens
    tool_uses: int


STRICT, MIDDLE, LOOSE = Rule("strict", 1_000, 150, 1), Rule("middle", 2_000, 300, 2), Rule("loose", 5_000, 600, 3)
RULES = (STRICT, MIDDLE, LOOSE)


def is_premium(message: Message) -> bool:
    return any(family in message.model for family in PREMIUM)


def output_of(message: Message, deed: Deed) -> float:
    """Output tokens; where the log has only a floor (T27), at least what its visible content is estimated at."""
    if not message.is_floor:
        return message.output_tokens
    return max(message.output_tokens, (deed.visible_bytes + deed.thinking_bytes) / BYTES_A_TOKEN)


def find_stretches(history: History, rule: Rule) -> list[list[int]]:
    """Runs of light premium responses in scope, as indices of messages; no message is in two of them."""
    in_scope, messages = set(history.content_indices), history.store.messages
    light = _light(history, rule)
    stretches = []
    for number, thread in enumerate(history.store.threads):
        own = [index for index in history.store.in_order(thread) if messages[index].thread == number]
        run: list[int] = []
        for place, index in enumerate(own):
            is_light = place > 0 and index in in_scope and light(index)
            if is_light and (not run or messages[index].model == messages[run[-1]].model):
                run.append(index)
                continue
            if len(run) >= FEWEST:
                stretches.append(run)
            run = [index] if is_light else []
        is_short = 1 < len(own) <= FEWEST and len(run) == len(own) - 1
        if len(run) >= FEWEST or is_short:
            stretches.append(run)
    return stretches


def _light(history: History, rule: Rule) -> Callable[[int], bool]:
    messages, deeds, rebuilds, none = history.store.messages, history.deeds, history.rebuilds, Deed()

    def light(index: int) -> bool:
        message, deed = messages[index], deeds.get(index, none)
        if not is_premium(message) or message.part:
            return False
        if deed.spawns or deed.errors or deed.retries or deed.tool_uses > rule.tool_uses:
            return False
        if deed.thinking_bytes > LONG_THINKING:
            return False
        rebuilt = rebuilds[index].tokens if index in rebuilds else 0
        new = message.input_tokens + message.cache_creation_input_tokens - rebuilt
        return new <= rule.new and output_of(message, deed) <= rule.output

    return light
