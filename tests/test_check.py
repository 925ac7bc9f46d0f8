"""`check`: conditions over figures that are worked out by hand, their exit codes, and what is unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.asking import ask, ask_outside
from tests.transcripts import History
from tokenscope.app.conditions import Condition, parse_condition
from tokenscope.errors import UsageError

OPUS = "claude-opus-4-8"  # a million: input $5, output $25, read $0.50, write $6.25


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop: 100,000 written and 4,000 of output, $0.625 + $0.10; the blog: the same without output, $0.625.

    So 204,000 tokens and $1.35, and a floor of 100,000.
    """
    history = History(tmp_path_factory.mktemp("check"))
    history.session("a" * 8, cwd="/home/ada/shop", model=OPUS).response(
        at="2026-06-01T10:00:00Z", input=0, cache_write=100_000, output=4_000
    )
    history.session("b" * 8, cwd="/home/ada/blog", model=OPUS).response(
        at="2026-06-02T10:00:00Z", input=0, cache_write=100_000, output=0
    )
    return history.write()


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (("--max-usd", "1.35"), True),
        (("--max-usd", "1.34"), False),
        (("--max-tokens", "204K"), True),
        (("--max-tokens", "0.2M"), False),
        (("--max-usd", "2", "--max-tokens", "5"), False),  # both have to hold
        (("--max-usd", "0.7", "--project", "blog"), True),
        (("--max-rebuilt", "10%"), True),
        (("--that", "daily:total.list_price_usd<1.36"), True),
        (("--that", "daily:total.list_price_usd > $1.35"), False),
        (("--that", "daily:days[*].usage.list_price_usd<0.7"), False),  # the first day came to 0.725
        (("--that", "daily:days[-1].usage.list_price_usd<0.7"), True),
        (("--that", "daily:days[date=2026-06-01].usage.list_price_usd<0.7"), False),
        (("--that", "projects:projects[*].usage.total_tokens<=100K", "--where", "project=blog"), True),
        (("--that", "projects:projects[*].usage.total_tokens<=100K", "--where", "project=shop"), False),
        (("--that", "sessions:total.messages=2"), True),
        (("--that", "sessions:total.messages!=2"), False),
    ],
)
def test_a_condition_is_kept_or_broken(root: Path, words: tuple[str, ...], kept: bool) -> None:  # noqa: FBT001
    answer = ask("check", *words, root=root)
    assert (answer.code, answer.err) == (0 if kept else 4, "")
    found = ask("check", *words, "--json", root=root)
    assert (found.code, found.report["kept"]) == (answer.code, kept)
    conditions = found.report["conditions"]
    assert kept == all(one["kept"] for one in conditions)
    lines = answer.out.splitlines()
    assert [line.startswith("kept ") for line in lines] == [one["kept"] for one in conditions]


def test_a_line_says_what_it_came_to(root: Path) -> None:
    answer = ask("check", "--max-usd", "1", "--max-tokens", "5M", root=root)
    assert answer.out == "broken  --max-usd 1: $1.35\nkept    --max-tokens 5M: 204K\n"


def test_of_several_rows_the_worst_is_told(root: Path) -> None:
    (found,) = ask("check", "--that", "daily:days[*].usage.list_price_usd<0.1", "--json", root=root).report[
        "conditions"
    ]
    assert found["value"] == pytest.approx(0.725)
    assert found["place"] == "daily:days[2026-06-01].usage.list_price_usd"


def test_what_is_unknown_is_not_kept(history: History) -> None:
    history.session(model="gateway-model").response(input=0, cache_write=7_000)
    root = history.write()
    answer = ask("check", "--max-usd", "1000", root=root)
    assert (answer.code, answer.out) == (4, "broken  --max-usd 1000: unknown · 7K tokens have no known price\n")
    assert ask("check", "--that", "daily:days[7].usage.total_tokens<5M", root=root).code == 4  # no such row


def test_a_price_that_is_known_in_part_says_so(history: History) -> None:
    history.session(model="gateway-model").response(input=0, cache_write=7_000, output=0)
    history.session(model=OPUS).response(input=0, cache_write=100_000, output=0)
    answer = ask("check", "--max-usd", "1", root=history.write())
    assert (answer.code, answer.out) == (0, "kept    --max-usd 1: $0.62 · 7K tokens have no known price\n")


def test_where_nothing_was_used_an_upper_limit_is_kept(root: Path) -> None:
    words = ("--since", "2026-06-05")
    assert ask("check", "--max-usd", "0", "--max-floor", "1K", *words, root=root).code == 0
    assert ask("check", "--that", "daily:total.total_tokens>5", *words, root=root).code == 4


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "no condition"),
        (("--max-usd", "much"), "no limit"),
        (("--that", "daily"), "no condition"),
        (("--that", "dayly:total.total_tokens<5"), "near it: daily"),
        (("--that", "daily:total.total_token<5"), "near it: total_tokens"),
        (("--that", "daily:days.usage<5"), "write days[*].usage, or [0]"),
        (("--that", "daily:days<5"), "is no figure"),
        (("--that", "daily:total[0]<5"), "is no list of rows"),
        (("--that", "daily:days[first].usage.total_tokens<5"), "write [*], [0], [-1] or [field=text]"),
        (("--that", "daily:days[*].usage.total_tokens<5", "--where", "projct=x"), "daily has no days.projct"),
        (("--that", "daily:days[*].usage.total_tokens<5", "--where", "x"), "write FIELD=TEXT"),
        (("--that", "doctor:files<5"), "no question 'doctor' to check"),
    ],
)
def test_what_cannot_be_checked_is_an_error(root: Path, words: tuple[str, ...], told: str) -> None:
    answer = ask("check", *words, root=root)
    assert (answer.code, answer.out) == (2, "")
    assert told in answer.err
    error = ask("check", *words, "--json", root=root)
    assert (error.code, error.json["error"]["kind"]) == (2, "usage")


def test_without_transcripts_nothing_is_kept(tmp_path: Path) -> None:
    assert ask("check", "--max-usd", "5", root=tmp_path).code == 3


def test_the_process_ends_with_the_code(root: Path) -> None:
    assert ask_outside("check", "--max-usd", "1", root=root).code == 4


def test_what_is_typed_is_read_whole() -> None:
    assert parse_condition(" daily : total.list_price_usd <= $20 ") == Condition(
        "daily : total.list_price_usd <= $20", "daily", "total.list_price_usd", "<=", 20.0
    )
    assert parse_condition("models:models[model=a<b].usage.total_tokens>=2.5M").limit == 2_500_000
    with pytest.raises(UsageError):
        parse_condition("daily:total<")
