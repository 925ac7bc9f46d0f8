"""The ledger in whole tokens that add up: by source and item, and by the tool and file that put them there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from tokenscope.history.activity import Activity
from tokenscope.history.activity_counts import uses_by_tool
from tokenscope.history.history import History
from tokenscope.ledger.ledger import FLOOR, INHERITED, Entry, Floor, Ledger, build_ledger
from tokenscope.names import source_name
from tokenscope.store import ToolUse
from tokenscope.value import Record


class Leaf(NamedTuple):
    """One item of one source. `tokens` and `price` (picodollars) are `entry`'s, rounded together with all others."""

    kind: str
    source: str
    item: str
    tokens: int
    price: int
    entry: Entry


def leaves_of(ledger: Ledger) -> list[Leaf]:
    """Everything that was in the context: tokens and prices sum to those of all prompts in scope, exactly."""
    entries = _entries(ledger)
    tokens = round_to_sum([entry.tokens for entry in entries.values()], ledger.prompt_tokens)
    prices = round_to_sum([entry.price for entry in entries.values()], ledger.prompt_price)
    return [
        Leaf(*name, size, cost, entry)
        for (name, entry), size, cost in zip(entries.items(), tokens, prices, strict=True)
    ]


def floor_of(ledger: Ledger) -> tuple[int, int]:
    """Tokens and picodollars of the floors together, as the ledger's own leaf has them."""
    return next(((leaf.tokens, leaf.price) for leaf in leaves_of(ledger) if leaf[:3] == FLOOR[:3]), (0, 0))


def _entries(ledger: Ledger) -> dict[tuple[str, str, str], Entry]:
    entries: dict[tuple[str, str, str], Entry] = defaultdict(Entry)
    known = ((label[:3], entry) for label, entry in ledger.entries.items())
    for name, entry in chain(known, _of_floors(ledger.floors)):
        sums = entries[name]
        sums.tokens += entry.tokens
        sums.price += entry.price
        sums.occurrences += entry.occurrences
        sums.carried_with += entry.carried_with
    return entries


def _of_floors(floors: list[Floor]) -> Iterator[tuple[tuple[str, str, str], Entry]]:
    for floor in floors:
        own = floor.own_share
        yield FLOOR[:3], Entry(floor.tokens * own, floor.price * own, 1, floor.responses)
        if own < 1:
            yield INHERITED[:3], Entry(floor.tokens * (1 - own), floor.price * (1 - own), 1, floor.responses)


def round_to_sum(amounts: Sequence[float], total: int) -> list[int]:
    """Whole numbers as near to `amounts` as can be that add up to `total`, exactly."""
    whole = [int(amount) for amount in amounts]
    missing = total - sum(whole)
    if not whole:
        return whole
    if missing < 0:  # the amounts add up to a little more than the total: the largest can spare it
        order = sorted(range(len(whole)), key=lambda index: (-whole[index], index))
    else:
        order = sorted(range(len(whole)), key=lambda index: (whole[index] - amounts[index], index))
    step = 1 if missing > 0 else -1
    each, rest = divmod(abs(missing), len(whole))
    for place, index in enumerate(order):
        whole[index] += step * (each + (place < rest))
    return whole


LONGEST_ITEM = 160  # characters that the ledger keeps of a path


class Carried(Record):
    """Tokens that were carried by all responses in scope together (est.): of results, images too, and of inputs."""

    results: int = 0
    inputs: int = 0

    @property
    def tokens(self) -> int:
        return self.results + self.inputs


class CarriedByTools(NamedTuple):
    """`prompt_tokens`: all context in scope, of which this is a part."""

    prompt_tokens: int
    by_tool: dict[str, Carried]


def _leaves(history: History) -> list[Leaf]:
    return leaves_of(history.once(build_ledger))


def carried_by_paths(history: History) -> dict[str, int]:
    """Tokens of what was read of each file; paths that the ledger cuts are left out. Needs Facet.CONTENT."""
    return {
        leaf.item: leaf.tokens
        for leaf in history.once(_leaves)
        if leaf.kind == "tool_result" and leaf.source == "Read results" and len(leaf.item) < LONGEST_ITEM
    }


def carried_by_tools(history: History) -> CarriedByTools:
    """Needs Facet.CONTENT and Facet.CALLS.

    The ledger knows Task and Agent as one, and the inputs of a server's tools as one: these are divided among
    the tools by the size of their results, or by their calls.
    """
    owners = _Owners(uses_by_tool(history.once(Activity).every_tool_use))
    by_tool: dict[str, Carried] = defaultdict(Carried)
    for leaf in history.once(_leaves):
        for tool, tokens in owners.divide(leaf).items():
            if leaf.kind == "tool_input":
                by_tool[tool].inputs += tokens
            else:
                by_tool[tool].results += tokens
    return CarriedByTools(history.once(build_ledger).prompt_tokens, dict(by_tool))


_BYTES = attrgetter("result_bytes")


class _Owners:
    """Which tools a leaf of the ledger is about."""

    def __init__(self, uses: Mapping[str, Sequence[ToolUse]]) -> None:
        self._bytes = {name: sum(map(_BYTES, own)) for name, own in uses.items()}
        self._calls = {name: len(own) for name, own in uses.items()}
        self._of_source: dict[str, list[str]] = defaultdict(list)
        for tool in sorted(self._calls):
            self._of_source[source_name(tool)].append(tool)

    def divide(self, leaf: Leaf) -> dict[str, int]:
        """The leaf's tokens by tool; nothing where it is no tool's."""
        if leaf.kind == "image":
            return {leaf.item: leaf.tokens} if leaf.item in self._calls else {}
        if leaf.kind == "tool_input":
            return self._among(leaf.tokens, self._of_source[leaf.item], self._calls)
        if leaf.kind != "tool_result":
            return {}
        tools = self._of_source[leaf.source.removesuffix(" results")]
        if leaf.source.startswith("MCP "):
            tools = [tool for tool in tools if tool.split("__", 2)[-1] == leaf.item]
        return self._among(leaf.tokens, tools, self._bytes)

    def _among(self, tokens: int, tools: list[str], weights: dict[str, int]) -> dict[str, int]:
        whole = sum(weights[tool] for tool in tools)
        if not whole:
            return {tools[0]: tokens} if tools else {}
        parts = round_to_sum([tokens * weights[tool] / whole for tool in tools], tokens)
        return dict(zip(tools, parts, strict=True))
