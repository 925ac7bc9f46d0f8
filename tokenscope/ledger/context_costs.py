"""What tools put into the context, by tool and by file: the ledger's own whole tokens, so that sums agree with it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from tokenscope.history.activity import Activity
from tokenscope.history.history import History
from tokenscope.ledger.ledger import build_ledger
from tokenscope.ledger.ledger_rows import Leaf, leaves_of, round_to_sum
from tokenscope.names import source_name
from tokenscope.store import ToolUse

LONGEST_ITEM = 160  # characters that the ledger keeps of a path


@dataclass(slots=True)
class Carried:
    """Tokens that were carried by all responses in scope together (est.): of results, images too, and of inputs."""

    results: int = 0
    inputs: int = 0

    @property
    def tokens(self) -> int:
        return self.results + self.inputs


class CarriedByTools(NamedTuple):
    """`prompt_tokens`: all context in scope, of which this is a part. `by_path` lacks paths that the ledger cuts."""

    prompt_tokens: int
    by_tool: dict[str, Carried]
    by_path: dict[str, int]  # what was read of it


def carried_by_tools(history: History) -> CarriedByTools:
    """Needs Facet.CONTENT and Facet.TOOLS.

    The ledger knows Task and Agent as one, and the inputs of a server's tools as one: these are divided among
    the tools by the size of their results, or by their calls.
    """
    ledger = history.once(build_ledger)
    owners = _Owners(history.once(Activity).every_tool_use)
    by_tool: dict[str, Carried] = defaultdict(Carried)
    by_path: dict[str, int] = {}
    for leaf in leaves_of(ledger):
        if leaf.kind == "tool_result" and leaf.source == "Read results" and len(leaf.item) < LONGEST_ITEM:
            by_path[leaf.item] = leaf.tokens
        for tool, tokens in owners.divide(leaf).items():
            if leaf.kind == "tool_input":
                by_tool[tool].inputs += tokens
            else:
                by_tool[tool].results += tokens
    return CarriedByTools(ledger.prompt_tokens, dict(by_tool), by_path)


class _Owners:
    """Which tools a leaf of the ledger is about."""

    def __init__(self, uses: Iterable[ToolUse]) -> None:
        self._bytes: dict[str, int] = defaultdict(int)
        self._calls = Counter[str]()
        for use in uses:
            self._bytes[use.name] += use.result_bytes
            self._calls[use.name] += 1
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
