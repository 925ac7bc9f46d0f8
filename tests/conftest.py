"""What every test stands on: a machine without a home of its own, repeatable property tests, golden files."""

from __future__ import annotations

import copyreg
import os
import pickle
import signal
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.transcripts import History
from tokenscope.model import Facet

GOLDEN = Path(__file__).parent / "golden"
# What a developer's shell may hold, and what would change an answer.
FOREIGN = (
    *("CLAUDE_CONFIG_DIR", "XDG_CONFIG_HOME", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "TOKENSCOPE_PLAN"),
    *("TOKENSCOPE_COMMAND", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "PYTHONIOENCODING", "PYTHONUTF8"),
)

# Started in the background, a program ignores interruptions, and all that it starts does so too: then they test nothing.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Reading files takes longer on a busy machine than on a free one: no test may fail for that.
settings.register_profile("tokenscope", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(  # python -m tests --quick
    "short", parent=settings.get_profile("tokenscope"), max_examples=int(os.environ.get("TOKENSCOPE_EXAMPLES", "60"))
)
settings.load_profile("short")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew; then read them")


@pytest.fixture(scope="session", autouse=True)
def _machine_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads the transcripts or the prices of whoever runs it, or writes a file where it was started."""
    with pytest.MonkeyPatch.context() as patch:
        for name in FOREIGN:
            patch.delenv(name, raising=False)
        home = str(tmp_path_factory.mktemp("home"))
        patch.setenv("HOME", home)
        patch.setenv("USERPROFILE", home)
        patch.chdir(home)
        yield


@pytest.fixture(scope="session", autouse=True)
def _made_once() -> Iterator[None]:
    """The demo's history takes a second to make and a hundredth of it to copy; the packaged prices 4 ms to read."""
    from tokenscope import demo  # noqa: PLC0415 - not for who only collects
    from tokenscope.pricing import pricer, table  # noqa: PLC0415

    copyreg.pickle(MappingProxyType, lambda given: (_proxy, (dict(given),)))
    made, read, played = demo.demo_store, table.packaged, demo._sessions
    sessions = cache(lambda: tuple(played()))  # half of it, whatever is then read of them

    @cache
    def stores(facets: Facet) -> bytes:
        with pytest.MonkeyPatch.context() as inside:
            inside.setattr(demo, "_sessions", sessions)
            return pickle.dumps(made(facets))

    prices = cache(lambda file: read())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "demo_store", lambda facets: pickle.loads(stores(facets)))
        patch.setattr(pricer, "packaged", lambda: prices(table.PACKAGED_FILE))
        yield


def _proxy(given: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(given)


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "config")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares a text with a golden file, or writes the file where the run was asked to."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        assert path.is_file(), f"{name} is missing: pytest --update-golden writes it, then read it line by line"
        assert text == path.read_text(encoding="utf-8")

    return compare
