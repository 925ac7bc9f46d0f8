"""What responses, subagents and tool uses go by where the log's own ids do not tell them apart (T03, T22).

Some makers' models count their tool uses up, and begin anew in every conversation: `functions.Read:0` of one thread is
another use than that of the next one. A row's own id tells them apart, which a copy of the row has too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokenscope.ingest.rows.schema import AnyRow  # 20 ms to import, which the status line goes without

CONVERSATION = frozenset({"user", "assistant", "attachment", "progress", "system"})  # types of rows
DIGITS = "0123456789"
SHORTEST = 16  # characters of an id that nothing else is likely to have


def is_unique(reference: str) -> bool:
    """Whether a tool use's id looks like one that no other use has."""
    if reference.startswith("toolu_"):
        return True
    name = reference.rstrip(DIGITS)
    is_counted = 1 <= len(reference) - len(name) <= 5 and name.endswith((":", ".", "_", "-"))
    return len(reference) >= SHORTEST and not is_counted


def as_logged(reference: str) -> str:
    """The id of a tool use as its block has it."""
    logged, _, _ = reference.partition("@")
    return logged if logged and not is_unique(logged) else reference


class ToolIds:
    """Names the tool uses of one file. What is unique keeps its id."""

    def __init__(self) -> None:
        self._latest: dict[tuple[str | None, str], tuple[str, str]] = {}  # response and name, by agent and id

    def of_use(self, reference: str, agent: str, key: str, row: str) -> str:
        """`key`: of the response that makes it; `row`: what tells its row from others."""
        if is_unique(reference):
            return reference
        known = self._latest.get((agent, reference))
        if known is not None and known[0] == key:
            return known[1]
        named = key, f"{reference}@{row or key}"
        self._latest[agent, reference] = self._latest[None, reference] = named
        return named[1]

    def of_result(self, reference: str, agent: str) -> str:
        """The use that a result is of: the latest with this id, rather the agent's own."""
        if not self._latest:
            return reference
        found = self._latest.get((agent, reference)) or self._latest.get((None, reference))
        return found[1] if found else reference


def is_clock(key: str) -> bool:
    """Whether an id is a moment, which two responses may share: seconds to nanoseconds since 1970, or a date and time.

    A word may stand before it: msg_1780308000123.
    """
    name = key.rstrip(DIGITS)
    if not 10 <= len(key) - len(name) <= 19:
        return False
    return not name or (name.endswith(("_", "-")) and name.isascii() and name[:-1].isalpha())


def named_by_prompt(key: str, figures: tuple[int, int, int]) -> str:
    """What one of several responses with this id goes by: the same in every copy and on every machine."""
    return "\0".join((key, *map(str, figures)))


def is_one_of_several(key: str) -> bool:
    """Whether a key was made by `named_by_prompt`."""
    return key.count("\0") == 3 and not key.startswith("\0")


def agent_of(row: AnyRow, file_agent: str) -> str:
    """The subagent that wrote a row, "" for the main thread; an unnamed inline one by its row's uuid for now."""
    if file_agent or row.isSidechain is not True:
        return file_agent
    agent, uuid = row.agentId, row.uuid
    if agent.__class__ is str and agent:
        return str(agent)
    return f"inline:{uuid}" if uuid.__class__ is str else "inline:"


def root_of(agent: str, chain: dict[str, Any], known: dict[str, str] | None = None) -> str:
    """An unnamed inline subagent is named by the row that its chain of parents starts with (T03).

    `known`: where chains start that were followed before, by row: of many agents no way is gone twice.
    """
    if not chain or not agent.startswith("inline:"):
        return agent
    uuid, known = agent[len("inline:") :], {} if known is None else known
    met: set[str] = set()
    while uuid not in met and (parent := chain.get(uuid)).__class__ is str and parent in chain and uuid not in known:
        met.add(uuid)
        uuid = parent
    if uuid in met:  # a circle has no start
        return f"inline:{min(met)}"
    root = known.get(uuid, uuid)
    known.update(dict.fromkeys(met, root))
    return f"inline:{root}"
