"""A headless Chromium, driven over two pipes: pages are opened as a reader opens them, looked at and listened to.

The protocol is Chromium's own (chromedevtools.github.io/devtools-protocol): JSON objects, each ended by a zero byte.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-pipe"),
)
PHONE, DESKTOP = 390, 1440  # pixels
PATIENCE = 30  # seconds


@dataclass
class Tab:
    """One page. `requests`: every address that was asked for; `complaints`: what the console said."""

    browser: Browser
    session: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self.browser.send(method, self.session, **parameters)

    def show(self, width: int, *, height: int = 900, dark: bool = False, script: bool = True) -> None:
        """The window's size in pixels, the reader's colours, and whether scripts run; before `open`."""
        phone = width < 600
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[scheme])
        self.send("Emulation.setScriptExecutionDisabled", value=not script)

    def open(self, path: Path, place: str = "") -> None:
        """Open a file and wait until it is loaded and has been quiet."""
        found = self.send("Page.navigate", url=path.resolve().as_uri() + place)
        if "loaderId" in found:  # else it is another place on the page that is there already
            self.browser.wait_for("Page.loadEventFired", self.session)
        self.send("Page.bringToFront")

    def value(self, script: str) -> Any:
        """What an expression comes to; also works where the page's own scripts are off."""
        found = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def picture(self, path: Path, *, whole: bool = True) -> None:
        """A screenshot of the whole page, or of what is seen of it."""
        shot = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))

    def press(self, key: str) -> None:
        """A key on the keyboard: Tab, Enter."""
        code = {"Tab": 9, "Enter": 13}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text)

    def hear(self, event: dict[str, Any]) -> None:
        told = event["params"]
        if event["method"] == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif event["method"] == "Runtime.consoleAPICalled":
            self.complaints.append(" ".join(str(one.get("value")) for one in told["args"]))
        elif event["method"] == "Runtime.exceptionThrown":
            self.complaints.append(told["exceptionDetails"]["text"])
        elif event["method"] == "Log.entryAdded":
            self.complaints.append(told["entry"]["text"])


class Browser:
    def __init__(self, process: subprocess.Popen[bytes], write: int, read: int) -> None:
        self._process, self._write, self._read = process, write, read
        self._number, self._rest = 0, b""
        self._tabs: dict[str, Tab] = {}
        self._events: list[tuple[str, str]] = []

    def send(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        os.write(self._write, json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                result: dict[str, Any] = answer["result"]
                return result

    def wait_for(self, method: str, session: str) -> None:
        while (method, session) not in self._events:
            self._next()
        self._events.clear()

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            assert select.select([self._read], [], [], PATIENCE)[0], "the browser says nothing"
            piece = os.read(self._read, 1 << 16)
            assert piece, "the browser has gone"
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        if "method" in message:
            session = message.get("sessionId", "")
            self._events.append((message["method"], session))
            if session in self._tabs:
                self._tabs[session].hear(message)
        return message

    def tab(self) -> Tab:
        """A new page that is listened to."""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = self._tabs[session] = Tab(self, session)
        for domain in ("Page", "Runtime", "Network", "Log"):
            tab.send(f"{domain}.enable")
        return tab


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser with a profile of its own, gone at the end."""
    assert CHROMIUM is not None
    to_read, write = os.pipe()
    read, to_write = os.pipe()
    # The browser reads from 3 and writes to 4; neither may be in the way of the other.
    far = [fcntl.fcntl(end, fcntl.F_DUPFD, 20) for end in (to_read, to_write)]

    def place() -> None:
        os.dup2(far[0], 3)
        os.dup2(far[1], 4)

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [CHROMIUM, *FLAGS, f"--user-data-dir={profile}"],
            preexec_fn=place,  # noqa: PLW1509 - no thread is running
            pass_fds=(3, 4),
            env={**os.environ, "TMPDIR": profile, "HOME": profile},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for end in (to_read, to_write, *far):
            os.close(end)
        try:
            yield Browser(process, write, read)
        finally:
            process.terminate()
            process.wait(timeout=20)
            os.close(write)
            os.close(read)
