"""A deployment's windows suit every length of period that the contracts accept."""

from hypothesis import given
from hypothesis import strategies as st

from wellhead.chain.windows import DAY, DEFAULT_WINDOWS, windows_for


def test_a_day_has_the_default_windows() -> None:
    assert windows_for(DAY) == DEFAULT_WINDOWS


@given(st.integers(1, (1 << 22) - 1))
def test_any_length_has_windows_that_the_oracle_accepts(length: int) -> None:
    w = windows_for(length)
    slowest = w.post_until + w.dispute + 2 * (w.answer + w.revision + w.dispute)
    assert w.post_from < w.post_until
    assert w.post_until >= 60
    assert w.dispute > 0
    assert slowest <= w.hard_end
