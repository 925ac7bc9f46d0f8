"""Tries what users get: the built wheel, run by uvx, pipx and pip in an empty home. `python -m tests.wheel`

Needs the extra `ci` (uv and pipx) and a package index. Prints what a first run has to download.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from pathlib import Path

from tokenscope import __version__
from tokenscope.app.registry import question_names
from tokenscope.mcp_server.guide import DOCUMENTS

REPOSITORY = Path(__file__).parent.parent
PROGRAMS = Path(sys.executable).parent  # where uv and pipx were installed
BELONGS = ("tokenscope/", "tokenscope_cli-")


def run(*command: object, cwd: Path, env: dict[str, str] | None = None) -> str:
    """What a command prints; says all and stops where it fails."""
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, encoding="utf-8", timeout=1_800, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)}\nexit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def build(folder: Path) -> Path:
    """The wheel, built from the source distribution, as a release is."""
    run(sys.executable, "-m", "build", "--outdir", folder, REPOSITORY, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    return wheel


def check_content(wheel: Path) -> None:
    """The program, its prices, its types and the documents that it hands on; nothing else."""
    names = zipfile.ZipFile(wheel).namelist()
    assert all(name.startswith(BELONGS) for name in names), names
    for needed in ("tokenscope/pricing/prices.toml", "tokenscope/py.typed", "tokenscope/demo/__init__.py"):
        assert needed in names, needed
    for document in DOCUMENTS:
        assert f"tokenscope/mcp_server/docs/{document.file}" in names, document.file


def environment(home: Path) -> dict[str, str]:
    """A home in which nobody has run anything, and no path to this checkout."""
    home.mkdir()
    foreign = ("PYTHONPATH", "CLAUDE_CONFIG_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if name not in foreign}
    return {**kept, "HOME": str(home), "USERPROFILE": str(home), "UV_CACHE_DIR": str(home / "uv")}


def check(command: list[object], home: Path, *, typed: str) -> tuple[float, float]:
    """Seconds to the first card, and to the next. `typed`: how the program then names itself."""
    env, seconds = environment(home), []
    for _ in range(2):
        start = time.monotonic()
        page = run(*command, "demo", "--no-color", cwd=home, env=env)
        seconds.append(time.monotonic() - start)
        assert "The last 30 days" in page
        assert f"{typed} demo doctor" in page
    assert run(*command, "--version", cwd=home, env=env) == f"tokenscope {__version__}\n"
    return seconds[0], seconds[1]


def check_installed(wheel: Path, folder: Path) -> tuple[Path, tuple[float, float]]:
    """Installed by pip in an environment of its own: every question, and the doctor of an empty home."""
    place = folder / "installed"
    venv.create(place, with_pip=True)
    programs = place / ("Scripts" if os.name == "nt" else "bin")
    run(programs / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel, cwd=folder)
    seconds = check([programs / "tokenscope"], folder / "home of pip", typed="tokenscope")
    env = environment(folder / "another home")
    for name in question_names():
        answer = json.loads(run(programs / "tokenscope-cli", "demo", name, "--json", cwd=folder, env=env))
        assert answer["question"] == name
    doctor = json.loads(run(programs / "tokenscope", "doctor", "--json", cwd=folder, env=env))
    assert doctor["report"]["files"] == 0
    return programs, seconds


def downloads(programs: Path, wheel: Path, folder: Path) -> list[tuple[str, int]]:
    """Name and bytes of each file that pip fetches for the wheel, the largest first."""
    place = folder / "downloads"
    run(programs / "python", "-m", "pip", "download", "--quiet", "--dest", place, wheel, cwd=folder)
    return sorted(((file.name, file.stat().st_size) for file in place.iterdir()), key=lambda one: (-one[1], one[0]))


def check_packed(programs: Path) -> None:
    """The npm package as it is packed, where there is Node."""
    node = shutil.which("node")
    if node is None:
        print("npm package: not tried, there is no node")
        return
    path = os.pathsep.join((str(programs), os.environ["PATH"]))
    test = REPOSITORY / "npm-wrapper" / "test" / "packed.test.js"
    run(node, "--test", test, cwd=REPOSITORY, env={**os.environ, "PATH": path})


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="tokenscope-wheel-") as name:
        folder = Path(name).resolve()
        wheel = build(folder)
        check_content(wheel)
        programs, installed = check_installed(wheel, folder)
        uvx = [PROGRAMS / "uvx", "--python", programs / "python", "--from", wheel, "tokenscope"]
        pipx = [PROGRAMS / "pipx", "run", "--spec", wheel, "tokenscope-cli"]
        check_packed(Path(sys.executable).parent)
        times = {
            "uvx": check(uvx, folder / "home of uvx", typed="uvx tokenscope-cli"),
            "pipx run": check(pipx, folder / "home of pipx", typed="pipx run tokenscope-cli"),
            "installed by pip": installed,
        }
        for runner, (first, again) in times.items():
            print(f"{runner}: {first:.1f} s to the first card in an empty home, then {again:.1f} s")
        files = downloads(programs, wheel, folder)
        for file, size in files:
            print(f"{size / 1000:8.0f} KB  {file}")
        print(f"{sum(size for _, size in files) / 1000:8.0f} KB  together")


if __name__ == "__main__":
    main()
