"""The ledger in whole tokens: a ledger and its floors written down by hand, and every leaf of it worked out by hand."""

from __future__ import annotations

from tokenscope.ledger.ledger import Entry, Floor, Ledger
from tokenscope.ledger.ledger_rows import Leaf, leaves_of
from tokenscope.store import Label

PROMPTS: Label = ("prompt", "prompts", "", "", "", "", "")
SHOP: Label = ("tool_result", "Read results", "shop.py", "one", "", "", "")
SHOP_AGAIN: Label = ("tool_result", "Read results", "shop.py", "two", "", "", "")


def floor(tokens: float, price: float, *, own: float, responses: int) -> Floor:
    """What a thread's responses carried of its start, of which so much is its own."""
    return Floor(0, None, 0.0, 0.0, tokens, tokens * (1 - own), price, responses)


def test_floors_become_two_leaves_and_items_of_one_name_one() -> None:
    """Of 100 tokens in two floors 25 were inherited, by one thread and its two responses."""
    ledger = Ledger(1_000, 9_000)
    ledger.entries[PROMPTS] = Entry(400.0, 4_000.0, 3, 30, ["a"])
    ledger.entries[SHOP] = Entry(300.0, 2_500.0, 1, 10, ["a"])
    ledger.entries[SHOP_AGAIN] = Entry(200.0, 1_500.0, 2, 5, ["b"])
    ledger.floors = [floor(50.0, 600.0, own=1.0, responses=7), floor(50.0, 400.0, own=0.5, responses=2)]
    assert leaves_of(ledger) == [
        Leaf("prompt", "prompts", "", 400, 4_000, Entry(400.0, 4_000.0, 3, 30)),
        Leaf("tool_result", "Read results", "shop.py", 500, 4_000, Entry(500.0, 4_000.0, 3, 15)),
        Leaf("floor", "floor", "", 75, 800, Entry(75.0, 800.0, 2, 9)),
        Leaf("inherited", "inherited", "", 25, 200, Entry(25.0, 200.0, 1, 2)),
    ]


def test_where_nothing_was_inherited_no_leaf_says_so() -> None:
    (leaf,) = leaves_of(Ledger(50, 600, floors=[floor(50.0, 600.0, own=1.0, responses=7)]))
    assert leaf == Leaf("floor", "floor", "", 50, 600, Entry(50.0, 600.0, 1, 7))


def test_tokens_and_prices_are_rounded_to_their_own_sums() -> None:
    """Of 10.6 and 5.4 tokens, at 0.4 and 0.6 of 13 picodollars."""
    ledger = Ledger(16, 13)
    ledger.entries[PROMPTS] = Entry(10.6, 5.2, 1, 1)
    ledger.entries[SHOP] = Entry(5.4, 7.8, 1, 1)
    assert [(leaf.tokens, leaf.price) for leaf in leaves_of(ledger)] == [(11, 5), (5, 8)]
