"""`npx tokenscope`: of the same version, named rightly, and passing its own tests."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tokenscope
from tests.asking import PATIENCE

ROOT = Path(__file__).parent.parent
WRAPPER = ROOT / "npm-wrapper"
PACKED = "packed.test.js"  # takes minutes: python -m tests.wheel runs it
TESTS = sorted(path.name for path in (WRAPPER / "test").glob("*.test.js") if path.name != PACKED)
OLDEST_NODE = 18

if not WRAPPER.is_dir():
    pytest.skip("npm-wrapper is not part of the source distribution", allow_module_level=True)


@pytest.fixture(scope="module")
def package() -> dict[str, Any]:
    return dict(json.loads((WRAPPER / "package.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def node() -> str:
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not on the PATH")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.lstrip("v").split(".")[0]) < OLDEST_NODE:
        pytest.skip(f"node {version.strip()} is older than {OLDEST_NODE}")
    return found


def test_it_has_the_version_of_the_program_it_runs(package: dict[str, Any]) -> None:
    assert package["version"] == tokenscope.__version__


def test_it_needs_nothing_but_node(package: dict[str, Any]) -> None:
    assert package["name"] == "tokenscope"
    assert package["bin"] == {"tokenscope": "bin/tokenscope.js"}
    assert package["engines"] == {"node": f">={OLDEST_NODE}"}
    # An installation script would run code where somebody only installs.
    assert not package.keys() & {"dependencies", "optionalDependencies", "peerDependencies", "bundleDependencies"}
    assert set(package["scripts"]) == {"test"}


def test_it_has_the_licence_of_the_project(package: dict[str, Any]) -> None:
    assert package["license"] == "MIT"
    assert (WRAPPER / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_nobody_is_sent_to_the_package_of_somebody_else() -> None:
    wrong = re.compile(r"(uvx|pip install|pipx run|pipx install|uv tool (run|install)) tokenscope(?!-cli)")
    for path in (WRAPPER / "README.md", *WRAPPER.glob("lib/*.js"), *WRAPPER.glob("bin/*.js")):
        assert not wrong.search(path.read_text(encoding="utf-8")), path.name


@pytest.mark.parametrize("name", TESTS)
def test_its_own_tests_pass(name: str, node: str) -> None:
    # The packed package is tried with the Python that runs this.
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    command = [node, "--test", "--test-reporter=tap", str(WRAPPER / "test" / name)]
    result = subprocess.run(
        command, env=os.environ | {"PATH": path}, capture_output=True, encoding="utf-8", timeout=PATIENCE, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    ran = re.search(r"^# pass (\d+)$", result.stdout, re.MULTILINE)
    if ran is None or ran[1] == "0":
        reason = re.search(r"# SKIP (.+)$", result.stdout, re.MULTILINE)
        pytest.skip(reason[1] if reason else "no test of it ran")
