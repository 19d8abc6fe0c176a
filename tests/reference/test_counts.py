"""The sample counts against counting every pair."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import cbow


def count_by_hand(lengths: list[int], m: int, *, whole: bool) -> tuple[int, int]:
    pairs = centres = 0
    for n in lengths:
        for t in range(n):
            context = [t + j for j in range(-m, m + 1) if j != 0 and 0 <= t + j < n]
            if context and (len(context) == 2 * m or not whole):
                pairs += len(context)
                centres += 1
    return pairs, centres


@given(st.lists(st.integers(0, 12), max_size=6), st.integers(0, 7))
def test_counts(lengths: list[int], m: int) -> None:
    cut = cbow.sample_counts(lengths, m)
    assert (cut["skipgram"], cut["cbow"]) == count_by_hand(lengths, m, whole=False)
    whole = cbow.whole_window_counts(lengths, m)
    assert (whole["skipgram"], whole["cbow"]) == count_by_hand(lengths, m, whole=True)


@pytest.mark.parametrize(("count", "pairs", "centres"), [
    (cbow.sample_counts, 46, 26),
    (cbow.whole_window_counts, 40, 20),
])
def test_the_handout_s_sentences(count, pairs: int, centres: int) -> None:
    counted = count([7, 8, 11], 1)
    assert (counted["skipgram"], counted["cbow"]) == (pairs, centres)
