"""A conversation: a main thread, or a subagent's, with its tools and their results."""

from __future__ import annotations

import orjson

from tests.synthetic.plans import Transcript
from tests.synthetic.responses import ResponseWriter
from tests.synthetic.rows import BYTES_A_TOKEN
from tests.synthetic.session import ToolUse, git_command, lines_in
from tests.synthetic.shapes import COUNTED_AS, INPUTS, PREVIEW, TOOLS
from tests.synthetic.words import code, letters, picture, prose, sentence


class Thread(ResponseWriter):
    """It writes rows and knows what they cost."""

    def respond(self, *, last: bool) -> None:
        """One response with its rows and the results of its tools."""
        rng = self.rng
        response = self.compose()
        count = rng.choice((1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 4)) if self.session.style != "none" else 1
        tools = 0 if last else max(1, count - 1 if rng.random() < 0.4 else 1)
        said = count - tools
        kinds = sorted(rng.choices(("text", "thinking"), (7, 3), k=said), reverse=True)
        steps = kinds + [rng.choice(TOOLS) for _ in range(tools)] or ["text"]
        outputs = self.outputs(response, len(steps))
        stop = b'"end_turn"' if last else b'"tool_use"'
        is_floor = self.is_floor(outputs)
        self.session.truth.output_floor_messages += is_floor
        self.credit(response)
        waiting: list[ToolUse] = []
        interleaved = rng.random() < 0.4
        for position, (step, output) in enumerate(zip(steps, outputs, strict=True)):
            early = output < response.figures.output_tokens and position < len(steps) - 1
            use = b"toolu_01" + letters(rng, 12).encode()
            self.tail = (response, output)
            self.row(response, step, use, output=output, stop=b"null" if early or is_floor else stop)
            if step in INPUTS:
                waiting.append(self.called(step, use))
            self.wait(rng.uniform(0.2, 2))
            if interleaved or position == len(steps) - 1:
                for called in waiting:
                    self.result(called)
                waiting = []
        self.grown += response.figures.output_tokens
        self.surround()

    def called(self, tool: str, use: bytes) -> ToolUse:
        """Note a tool use whose row has just been written."""
        self.session.truth.do(f"calls {self.name_of(tool)}", 1, self.clock)
        return ToolUse(tool, use, self.values[b"path"].decode(), self.clock)

    def name_of(self, tool: str) -> str:
        return "Agent" if tool == "Task" and self.session.era == "new" else tool

    def result(self, called: ToolUse) -> None:
        """A tool's result: what the model saw, and once more what the screen showed."""
        rng, session = self.rng, self.session
        tool, use = called.tool, called.use
        self.phrase()
        self.wait(rng.uniform(0.1, 12))
        if tool == "Read" and session.plan.picture_bytes and not session.has_picture:
            self.picture(use)
            self.came_of(called, b"", failed=False)
            return
        size = max(60.0, session.result_bytes() - 900)
        kind = "error" if rng.random() < 0.05 else tool
        seen = code().cut(rng, min(size / 2, 60_000))
        shown = seen
        if kind in ("Edit", "Write", "TodoWrite"):
            seen = code().cut(rng, min(size / 6, 1200))
            shown = code().cut(rng, size - len(seen))
        elif size > 120_000:
            shown = code().cut(rng, size - len(seen))
        self.finish(kind, use, seen, shown)
        self.came_of(called, shown, failed=kind == "error")

    def came_of(self, called: ToolUse, shown: bytes, *, failed: bool) -> None:
        """Note what a tool use whose result has just been written came to; of a file that is gone nobody knows."""
        if self.file is None:
            return
        do, tool, path = self.session.truth.do, called.tool, called.path
        if tool == "Bash":
            for operation in git_command(called.use)[1]:
                do(f"{'failed' if failed else 'done'} {operation}", 1, self.clock)
        if failed:
            do(f"errors {tool}", 1, called.time)
        elif tool in COUNTED_AS:
            do(f"{COUNTED_AS[tool]} {path}", 1, called.time)
            if tool == "Edit":
                do(f"added {path}", 1, called.time)
                do(f"removed {path}", 1, called.time)
            elif tool == "Write":
                do(f"added {path}", lines_in(shown), called.time)

    def picture(self, use: bytes) -> None:
        """An image, twice, as base64."""
        self.session.has_picture = True
        text = picture() * (self.session.plan.picture_bytes // len(picture()) + 1)
        block = b'[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"%b"}}]'
        result = self.shapes["result picture"] % {b"text": text}
        self.put("result", use=use, content=block % text, result=result)
        self.grown += 1600

    def finish(self, kind: str, use: bytes, seen: bytes, shown: bytes, **given: bytes) -> None:
        values = self.values | {key.encode(): value for key, value in given.items()}
        values[b"text"] = shown
        content = b'"%b"' % seen
        if kind.startswith("mcp__"):
            content = b'[{"type":"text","text":"%b"}]' % seen
        self.put(
            "failed" if kind == "error" else "result",
            use=use,
            content=content,
            result=self.shapes["result " + kind] % values,
        )
        self.grown += min(25_000, int(len(seen) / BYTES_A_TOKEN))

    # Turns

    def turn(self, until: int) -> None:
        """A prompt, the responses to it, and a pause: now and then one that the cache does not survive."""
        rng, file = self.rng, self.file
        self.ask()
        for left in range(int(rng.expovariate(1 / 7)), -1, -1):
            full = file is not None and file.size >= until
            self.respond(last=left == 0 or full)
            if self.size > self.limit:
                self.compact()
            if full:
                break
        if rng.random() < 0.02:
            self.put("synthetic")
        if self.parent is None:
            self.pause()

    def pause(self) -> None:
        seconds = 60 * self.rng.lognormvariate(0, 1.7)
        self.wait(seconds)
        lifetime = 3600 if self.session.is_hour else 300
        if self.rng.random() < 0.03:
            self.model, self.limit = self.session.model(small=False)
            self.cold = True
        elif seconds > lifetime or self.rng.random() < 0.01:
            self.cold = True

    def compact(self) -> None:
        self.put("compaction", before=b"%d" % self.size)
        text = prose().cut(self.rng, 9000)
        self.put("summary", text=text)
        self.size = self.cached = 0
        self.grown = self.floor + int(len(text) / BYTES_A_TOKEN)
        self.cold = True

    def spawn(self, size: int) -> None:
        """Call a subagent and let it work; its file may be elsewhere, gone, or this thread's own."""
        rng, session = self.rng, self.session
        response = self.compose()
        self.credit(response)
        use = b"toolu_01" + letters(rng, 12).encode()
        self.row(response, "Task", use, output=response.figures.output_tokens, stop=b'"tool_use"')
        self.called("Task", use)
        self.grown += response.figures.output_tokens
        agent = f"{rng.getrandbits(68 if session.era == 'new' else 28):0{17 if session.era == 'new' else 7}x}"
        chance = rng.random()
        self.phrase()
        if chance < 0.02:  # deleted: nothing of it is anywhere but its last size
            self.report(use, agent, None)
        elif chance < 0.10:
            thread = Thread(session, None, agent, self)
            work(thread, 0)
            self.report(use, agent, thread)
        else:
            thread = agent_file(self, agent, size, use)
            if session.era != "new" or chance < 0.6:
                self.clock = max(self.clock, thread.clock)
                self.report(use, agent, thread)
            else:
                self.finish("async", use, b"Launched.", b"Look around.", agent_id=agent.encode())

    def report(self, use: bytes, agent: str, thread: Thread | None) -> None:
        """A subagent's result. It repeats the figures of its last response, which count nowhere."""
        usage, size = b'{"input_tokens":3,"output_tokens":444}', 50_599
        if thread is not None and thread.tail is not None:
            size, usage = thread.size, thread.usage(*thread.tail)
        text = prose().cut(self.rng, 1800) + rb"\n<usage>total_tokens: %d</usage>" % size
        self.finish("Task", use, text, text, agent_id=agent.encode(), total_tokens=b"%d" % size, usage=usage)


def work(thread: Thread, size: int) -> None:
    """A subagent's life: one task, responses until its file is large enough."""
    file = thread.file
    begun = file.size if file else 0
    thread.ask()
    for left in range(4000, -1, -1):
        done = left < 3997 if file is None else file.size - begun >= size
        thread.respond(last=done)
        if thread.size > thread.limit:
            thread.compact()
        if done:
            break


def agent_file(parent: Thread, agent: str, size: int, use: bytes) -> Thread:
    """A subagent in the layout of its session."""
    session = parent.session
    if session.layout == "inline":
        thread = Thread(session, parent.file, "inline", parent)
        work(thread, min(size, 60_000))
        return thread
    folder = session.folder
    if session.layout == "nested":
        folder = folder / session.id / "subagents"
    elif session.layout == "workflow":
        folder = folder / session.id / "subagents" / "workflows" / f"wf_{session.id[:8]}-{session.id[9:12]}"
    file = Transcript(folder / f"agent-{agent}.jsonl", session.truth, session.rng)
    thread = Thread(session, file, agent, parent)
    work(thread, size)
    file.close()
    if session.layout != "sibling":
        sidecar = {"agentType": "Explore", "description": sentence(session.rng, 4)}
        if session.rng.random() < 1 / 6:
            sidecar["toolUseId"] = use.decode()
        (folder / f"agent-{agent}.meta.json").write_bytes(orjson.dumps(sidecar))
    if session.layout == "workflow":  # never a transcript, whatever stands in it
        decoy = {"type": "assistant", "message": {"id": "msg_decoy", "model": "none", "usage": PREVIEW}}
        (folder / "journal.jsonl").write_bytes(orjson.dumps(decoy) + b"\n")
    return thread
