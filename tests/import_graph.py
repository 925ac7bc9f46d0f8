"""The imports between the program's rooms, drawn as text: python -m tests.import_graph

One line a package or top module, the highest first: what it imports below it, and how many imports that are.
"""

from __future__ import annotations

from collections import Counter

from tests.test_architecture import FILES, LEVELS, imports, unit


def graph() -> dict[str, Counter[str]]:
    """By unit: how often it imports each other unit of the program."""
    found: dict[str, Counter[str]] = {}
    for file in FILES:
        counts = found.setdefault(unit(file), Counter())
        for name in imports(file):
            first, _, rest = name.partition(".")
            other = rest.split(".")[0]
            if first == "tokenscope" and other in LEVELS and other != unit(file):
                counts[other] += 1
    return found


def drawn() -> list[str]:
    """The graph in lines; an arrow that points up has a `^`."""
    lines = []
    for name, counts in sorted(graph().items(), key=lambda pair: (-LEVELS[pair[0]], pair[0])):
        others = sorted(counts, key=lambda other: (-LEVELS[other], other))
        told = "  ".join(f"{'^' if LEVELS[other] >= LEVELS[name] else ''}{other} {counts[other]}" for other in others)
        modules = sum(unit(file) == name for file in FILES)
        lines.append(f"{name:<15}{modules:>4}  -> {told}" if told else f"{name:<15}{modules:>4}")
    return [*lines, f"{'all':<15}{len(FILES):>4}"]


if __name__ == "__main__":
    print(*drawn(), sep="\n")
