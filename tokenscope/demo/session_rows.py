"""One session from its first row to its last: prompts, breaks, compactions, and what Claude Code adds to them."""

from __future__ import annotations

from collections.abc import Callable

from tokenscope.demo import tool_rows as tools
from tokenscope.demo.rows import MINUTE, DemoStep, Ids, Row, ThreadLog, timestamp
from tokenscope.demo.story import LINEAR_SINCE, MODELS, SessionPlan
from tokenscope.demo.turns import Coder
from tokenscope.demo.words import AGENTS, PROMPTS, SKILLS

FULL = 162_000  # tokens; Claude Code compacts by itself before the window is full
FLOOR, SERVER_TOOLS = 23_600, 8_000  # tokens


class DemoSession:
    """One session, played step by step: its main thread, and in `coder` its subagents."""

    def __init__(self, plan: SessionPlan, number: int) -> None:
        self.plan, self.project = plan, plan.project
        self.dice, self.ids = tools.Dice(number), Ids(number << 40)
        self.session_id = self.ids.uuid()
        self.has_server = bool(self.project.server) and plan.start >= LINEAR_SINCE
        self.facts: Row = {
            "userType": "external", "entrypoint": "cli", "cwd": self.project.cwd, "sessionId": self.session_id,
            "version": plan.version, "gitBranch": plan.branch,
        }  # fmt: skip
        self.main = ThreadLog(
            self.ids,
            self.facts,
            now=plan.start,
            model=MODELS[plan.model],
            floor=FLOOR + (SERVER_TOOLS if self.has_server else 0),
            lifetime=self.project.cache_minutes * MINUTE,
        )
        self.coder = Coder(plan.project, self.dice, self.main, plan.branch)
        self._miss = ""
        self._play()

    # --- the session ---

    def _play(self) -> None:
        self.main.note("mode", mode="normal")
        self.main.note("permission-mode", permissionMode="acceptEdits")
        stdout = f"On branch {self.plan.branch}, 3 files changed."
        self._hook("hook_success", "SessionStart", "startup", stdout)
        turns = 0
        for word in self.plan.turns.split():
            name, _, value = word.partition(":")
            if name in EVENTS:
                EVENTS[name](self, value)
                continue
            for _ in range(int(value or 1)):
                self._turn(name, is_first=not turns)
                turns += 1
        self.main.note("last-prompt", leafUuid=self.main.rows[-1].get("uuid"))

    def _turn(self, kind: str, *, is_first: bool) -> None:
        """A prompt and everything that is done about it."""
        main, dice = self.main, self.dice
        if not is_first:
            main.now += 30_000 + int(1_300_000 * dice.roll() * dice.roll())
        began, rows = main.now, len(main.rows)
        noun = dice.pick(self.project.nouns)
        main.prompt(self.plan.prompt if is_first else dice.pick(PROMPTS[kind]).format(noun=noun))
        if is_first:
            self._introduce()
        if self.project.rules:
            self._hook("hook_additional_context", "UserPromptSubmit", "", *self.project.rules)
        for step in self.coder.work(kind, noun):
            self._respond(step)
        if is_first and self.plan.title:
            main.note("ai-title", aiTitle=self.plan.title)
        main.system(
            "stop_hook_summary", hookCount=1, hookInfos=[{"command": "notify-done", "durationMs": 31}], hookErrors=[],
            hookAdditionalContext=[], preventedContinuation=False, stopReason="", hasOutput=False, level="suggestion",
        )  # fmt: skip
        main.system("turn_duration", durationMs=main.now - began, messageCount=len(main.rows) - rows, isMeta=False)

    def _respond(self, step: DemoStep) -> None:
        if self.main.context > FULL:
            self._compact("auto")
        self.main.respond(step, miss=self._miss)
        self._miss = ""

    def _introduce(self) -> None:
        """What Claude Code adds to a session's first prompt."""
        attach = self.main.attach
        names = ["CronCreate", "CronDelete", "EnterWorktree", "NotebookEdit", "WebFetch", "WebSearch"]
        added = {"addedNames": names, "addedLines": names, "removedNames": [], "readdedNames": []}
        attach("deferred_tools_delta", "\n".join(names), **added, pendingMcpServers=[])
        lines = [f"- {kind}: {what}" for kind, what in AGENTS.items()]
        listed = {"addedTypes": list(AGENTS), "addedLines": lines, "removedTypes": [], "isInitial": True}
        attach("agent_listing_delta", "\n".join(lines), **listed, showConcurrencyNote=True)
        skills = "\n".join(f"- {name}: {what}" for name, what in SKILLS.items())
        attach("skill_listing", skills, content=skills, skillCount=len(SKILLS), isInitial=True, names=list(SKILLS))
        if self.has_server:
            blocks = [f"## linear\n{self.project.server}"]
            attach("mcp_instructions_delta", blocks[0], addedNames=["linear"], addedBlocks=blocks, removedNames=[])
        if "@" in self.plan.prompt:
            self._file(0)

    def _hook(self, kind: str, event: str, matcher: str, *words: str) -> None:
        name = f"{event}:{matcher}" if matcher else event
        of = {"hookName": name, "toolUseID": self.ids.uuid(), "hookEvent": event}
        if kind == "hook_success":
            run = {"content": words[0], "stdout": words[0], "stderr": "", "exitCode": 0}
            return self.main.attach(kind, words[0], **of, **run, command="~/.claude/hooks/status.sh", durationMs=48)
        return self.main.attach(kind, "\n".join(words), content=list(words), **of)

    def _file(self, place: int) -> None:
        """A file that a prompt names with @, or that comes back after a compaction."""
        call = tools.read(self.project, place)
        path = call.input["file_path"]
        shown = path[len(self.project.cwd) + 1 :]
        self.main.attach("file", call.seen, filename=path, content=call.shown, displayPath=shown)

    # --- what else happens ---

    def _pause(self, minutes: str) -> None:
        self.main.now += int(minutes) * MINUTE

    def _switch(self, model: str) -> None:
        self.main.now += 20_000
        self.main.model = MODELS[model]
        typed = f"<command-name>/model</command-name>\n<command-args>{model}</command-args>"
        told = f"<local-command-stdout>Set model to {self.main.model}</local-command-stdout>"
        for content in (typed, told):
            self.main.system("local_command", content=content, level="info", isMeta=False)

    def _compact(self, trigger: str) -> None:
        if trigger != "auto":
            self.main.now += 30_000
            self.main.prompt("<command-name>/compact</command-name>\n<command-message>compact</command-message>")
        done = "\n".join(f"{number}. {self.coder.words(2)}" for number in range(1, 26))
        opening = "This session is being continued from a previous conversation that ran out of context."
        self.main.compact(trigger or "manual", f"{opening}\n\nWhat was asked: {self.plan.prompt}\n\nSo far:\n{done}")
        for place in (0, 1):
            self._file(place)

    def _limit(self, minutes: str) -> None:
        self.main.api_error("You've hit your session limit - resets 3pm (UTC)")
        self._pause(minutes)

    def _overload(self, _: str) -> None:
        for attempt in (1, 2):
            error = {"status": 529, "message": "Overloaded"}
            retry = {"retryInMs": 600 * attempt, "retryAttempt": attempt, "maxRetries": 10}
            self.main.system("api_error", level="error", error=error, **retry)
            self.main.now += 600 * attempt
        self.main.api_error("API Error: 529 Overloaded. Try again in a moment.")

    def _queue(self, _: str) -> None:
        """Something is typed while the model still works."""
        words = "And please keep the old name as an alias for now."
        self.main.note("queue-operation", operation="enqueue", timestamp=timestamp(self.main.now), content=words)
        self.main.now += 4_000
        self.main.note("queue-operation", operation="remove", timestamp=timestamp(self.main.now))
        self.main.attach("queued_command", words, prompt=words, commandMode="prompt")

    def _lose(self, reason: str) -> None:
        """The cache loses all but its first part, for a reason that the log gives, or for none."""
        self._miss = reason
        if not reason:
            self.main.cached = min(self.main.cached, self.main.floor * 3 // 4)

    def _rename(self, _: str) -> None:
        self.main.note("custom-title", customTitle=f"{self.plan.branch}: {self.plan.title.lower()}")


EVENTS: dict[str, Callable[[DemoSession, str], None]] = {
    "pause": DemoSession._pause,
    "model": DemoSession._switch,
    "compact": DemoSession._compact,
    "limit": DemoSession._limit,
    "overload": DemoSession._overload,
    "queue": DemoSession._queue,
    "lose": DemoSession._lose,
    "rename": DemoSession._rename,
}
