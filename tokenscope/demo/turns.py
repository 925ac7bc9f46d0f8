"""What a coding agent does about each kind of prompt, step by step, and what its subagents do."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tokenscope.demo import tool_rows as tools
from tokenscope.demo.material import Project
from tokenscope.demo.rows import MINUTE, Call, DemoStep, Row, ThreadLog, timestamp
from tokenscope.demo.story import MODELS, in_ms
from tokenscope.demo.words import CLOSINGS, FINDINGS, PLAN_STEPS, REMARKS, RULES

AGENT_FLOORS = {"Explore": 9_700, "general-purpose": 15_300}  # tokens
Steps = Iterator[DemoStep]


class Coder:
    """Works on one project in one session. `main` is the session's own thread, `agents` those of its subagents."""

    def __init__(self, project: Project, dice: tools.Dice, main: ThreadLog, branch: str) -> None:
        self.project, self.dice, self.main, self.branch = project, dice, main, branch
        self.agents: list[tuple[ThreadLog, Row]] = []  # with what their sidecars say

    def work(self, kind: str, noun: str) -> Steps:
        """The steps of a turn; what happens beside them happens while they are taken."""
        return KINDS[kind](self, noun)

    def words(self, sentences: int, said: tuple[str, ...] = CLOSINGS) -> str:
        """Some sentences, none of them twice."""
        nouns = self.project.nouns
        start, noun = self.dice.below(len(said)), self.dice.below(len(nouns))
        chosen = ((said[number % len(said)], nouns[(noun + number // len(said)) % len(nouns)])
                  for number in range(start, start + sentences))  # fmt: skip
        return " ".join(sentence.format(noun=noun) for sentence, noun in chosen)

    def _remark(self, noun: str) -> str:
        return self.dice.pick(REMARKS).format(noun=noun) if self.dice.often(0.6) else ""

    def _place(self) -> int:
        """A file, the first ones more often than the last ones."""
        return int(len(self.project.files) * self.dice.roll() * self.dice.roll())

    def _read(self) -> Call:
        return tools.read(self.project, self._place(), self.dice.below(3))

    def _think(self, most: int) -> int:
        return int(most * (0.4 + 2 * self.dice.roll())) if self.dice.often(0.55) else 0

    def _ask(self, noun: str) -> Steps:
        yield DemoStep(self._remark(noun), [self._read(), tools.grep(self.project, noun)], self._think(900))
        yield DemoStep("", [self._read()], self._think(600))
        yield DemoStep(self.words(9, FINDINGS), (), self._think(1_400))

    def _tiny(self, _: str) -> Steps:
        """Little work, whatever the model."""
        if self.dice.often(0.5):
            yield DemoStep("", [tools.bash("git status -sb", f"## {self.branch}\n M README.md\n", 90)])
            yield DemoStep(f"You are on {self.branch}. README.md is changed, nothing is staged.")
        else:
            yield DemoStep("", [tools.bash("git log -1 --format=%s", "Tidy up\n", 80)])
            yield DemoStep("Nothing new since the last commit, which was Tidy up.")

    def _explore(self, noun: str) -> Steps:
        asked = (
            f"Find every place where a {noun} is made, changed or removed. List path and line, and say who calls it."
        )
        tests = f"Which tests cover the {noun}, and which of its states does no test reach?"
        calls = [
            self._agent("Explore", f"Find uses of {noun}", asked),
            self._agent("Explore", f"Find tests of {noun}", tests),
        ]
        yield DemoStep("I'll have the code searched first.", calls, self._think(500))
        yield DemoStep("", [self._read(), self._read()], self._think(300))
        self._memory()
        yield DemoStep(self.words(14, FINDINGS), (), self._think(1_800))

    def _build(self, noun: str) -> Steps:
        project, dice = self.project, self.dice
        yield DemoStep(self._remark(noun), [self._read(), self._read()], self._think(700))
        yield DemoStep("", [tools.grep(project, noun), tools.glob(project)], self._think(200))
        steps = [step.format(noun=noun) for step in PLAN_STEPS]
        yield DemoStep("Here is what I'll do.", [tools.todo(steps, 0)], self._think(2_400))
        for done in (1, 2, 3):
            yield DemoStep(self._remark(noun), [self._read(), self._read()][: 1 + dice.below(2)], self._think(500))
            place = self._place()
            if dice.often(0.12):
                yield DemoStep("", [tools.failed_edit(project, place, dice)], self._think(300))
                yield DemoStep("The file is not as I remembered it.", [tools.read(project, place)])
            for _ in range(dice.below(3)):
                yield DemoStep(self._remark(noun), [tools.edit(project, place, dice)], self._think(1_400))
            last = [tools.edit(project, self._place(), dice), tools.todo(steps, done)]
            yield DemoStep("", last, self._think(1_400))
            if dice.often(0.3):
                yield DemoStep("", [tools.check_types(project)])
        if dice.often(0.4):
            new = f"{project.files[1][0].rpartition('/')[0]}/{noun}_cases{tools.suffix_of(project)}"
            yield DemoStep("", [tools.write(project, new, 6 + dice.below(9))], self._think(900))
        yield from self._fix(noun)

    def _fix(self, noun: str) -> Steps:
        """Tests, twice with failures, and what it takes to make them pass."""
        for failing in (2, 1)[self.dice.below(2) :]:
            yield DemoStep("", [tools.run_tests(self.project, failing)], self._think(200))
            yield DemoStep(self._remark(noun), [self._read()], self._think(1_500))
            yield DemoStep("", [tools.edit(self.project, self._place(), self.dice)], self._think(1_200))
        yield DemoStep("", [tools.run_tests(self.project)])
        yield DemoStep(self.words(5), (), self._think(300))

    def _review(self, noun: str) -> Steps:
        yield DemoStep("", [tools.diff(self.project, self.dice.below(4))], self._think(300))
        if self.dice.often(0.6):
            asked = f"Review how the {noun} changed against main. Look for missing cases. Do not edit a file."
            yield DemoStep("", [self._agent("general-purpose", f"Review {noun} changes", asked)], self._think(400))
        for _ in range(2):
            yield DemoStep(self._remark(noun), [self._read(), self._read()], self._think(900))
        yield DemoStep(self.words(16, FINDINGS), (), self._think(2_600))

    def _docs(self, noun: str) -> Steps:
        yield DemoStep("", [Call("Skill", {"skill": "plain-words"}, "Launching skill: plain-words",
                             {"success": True, "commandName": "plain-words"}, 30)])  # fmt: skip
        self.main.meta("# Plain words\n\n" + "\n".join(f"- {rule}" for rule in RULES * 5))
        yield DemoStep("", [self._read()], self._think(400))
        yield DemoStep("", [tools.write(self.project, f"docs/{noun}s.md", 12)], self._think(1_000))
        yield DemoStep(self.words(4))

    def _ship(self, noun: str) -> Steps:
        subject = self.dice.pick(("Handle a late {noun}", "Keep the {noun} in step", "Test the closed {noun}"))
        subject = subject.format(noun=noun)
        yield DemoStep("", [tools.bash("git status --short", " M " + self.project.files[0][0] + "\n", 110)])
        yield DemoStep("", [tools.commit(subject, self.branch, self.dice)], self._think(200))
        push = f"git push -u origin {self.branch}"
        if self.dice.often(0.35):
            yield DemoStep("", [tools.failed_bash(push, "fatal: unable to access the remote: connection timed out\n")])
        yield DemoStep("", [tools.bash(push, f"branch '{self.branch}' set up to track its remote.\n", 2_000)])
        if self.branch != "main":
            number = 100 + (self.main.now - in_ms("10-20 00:00")) // (120 * MINUTE) + self.dice.below(2)  # they rise
            call = tools.pull_request(self.project, subject, number)
            yield DemoStep("", [call], self._think(200))
            url = call.seen.strip()
            of = {"prNumber": number, "prUrl": url, "prRepository": "ada/" + self.project.cwd.rpartition("/")[2]}
            self.main.note("pr-link", **of, timestamp=timestamp(self.main.now))
        yield DemoStep(self.words(2))

    def _ticket(self, noun: str) -> Steps:
        key = f"TIDE-{200 + self.dice.below(24)}"
        yield DemoStep("", [tools.linear_issues(self.project)], self._think(300))
        if self.dice.often(0.4):
            yield DemoStep("", [tools.linear_timeout("get_issue", {"id": key})])
        issue = f'{{"id": "{key}", "title": "The {noun} is late", "description": "{self.words(8, FINDINGS)}"}}'
        yield DemoStep("", [tools.linear("get_issue", {"id": key}, issue)])
        yield DemoStep("", [self._read()], self._think(700))
        told = {"issueId": key, "body": self.words(4)}
        yield DemoStep("", [tools.linear("create_comment", told, '{"success": true}')], self._think(300))
        yield DemoStep(self.words(5))

    def _memory(self) -> None:
        """A folder's own CLAUDE.md, which comes with the first file that is read there."""
        path = f"{self.project.cwd}/{self.project.files[0][0].rpartition('/')[0]}/CLAUDE.md"
        words = "# This folder\n\n" + "\n".join(f"- {rule}" for rule in RULES * 6)
        content = {"path": path, "type": "Project", "content": words, "contentDiffersFromDisk": False}
        shown = path[len(self.project.cwd) + 1 :]
        self.main.attach("nested_memory", words, path=path, content=content, displayPath=shown)

    # --- subagents ---

    def _agent(self, kind: str, description: str, prompt: str) -> Call:
        """A subagent, from its prompt to its report."""
        digits = self.main.ids.digits()
        log = ThreadLog(
            self.main.ids,
            self.main.facts,
            now=self.main.now + 2_000,
            model=MODELS["haiku"] if kind == "Explore" else self.main.model,
            floor=AGENT_FLOORS[kind],
            lifetime=5 * MINUTE,
            agent_id=f"a{digits[:16]}",
        )
        self.agents.append((log, {"agentType": kind, "description": description}))
        log.prompt(prompt)
        uses = 5 + self.dice.below(9)
        for number in range(uses):
            call = tools.grep(self.project, self.dice.pick(self.project.nouns)) if number % 3 == 0 else self._read()
            log.respond(DemoStep("", [call], self._think(250)), is_floor=self.dice.often(0.13))
        report = self.words(18, FINDINGS)
        log.respond(DemoStep(report, (), self._think(400)))
        took = log.now - self.main.now
        total = log.context
        told = {"description": description, "subagent_type": kind, "prompt": prompt}
        counted = f"<usage>total_tokens: {total}\ntool_uses: {uses}\nduration_ms: {took}</usage>"
        shown: Row = {"status": "completed", "prompt": prompt, "agentId": log.agent_id, "agentType": kind}
        shown |= {"content": [{"type": "text", "text": report}], "totalDurationMs": took, "totalTokens": total}
        shown |= {"totalToolUseCount": uses, "usage": log.usage}
        return Call("Agent", told, f"{report}\nagentId: {log.agent_id}\n{counted}", shown, took)


KINDS: dict[str, Callable[[Coder, str], Steps]] = {
    "ask": Coder._ask, "tiny": Coder._tiny, "explore": Coder._explore, "build": Coder._build,
    "fix": Coder._fix, "review": Coder._review, "docs": Coder._docs, "ship": Coder._ship,
    "ticket": Coder._ticket,
}  # fmt: skip
