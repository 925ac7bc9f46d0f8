"""The ledger as a picture that can be gone into: sources beside what was in them, and each source by itself.

Going in and out is following links to places on the page (`:target`), so that it needs no script.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from tokenscope.answers.context.ledger_sources import ItemRow, LedgerReport, SourceRow
from tokenscope.draw import marks
from tokenscope.draw.harmless import cut, cut_path, harmless
from tokenscope.draw.html_page import table
from tokenscope.draw.marks import Cell, Node, Span
from tokenscope.draw.markup import Markup, element, joined
from tokenscope.view import figures
from tokenscope.view.card import Column, Row, Table, Tone
from tokenscope.view.money import arranged_table
from tokenscope.view.question import Drawing

HEIGHT = 460.0  # pixels
_LABELLED = 17.0  # pixels that a label needs: what is smaller is drawn together
_TWO_LINES = 36.0
_FEW = 3  # items that need no picture
_ENTERED = 24  # sources that have a place of their own
_COLUMNS = (Span(0, 34), Span(34.3, 30), Span(64.6, 35.4))
_MANY_SMALL = 0.3  # of a source's tokens in small items: from here on they are put together by family
_UNSEEN = "not in the log"  # beside a source whose items nobody knows


def context_icicle(report: LedgerReport, section: str, drawing: Drawing) -> Markup:
    """The whole ledger, and hidden behind it every large source. section: the place that leads back to the whole."""
    if not report.sources:
        return Markup("")
    entered = {row.source: f"{section}-{n}" for n, row in enumerate(report.sources[:_ENTERED], 1) if row.items}
    whole = report.prompt_tokens
    large = [row for row in report.sources if row.tokens / whole * HEIGHT >= _LABELLED]
    nodes = [_source(row, whole, entered.get(row.source, "")) for row in large]
    rest = report.sources[len(large) :]
    if rest:
        tokens = sum(row.tokens for row in rest)
        nodes.append(Node(figures.plural(len(rest), "smaller source"), tokens, _words(tokens, whole), "rest"))
    root = Node("all context", whole, "", Tone.CARRIED, tuple(nodes))
    label = "What was in the context: " + ", ".join(f"{node.name} {node.words}" for node in nodes[:6])
    links = [
        element("li", element("a", row.source, href=f"#{entered[row.source]}"))
        for row in report.sources
        if row.source in entered
    ]
    overview = element(
        "div",
        _picture(root, 1, label),
        element("p", "Go into one of them:", class_="dim hint"),
        element("ul", *links, class_="places"),
        class_="whole",
    )
    zooms = [_zoom(row, entered[row.source], section, drawing) for row in report.sources if row.source in entered]
    return element("div", overview, *zooms, class_="drill")


def _words(tokens: float, whole: float) -> str:
    return f"{figures.tokens(tokens)} · {figures.share(tokens / whole)}"


def _source(row: SourceRow, whole: int, link: str = "") -> Node:
    """whole: the tokens that the picture's height stands for."""
    tone = Tone.PLAIN if row.kind == "floor" else Tone.CARRIED
    large, small = [list[ItemRow]() for _ in range(2)]
    for item in row.items:
        (large if _is_large(item.tokens, whole) else small).append(item)
    families = _families(small, whole) if sum(item.tokens for item in small) >= _MANY_SMALL * row.tokens else []
    items = sorted([*map(_item, large), *families], key=lambda node: -node.value)
    rest = row.tokens - sum(node.value for node in items)
    if rest > 0:
        drawn = len(row.items) - len(small) + sum(_count(family) for family in families)
        items.append(Node(_rest(row, drawn, whole), rest, figures.tokens(rest) if row.items else "", "rest"))
    words = _words(row.tokens, whole) if row.tokens < whole else figures.tokens(row.tokens)
    return Node(row.source, row.tokens, words, tone, tuple(items), link)


def _is_large(tokens: float, whole: int) -> bool:
    return tokens / whole * HEIGHT >= _LABELLED


def _item(item: ItemRow) -> Node:
    return Node(figures.home_path(item.item), item.tokens, figures.tokens(item.tokens), "item")


def _families(items: Sequence[ItemRow], whole: int) -> list[Node]:
    """Small items together, by folder or by the first word of a command, where that makes a cell that can be read."""
    groups: dict[str, list[ItemRow]] = defaultdict(list)
    for name, item in zip(_family_names([figures.home_path(item.item) for item in items]), items, strict=True):
        groups[name].append(item)
    nodes = []
    for name, ones in groups.items():
        tokens = sum(one.tokens for one in ones)
        if len(ones) > 1 and _is_large(tokens, whole):
            largest, *others = sorted(ones, key=lambda one: -one.tokens)
            rest = tokens - largest.tokens
            more = Node(f"and {len(others):,} more", rest, figures.tokens(rest), "rest")
            nodes.append(Node(name, tokens, figures.tokens(tokens), "item", (_item(largest), more)))
    return nodes


def _count(family: Node) -> int:
    """How many items a family holds: the largest, and those that its last child counts."""
    return 1 + int(family.children[-1].name.split()[1].replace(",", ""))


