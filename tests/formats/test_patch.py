"""`advice --patch`: a diff that git and patch take, texts to paste, and nothing that is applied or shown against will."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.answers.test_advice import with_breaks
from tests.asking import ask
from tokenscope.answers.whatif.trial import TrialSetting
from tokenscope.draw.settings_diff import SettingsDiffError, settings_diff

GIT = shutil.which("git")
needs_git = pytest.mark.skipif(GIT is None, reason="git is not there")
CACHE = TrialSetting("~/.claude/settings.json", "promptCacheTtl", "1h")
READ = TrialSetting("~/.claude/settings.json", "env.CLAUDE_CODE_FILE_READ_MAX_OUTPUT_TOKENS", "4000")


def patched(root: Path) -> str:
    answer = ask("advice", "--patch", root=root)
    assert (answer.code, answer.err) == (0, "")
    return answer.out


def apply(folder: Path, patch: str) -> dict[str, Any]:
    """What settings.json says once git has taken the patch, which it is asked about first."""
    assert GIT is not None
    file = folder / "advice.patch"
    file.write_bytes(patch.encode())
    for words in (["--check"], []):
        done = subprocess.run([GIT, "apply", *words, file.name], cwd=folder, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b""), patch
    found: dict[str, Any] = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    return found


@needs_git
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, {"promptCacheTtl": "1h"}),
        ('{\n  "model": "opus"\n}\n', {"model": "opus", "promptCacheTtl": "1h"}),
        (
            '{\n\t"model": "opus",\n\t"env": {\n\t\t"A": "b"\n\t}\n}',
            {"model": "opus", "env": {"A": "b"}, "promptCacheTtl": "1h"},
        ),
        ('{"model":"opus"}', {"model": "opus", "promptCacheTtl": "1h"}),
        (
            '{\n  "promptCacheTtl": "5m",\n  "cleanupPeriodDays": 99\n}\n',
            {"promptCacheTtl": "1h", "cleanupPeriodDays": 99},
        ),
        ("{}\n", {"promptCacheTtl": "1h"}),
        ('{\n  "language": "français"\n}\n', {"language": "français", "promptCacheTtl": "1h"}),
    ],
)
def test_git_takes_the_diff(tmp_path: Path, before: str | None, after: dict[str, Any]) -> None:
    root = with_breaks(tmp_path / "config")
    if before is not None:
        (root / "settings.json").write_bytes(before.encode())
    patch = patched(root)
    is_there = (root / "settings.json").exists()
    assert is_there == (before is not None)  # nothing was applied
    if before is not None:
        assert (root / "settings.json").read_bytes() == before.encode()
    assert apply(root, patch) == after


def test_what_it_says_already_needs_no_diff(tmp_path: Path) -> None:
    root = with_breaks(tmp_path)
    (root / "settings.json").write_text('{"promptCacheTtl": "1h"}', encoding="utf-8")
    patch = patched(root)
    assert "says so already" in patch.replace("\n# ", " ")
    assert "@@" not in patch


@pytest.mark.parametrize(
    ("before", "why"),
    [
        (b"{", "it is no JSON"),
        (b"[]", "it is no JSON object"),
        (b'{"a": "\xff"}', "it is not in UTF-8"),
        (b'{\r\n  "model": "opus"\r\n}\r\n', "its lines hold what is not to be shown"),
    ],
)
def test_what_cannot_be_compared_is_to_be_put_in_by_hand(tmp_path: Path, before: bytes, why: str) -> None:
    root = with_breaks(tmp_path)
    (root / "settings.json").write_bytes(before)
    lines = patched(root).splitlines()
    told = " ".join(line.removeprefix("# ") for line in lines)
    assert f"settings.json is not compared: {why}. To put in by hand:" in told
    assert all(line.startswith("#") for line in lines)
    assert '#     "promptCacheTtl": "1h"' in lines


SECRET = "sk-ant-api03-" + "Q7x" * 31 + "AA"


@needs_git
def test_a_credential_in_the_settings_is_not_shown(tmp_path: Path) -> None:
    """It stands two lines above the change: with less around it, the diff is still one."""
    root = with_breaks(tmp_path)
    settings = {"env": {"ANTHROPIC_API_KEY": SECRET}, "model": "opus", "theme": "dark"}
    (root / "settings.json").write_text(json.dumps(settings, indent=2), encoding="utf-8")
    patch = patched(root)
    assert SECRET not in patch
    assert apply(root, patch) == {**settings, "promptCacheTtl": "1h"}


def test_a_credential_right_beside_the_change_leaves_no_diff(tmp_path: Path) -> None:
    root = with_breaks(tmp_path)
    (root / "settings.json").write_text(json.dumps({"apiKey": SECRET}, indent=2), encoding="utf-8")
    patch = patched(root)
    assert SECRET not in patch
    assert "@@" not in patch
    assert "not to be shown. To put in by hand:" in patch.replace("\n# ", " ")


def test_advice_without_settings_is_texts_alone() -> None:
    patch = ask("demo", "advice", "--patch").out
    assert patch.splitlines()[0] == "# What tokenscope advice would change. Nothing was applied."
    assert all(line.startswith("#") for line in patch.splitlines())
    assert "# To paste into CLAUDE.md:" in patch
    assert "# - type /clear" in patch


def test_two_outputs_exclude_each_other() -> None:
    assert ask("demo", "advice", "--patch", "--json").code == 2
    assert ask("demo", "daily", "--patch").code == 2


def test_settings_inside_of_an_object() -> None:
    diff = settings_diff("settings.json", '{\n  "env": {\n    "A": "b"\n  }\n}\n', [READ])
    assert diff.splitlines()[2:] == [
        "@@ -1,5 +1,6 @@",
        " {",
        '   "env": {',
        '-    "A": "b"',
        '+    "A": "b",',
        '+    "CLAUDE_CODE_FILE_READ_MAX_OUTPUT_TOKENS": "4000"',
        "   }",
        " }",
    ]
    with pytest.raises(SettingsDiffError):
        settings_diff("settings.json", '{"env": 5}', [READ])


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='abc é"\\', max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet="abcd", max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(st.sampled_from(("model", "env", "promptCacheTtl", "hooks", "b")), VALUES, max_size=5),
    st.sampled_from((None, 2, 4, "\t")),
    st.sampled_from(("", "\n")),
)
def test_a_diff_of_any_settings_leads_from_the_one_to_the_other(told: dict[str, Any], indent: Any, end: str) -> None:
    """By hand: lines that stay or go are those of the file, lines that stay or come are the new one."""
    before = json.dumps(told, indent=indent, ensure_ascii=False) + end
    try:
        diff = settings_diff("settings.json", before, [CACHE])
    except SettingsDiffError:
        return
    if not diff:
        assert told["promptCacheTtl"] == "1h"
        return
    after, place, lines = list[str](), 0, before.split("\n")
    for line in diff.splitlines()[2:]:
        if line.startswith("@@"):
            start = int(line.split()[1].removeprefix("-").split(",")[0]) - 1
            after += lines[place:start]
            place = start
        elif line.startswith("\\"):
            continue
        else:
            if line[0] in " -":
                assert lines[place] == line[1:]
                place += 1
            if line[0] in " +":
                after.append(line[1:])
    after += lines[place:]
    assert json.loads("\n".join(after)) == {**told, "promptCacheTtl": "1h"}
