"""The short form of tests/trust/live.py."""

from __future__ import annotations

import sys

import pytest

from tests.trust.live import live


@pytest.mark.skipif(sys.platform != "linux", reason="the writer is forked")
@pytest.mark.parametrize("kind", ["append", "disturb"])
def test_files_that_are_written_while_they_are_read(kind: str) -> None:
    count = live(60, kind)
    assert count.failures == []
    assert count.changed == 60
    assert count.responses > 100