def _family_names(names: Sequence[str]) -> list[str]:
    """Of each item: the folder below what all have in common; of what is no path, its first word."""
    folders = [name.split("/")[:-1] if "/" in name and " " not in name else [] for name in names]
    paths = [one for one in folders if one]
    levels = list(zip(*paths, strict=False))
    common = next((depth for depth, level in enumerate(levels) if len(set(level)) > 1), len(levels))
    return [
        "/".join(one[: common + 1]) + "/" if one else name.partition(" ")[0]
        for one, name in zip(folders, names, strict=True)
    ]


def _rest(row: SourceRow, drawn: int, whole: int) -> str:
    """What the small items of a source are called together."""
    small = len(row.items) - drawn + row.items_left_out
    if not row.items:
        return _UNSEEN
    if drawn:
        return f"and {small:,} more" if small else "other"
    return f"{small:,} small ones, most in {_largest_families(row.items)}"


def _largest_families(items: Sequence[ItemRow]) -> str:
    """The names of three, where none is large enough for a cell of its own."""
    sums: Counter[str] = Counter()
    for name, item in zip(_family_names([figures.home_path(item.item) for item in items]), items, strict=True):
        sums[name] += round(item.tokens) if name.strip() else 0
    return ", ".join(name for name, tokens in sums.most_common(3) if tokens)


def _picture(root: Node, first: int, label: str) -> Markup:
    """first: the depth that stands in the left column."""
    drawn = [_cell(cell, _across(cell, first), is_left=cell.depth == first)
             for cell in marks.icicle(root, HEIGHT) if cell.depth >= first]  # fmt: skip
    return element("svg", *drawn, width="100%", height=HEIGHT, role="group", aria_label=label, class_="icicle")


def _across(cell: Cell, first: int) -> Span:
    """Its column; right of the first one, what has nothing in it goes on to the end."""
    column = _COLUMNS[cell.depth - first]
    return column if cell.node.children or cell.depth == first else Span(column.start, 100 - column.start)


def _cell(cell: Cell, across: Span, *, is_left: bool) -> Markup:
    node, down = cell.node, Span(cell.down.start, max(cell.down.length - 1, 0.3))
    told = ": ".join(filter(None, [node.name, node.words]))
    drawn = [element("title", told), marks.box(across, down, f"{node.tone} cell", rounded=2)]
    if cell.down.length >= _LABELLED:
        drawn += _label(node, across, down, is_left=is_left)
    if node.link:
        return element("a", *drawn, href=f"#{node.link}", aria_label=told)
    return element("g", *drawn)


def _label(node: Node, across: Span, down: Span, *, is_left: bool) -> list[Markup]:
    """The name, and its figures beside it or, in a high cell of the left column, below."""
    first = down.start + min(down.length / 2, 13) + 4.5
    name = harmless(node.name)
    short = (cut_path if "/" in name else cut)(name, 44)
    if is_left and down.length >= _TWO_LINES:
        return [_clipped(short, across, first, 1), marks.text(node.words, across.start, first + 17, indent=8)]
    words = node.words.rpartition(" · ")[2]
    end = across.start + across.length
    figure = marks.text(words, end, first, anchor="end", indent=-8, class_="figures")
    return [_clipped(short, across, first, 0.7 if words else 1), figure]


def _clipped(words: str, across: Span, line: float, part: float) -> Markup:
    """Words that are cut off where their part of a cell ends."""
    inner = element("text", words, x=8, y=18)
    width = f"{across.length * part:.2f}%"
    return element("svg", inner, x=f"{across.start}%", y=line - 18, width=width, height=24, aria_hidden="true")


def _zoom(row: SourceRow, place: str, section: str, drawing: Drawing) -> Markup:
    node = _source(row, row.tokens)
    parts = [figures.tokens(row.tokens) + " tokens", f"{figures.share(row.share)} of all context"]
    if row.list_price_usd is not None:
        parts.append(f"{figures.dollars(row.list_price_usd)} at list price")
    return element(
        "div",
        element("p", element("a", "← all context", href=f"#{section}")),
        element("h3", row.source, id=f"{place}-title"),
        element("p", ", ".join(parts), class_="dim"),
        _picture(node, 0, f"What was in {row.source}") if len(node.children) > _FEW else Markup(""),
        _items_table(row.items, row, drawing),
        id=place,
        class_="zoom",
        role="group",
        aria_labelledby=f"{place}-title",
    )


def _items_table(items: Sequence[ItemRow], row: SourceRow, drawing: Drawing) -> Markup:
    columns = (
        Column("what", "path"),
        Column("tokens", "number"),
        Column("of context", "number"),
        Column("list price", "dollars"),
        Column("times", "number"),
        Column("carried by each", "number"),
        Column("", "bar"),
    )
    shares = figures.shares([item.share for item in items])
    rows = tuple(
        Row(
            (
                figures.home_path(item.item),
                figures.tokens(item.tokens),
                part,
                figures.dollars(item.list_price_usd),
                figures.count(item.occurrences),
                figures.count(round(item.responses)),
                float(item.tokens),
            ),
            tone=Tone.CARRIED,
        )
        for item, part in zip(items, shares, strict=True)
    )
    more = element("p", f"and {row.items_left_out:,} more", class_="dim") if row.items_left_out else Markup("")
    return joined([table(arranged_table(Table(columns, rows), drawing.plan), f"What was in {row.source}"), more])
