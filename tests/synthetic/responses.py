"""Responses: what they cost, how that stands in the log, and the rows that they are written in."""

from __future__ import annotations

from dataclasses import replace

from tests.synthetic.rows import SHARES, RowWriter
from tests.synthetic.session import FLOORS, Response, git_command, identify
from tests.synthetic.shapes import INPUTS
from tests.synthetic.truth import Figures
from tests.synthetic.words import code, letters, prose, uuid


class ResponseWriter(RowWriter):
    """Writes the rows of responses."""

    def compose(self) -> Response:
        """Decide a response's figures: the prompt grows, and the cache has what it had before."""
        rng, session = self.rng, self.session
        size = self.size + max(1, self.grown)
        self.grown = 0
        fed = rng.randint(1, 12) if rng.random() < 0.9 else rng.randint(100, 2400)
        read = self.cached
        if self.cold:
            read = rng.choice((0, self.floor // 2, self.floor - 3000))
            self.cold = False
        if session.style not in ("anthropic", "uuid"):  # no cache writes
            fed = max(fed, size - read)
        fed = min(fed, size - read)
        while not session.fresh((fed, read, size - fed - read)):
            fed, size = fed + 1, size + 1
        write = size - fed - read
        self.size, self.cached = size, size - fed
        output = min(32_000, max(10, int(240 * rng.lognormvariate(0, 1.15))))
        hour = write if session.is_hour and not self.agent else 0
        figures = Figures(1, fed, output, read, write, write - hour, hour, size + output)
        return self.describe(figures)

    def describe(self, figures: Figures) -> Response:
        """How the figures stand in the log: with a split of the cache writes, without, with iterations."""
        rng, session = self.rng, self.session
        usage = "full" if session.era == "new" else "split"
        response = Response(identify(session.style, rng), self.model, usage, {}, figures)
        if figures.ephemeral_1h_input_tokens == 0 and rng.random() < 0.3:
            response.usage = "plain"
        elif session.era == "new" and session.style == "anthropic" and rng.random() < 1 / 300:
            response.usage, response.advisor = "advised", "claude-opus-4-8"
            response.advice = Figures(0, 1200 + rng.randint(0, 900), 310, 0, 0, 0, 0, 0)
            response.advice.total_tokens = response.advice.input_tokens + response.advice.output_tokens
        hour, short = figures.ephemeral_1h_input_tokens, figures.ephemeral_5m_input_tokens
        counters = {
            b"input": figures.input_tokens, b"read": figures.cache_read_input_tokens,
            b"write": figures.cache_creation_input_tokens, b"write_5m": short, b"write_1h": hour,
        }  # fmt: skip
        if session.style == "uuid" and rng.random() < 0.3:
            counters[b"write_5m"] = short // 2  # a proxy's split that does not sum: the rest counts as 5m
        response.counters = {key: b"%d" % value for key, value in counters.items()}
        if session.style in ("hex", "short"):
            for key, value in counters.items():
                response.counters[key] = b"%d" % value if value else b"null"
        return response

    def outputs(self, response: Response, count: int) -> list[int]:
        """`output_tokens` of each row: it grows in a quarter of the responses; now and then it falls."""
        final = response.figures.output_tokens
        if count == 1 or self.rng.random() > 0.38:
            return [final] * count
        if self.rng.random() < 0.002:
            return [self.rng.randint(1, 9)] * (count - 2) + [final, final - 1]
        return [self.rng.randint(1, 9)] * (count - 1) + [final]

    def is_floor(self, outputs: list[int]) -> bool:
        """Whether the log never gets the final figure: no row with the largest output has a stop reason."""
        chance = FLOORS[self.session.era][1 if self.agent else 0]
        return outputs[-1] == max(outputs) and self.rng.random() < chance

    def credit(self, response: Response) -> None:
        truth = self.session.truth
        truth.count(self, response.model, self.clock, response.figures)
        if response.advice:
            truth.count(self, response.advisor, self.clock, response.advice)

    def usage(self, response: Response, output: int) -> bytes:
        values = {**response.counters, b"output": b"%d" % output}
        if response.advice:
            asked, answered = response.advice.input_tokens, response.advice.output_tokens
            advice = {b"input": b"%d" % asked, b"output": b"%d" % answered, b"read": b"0", b"write": b"0"}
            values[b"advice"] = self.shapes["advice"] % (advice | {b"advisor": response.advisor.encode()})
        return self.shapes["usage " + response.usage] % values

    def row(self, response: Response, step: str, use: bytes, *, output: int, stop: bytes) -> None:
        """One row of a response: one content block, and the whole usage."""
        self.values[b"use"] = use
        block = self.block(step, use)
        style, chance = self.session.style, self.rng.random()
        if output < response.figures.output_tokens and style == "anthropic" and chance < 0.002:
            # A fallback in mid-stream: the row with the largest output is the one that counts.
            other = response.counters | {b"read": b"0"}
            response = replace(response, model="claude-sonnet-4-6", counters=other)
        message = self.shapes["nameless" if style == "none" else "message"] % {
            b"model": response.model.encode(), b"id": response.id.encode(), b"block": block,
            b"stop": stop, b"usage": self.usage(response, output),
        }  # fmt: skip
        name = "assistant" if style in ("anthropic", "req_vrtx_") else "anonymous"
        own = uuid(self.rng)
        self.mirror(message, own)
        request = self.requests.setdefault(response.id, ("req_011" + letters(self.rng, 12)).encode())
        self.put(name, message=message, request=request, uuid=own)

    def block(self, step: str, use: bytes) -> bytes:
        """A content block; Write and Edit hold the longest texts, some hold bytes that are no Unicode."""
        rng = self.rng
        large, spread = {"Write": (3800, 1.0), "Edit": (1300, 1.0), "Task": (1500, 1.0), "thinking": (600, 1.4),
                         "text": (100, 1.75)}.get(step, (130, 1.2))  # fmt: skip
        size = large * rng.lognormvariate(0, spread)
        text = (code() if step in INPUTS else prose()).cut(rng, size)
        if rng.random() < 1 / 4000:
            text += rng.choice((rb"\ud83d", b"\xff\xfe", rb"\udc00 \ud800"))
        self.values[b"text"] = git_command(use)[0] or text if step == "Bash" else text
        return self.shapes[("use " if step in INPUTS else "block ") + step] % self.values

    def mirror(self, message: bytes, own: bytes) -> None:
        """Stand in the parent's file too, as progress of a subagent."""
        parent, written = self.parent, self.session.written
        if parent is None or parent.file is None or self.agent in ("", "inline"):
            return
        has_share = written["progress"] > SHARES["progress"] * sum(written.values())
        if self.file is None or (self.session.era in ("floor", "mid") and not has_share):
            agent, now = parent.values[b"agent_id"], parent.clock
            parent.clock = self.clock
            parent.put("copy", message=message, inner=own, agent_id=self.agent.encode())
            parent.values[b"agent_id"], parent.clock = agent, now
