"""Packed steps are the same steps."""

from __future__ import annotations

import marshal
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.packed_steps import packed
from tokenscope.context_steps import Step, Steps

LARGEST = 2**62
STEPS = st.lists(st.tuples(st.integers(-2, LARGEST), st.lists(st.integers(0, LARGEST), max_size=6)), max_size=12)


@given(STEPS)
def test_what_was_packed_is_there_again(steps: list[Step]) -> None:
    found = Steps(marshal.loads(marshal.dumps(packed(steps))))  # as another process hands it over
    assert list(found) == steps
    assert len(found) == len(steps)
    assert [found[step] for step in range(len(found))] == steps
    assert list(found.places) == [place for place, _ in steps]
    assert list(islice(found, 2)) == steps[:2]


def test_there_is_no_step_behind_the_last() -> None:
    with pytest.raises(IndexError):
        Steps(packed([(0, [1, 2])]))[1]


def test_a_step_is_nobody_elses() -> None:
    steps = Steps(packed([(0, [1, 2])]))
    steps[0][1].append(3)
    next(iter(steps))[1].append(4)
    assert list(steps) == [(0, [1, 2])]
