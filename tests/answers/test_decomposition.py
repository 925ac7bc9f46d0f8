"""What a difference is made of: worked out by hand, and adding up exactly whatever the sides are."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tokenscope.answers.comparison.decomposition import Effects, ModelCell, Total, decompose, in_tokens


def parts(effects: Effects) -> list[object]:
    return [effects.asks, effects.responses, effects.mix, effects.sizes, effects.price]


def side(asks: int, **cells: ModelCell) -> Total:
    return Total(asks, cells)


def test_one_factor_alone_explains_all_of_its_difference() -> None:
    # 10 responses of 100 tokens at 3; then 20 of them: twice the asks, everything else alike.
    before = side(5, opus=ModelCell(10, {"floor": (1_000, 3_000)}))
    after = side(10, opus=ModelCell(20, {"floor": (2_000, 6_000)}))
    effects = decompose(before, after)
    assert parts(effects) == [3_000, 0, 0, {"floor": 0}, 0]


def test_two_factors_share_what_they_do_together() -> None:
    # 10 × 100 × 3 = 3,000 becomes 10 × 200 × 4 = 8,000. Size first: +3,000, then price: +2,000; price first: +1,000,
    # then size +4,000. On average +3,500 for the size and +1,500 for the price.
    before = side(5, opus=ModelCell(10, {"floor": (1_000, 3_000)}))
    after = side(5, opus=ModelCell(10, {"floor": (2_000, 8_000)}))
    effects = decompose(before, after)
    assert parts(effects) == [0, 0, 0, {"floor": 3_500}, 1_500]


def test_another_mix_of_models_is_no_change_of_sizes_or_prices() -> None:
    # A response of opus has 100 tokens at 5, one of haiku 40 at 1. 8 + 2 become 2 + 8: 4,080 become 1,320.
    before = side(5, opus=ModelCell(8, {"floor": (800, 4_000)}), haiku=ModelCell(2, {"floor": (80, 80)}))
    after = side(5, opus=ModelCell(2, {"floor": (200, 1_000)}), haiku=ModelCell(8, {"floor": (320, 320)}))
    effects = decompose(before, after)
    assert parts(effects) == [0, 0, -2_760, {"floor": 0}, 0]
    assert in_tokens(before).cost == 880
    assert decompose(in_tokens(before), in_tokens(after)).mix == -360


def test_a_model_of_one_side_alone_is_the_mix() -> None:
    # 10 of opus (100 tokens at 5) become 10 of haiku (40 at 1): 5,000 become 400.
    before = side(5, opus=ModelCell(10, {"floor": (1_000, 5_000)}))
    after = side(5, haiku=ModelCell(10, {"floor": (400, 400)}))
    assert parts(decompose(before, after)) == [0, 0, -4_600, {"floor": 0}, 0]


def test_responses_an_ask_where_nobody_asked() -> None:
    before = side(0, opus=ModelCell(10, {"floor": (1_000, 1_000)}))
    after = side(3, opus=ModelCell(15, {"floor": (1_500, 1_500)}))
    assert parts(decompose(before, after)) == [0, 500, 0, {"floor": 0}, 0]


def test_a_component_that_came() -> None:
    # 10 responses without, then 10 with 50 tokens each at 2.
    before = side(5, opus=ModelCell(10, {"floor": (1_000, 1_000)}))
    after = side(5, opus=ModelCell(10, {"floor": (1_000, 1_000), "MCP": (500, 1_000)}))
    assert decompose(before, after).sizes == {"floor": 0, "MCP": 1_000}


def test_a_side_without_anything() -> None:
    after = side(2, opus=ModelCell(10, {"floor": (1_000, 1_000)}))
    assert decompose(side(0), after).whole == 1_000
    assert decompose(side(0), side(0)).whole == 0


amounts = st.tuples(st.integers(0, 10**9), st.integers(0, 10**15))
cells = st.builds(ModelCell, st.integers(0, 10**4), st.dictionaries(st.sampled_from("abcd"), amounts))
totals = st.builds(Total, st.integers(0, 10**3), st.dictionaries(st.sampled_from(["opus", "haiku", "sonnet"]), cells))


@given(before=totals, after=totals)
def test_the_effects_sum_to_the_difference_whatever_the_sides_are(before: Total, after: Total) -> None:
    effects = decompose(before, after)
    assert effects.whole == after.cost - before.cost
    back = decompose(after, before)
    assert back.asks == -effects.asks
    assert back.sizes == {name: -effect for name, effect in effects.sizes.items()}
    assert isinstance(effects.price, Fraction)
