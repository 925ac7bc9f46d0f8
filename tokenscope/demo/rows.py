"""How Claude Code writes a thread down, and what its responses' counters would have been.

The counters are those of a real context: the floor, and everything that was seen or written since. What a text
weighs is worked out from its length, so that a question that takes the context apart finds what is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

import orjson

Row = dict[str, Any]  # as it stands in a transcript

BYTES_A_TOKEN = 2.9  # every made-up text is plain ASCII, so that characters are bytes
MINUTE = 60_000  # ms
_SPREAD = 0xB7E151628AED2A6ABF7158809CF4F3C7  # odd: successive numbers become unlike ids, each only once
_SEARCHES = {"web_search_requests": 0, "web_fetch_requests": 0}
_THINKING = {"type": "thinking", "thinking": "", "signature": "EpwCCkYICRgCKkDm0tNsw7GDpT0bYxq3VQ4Lh6Kc5R=="}
_WAIT = {"type": "direct"}


class Call(NamedTuple):
    """One use of a tool: what the model asked for, what it got to see and what the screen showed."""

    name: str
    input: Row
    seen: str
    shown: Row | str | list[Row]
    took: int = 400  # ms
    failed: bool = False


class DemoStep(NamedTuple):
    """One response: a text, tool uses, and as many tokens of thinking, which the log does not show."""

    says: str
    calls: Sequence[Call] = ()
    thinks: int = 0


def weight(text: str | bytes) -> int:
    """What a text weighs in the context."""
    return int(len(text) / BYTES_A_TOKEN)


def timestamp(moment: int) -> str:
    """Milliseconds since the epoch as Claude Code writes them."""
    minute, rest = divmod(moment, MINUTE)
    return f"{_minute(minute)}{rest // 1000:02}.{rest % 1000:03}Z"


@cache
def _minute(minute: int) -> str:
    return datetime.fromtimestamp(minute * 60, UTC).strftime("%Y-%m-%dT%H:%M:")


class Ids:
    """Ids that look like any others and are the same every time."""

    __slots__ = ("_last",)

    def __init__(self, first: int) -> None:
        self._last = first

    def digits(self) -> str:
        self._last += 1
        return f"{self._last * _SPREAD % (1 << 128):032x}"

    def uuid(self) -> str:
        digits = self.digits()
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


class ThreadLog:
    """One transcript in the making: its rows, its clock, and the context that the next request would send."""

    def __init__(
        self, ids: Ids, facts: Row, *, now: int, model: str, floor: int, lifetime: int, agent_id: str = ""
    ) -> None:
        """`lifetime` of the cache and `now`: ms. `facts`: what every row repeats of its session."""
        self.rows: list[Row] = []
        self.ids, self.facts, self.agent_id = ids, facts, agent_id
        self.now, self.model, self.floor, self.lifetime = now, model, floor, lifetime
        self.context = floor  # tokens
        self.cached = self.responses = self._responded = 0
        self._cached_model = ""
        self.usage: Row = {}  # of the last response
        self.stamps: Row = {}  # for what a response is made, as its rows say
        self._leaf: str | None = None
        self._prompt_id = ids.uuid()
        self._head: Row = {"isSidechain": bool(agent_id)} | ({"agentId": agent_id} if agent_id else {})

    # --- rows ---

    def add(self, body: Row, tail: Row | None = None, **links: str | None) -> str:
        """A row of the thread's chain; its uuid."""
        uuid, now = self.ids.uuid(), timestamp(self.now)
        stamps = {"timestamp": now, "uuid": uuid} if body.get("type") == "system" else {"uuid": uuid, "timestamp": now}
        self.rows.append(
            {"parentUuid": self._leaf, **links, **self._head, **body, **stamps, **(tail or {}), **self.facts}
        )
        self._leaf = uuid
        return uuid

    def note(self, kind: str, **fields: object) -> None:
        """A row beside the chain: mode, ai-title, queue-operation …"""
        self.rows.append({"type": kind, **fields, "sessionId": self.facts["sessionId"]})

    def system(self, subtype: str, **fields: object) -> None:
        self.add({"type": "system", "subtype": subtype, **fields})

    def attach(self, kind: str, seen: str, **fields: object) -> None:
        """An attachment. `seen`: what of it the model gets to see."""
        self.add({"attachment": {"type": kind, **fields}, "type": "attachment"})
        self.see(seen)

    def prompt(self, words: str) -> None:
        """What a person typed, or what a subagent was asked."""
        self._prompt_id = self.ids.uuid()
        self.stamps.pop("attributionSkill", None)
        body: Row = {"promptId": self._prompt_id, "type": "user", "message": {"role": "user", "content": words}}
        uuid = self.add(body, None if self.agent_id else {"permissionMode": "acceptEdits", "promptSource": "typed"})
        self.see(words)
        if not self.agent_id:
            snapshot = {"messageId": uuid, "trackedFileBackups": {}, "timestamp": timestamp(self.now)}
            self.rows.append(
                {"type": "file-history-snapshot", "messageId": uuid, "snapshot": snapshot, "isSnapshotUpdate": False}
            )

    def meta(self, words: str) -> None:
        """Words that a program puts into the conversation: a skill's body, a command's caveat."""
        self.add({"type": "user", "message": {"role": "user", "content": words}, "isMeta": True})
        self.see(words)

    def api_error(self, words: str) -> None:
        """A limit or an error, told in the conversation by Claude Code itself (T26)."""
        zeros = dict.fromkeys(("input_tokens", "output_tokens"), 0)
        caches = dict.fromkeys(("cache_creation_input_tokens", "cache_read_input_tokens"), 0)
        message: Row = {
            "id": self.ids.uuid(), "container": None, "model": "<synthetic>", "role": "assistant",
            "stop_reason": "stop_sequence", "stop_sequence": "", "type": "message",
            "usage": {**zeros, **caches, "service_tier": None}, "content": [{"type": "text", "text": words}],
        }  # fmt: skip
        self.add({"type": "assistant", "message": message}, {"isApiErrorMessage": True})

    def compact(self, trigger: str, summary: str) -> None:
        """The context so far becomes a summary; the prompt's first part, the floor, is still in the cache."""
        self.now += 45_000
        before, self.context = self.context, self.floor
        self.see(summary)
        about = {"trigger": trigger, "preTokens": before, "postTokens": self.context}
        words = {"content": "Conversation compacted", "isMeta": False}
        logical, self._leaf = self._leaf, None
        self.add(
            {"type": "system", "subtype": "compact_boundary", **words},
            {"level": "info", "compactMetadata": about},
            logicalParentUuid=logical,
        )
        body: Row = {"promptId": self._prompt_id, "type": "user", "message": {"role": "user", "content": summary}}
        self.add(body, {"isVisibleInTranscriptOnly": True, "isCompactSummary": True})
        self.cached = min(self.cached, self.floor * 3 // 4)

    # --- responses ---

    def see(self, text: str) -> None:
        """This is in the context from now on, with the odd reminder that the log does not show (3 %)."""
        seen = weight(text)
        self.context += seen + seen // 32

    def respond(self, step: DemoStep, *, miss: str = "", is_floor: bool = False) -> None:
        """A response and the results of its tool uses. `miss`: why the cache was missed, as logged."""
        blocks: list[Row] = [_THINKING] if step.thinks else []
        if step.says:
            blocks.append({"type": "text", "text": step.says})
        visible = weight(step.says)
        for call in step.calls:
            tool_use_id = f"toolu_01{self.ids.digits()[:22]}"
            blocks.append(
                {"type": "tool_use", "id": tool_use_id, "name": call.name, "input": call.input, "caller": _WAIT}
            )
            visible += weight(orjson.dumps(call.input)) + 12
        self.now += 1_900 + (visible + step.thinks) * 11
        self.usage = self._usage(3 if is_floor else visible + step.thinks + 4, miss)
        stop_reason = None if is_floor else "tool_use" if step.calls else "end_turn"
        diagnostics = {"cache_miss_reason": {"type": miss, "cache_missed_input_tokens": self.cached}} if miss else None
        servers = [call.name.split("__")[1:] for call in step.calls if call.name.startswith("mcp__")]
        of_server = (
            dict(zip(("attributionMcpServer", "attributionMcpTool"), servers[0], strict=True)) if servers else {}
        )
        asked = self._assistant(blocks, stop_reason, diagnostics, self.stamps | of_server)
        self.context += visible
        for call, block, row in zip(step.calls, blocks[-len(step.calls) :], asked[-len(step.calls) :], strict=False):
            self._result(call, block["id"], row)

    def _assistant(self, blocks: list[Row], stop_reason: str | None, diagnostics: Row | None, stamps: Row) -> list[str]:
        """One row a block, as new versions write them: each with the final figures."""
        digits = self.ids.digits()
        told: Row = {"model": self.model, "id": f"msg_01{digits[:22]}", "type": "message", "role": "assistant"}
        stop = {"stop_reason": stop_reason, "stop_sequence": None, "stop_details": None}
        rest = {"requestId": f"req_011C{digits[12:]}", "type": "assistant"}
        uuids = []
        for block in blocks:
            message = {**told, "content": [block], **stop, "usage": self.usage, "diagnostics": diagnostics}
            uuids.append(self.add({"message": message, **rest}, stamps))
            self.now += 240
        return uuids

    def _result(self, call: Call, tool_use_id: str, asked: str) -> None:
        self.now += call.took
        listed = call.name == "Agent" or call.name.startswith("mcp__")
        content: object = [{"type": "text", "text": call.seen}] if listed else call.seen
        block: Row = {"tool_use_id": tool_use_id, "type": "tool_result", "content": content}
        if call.failed:
            block["is_error"] = True
        self._leaf = asked
        self.add(
            {"promptId": self._prompt_id, "type": "user", "message": {"role": "user", "content": [block]}},
            {"toolUseResult": call.shown, "sourceToolAssistantUUID": asked},
        )
        self.see(call.seen)

    def _usage(self, output: int, miss: str) -> Row:
        """The counters of a request that sends the context as it stands now."""
        alive = self.model == self._cached_model and self.now - self._responded <= self.lifetime and not miss
        read = self.cached if alive or not self.responses else 0
        given = 1 + self.responses % 4  # what stands behind the last mark up to which the cache is written
        write = self.context - given - read
        self.cached, self._cached_model, self._responded = read + write, self.model, self.now
        self.responses += 1
        long = write if self.lifetime > 5 * MINUTE else 0
        prompt = {"input_tokens": given, "cache_creation_input_tokens": write, "cache_read_input_tokens": read}
        split = {"ephemeral_1h_input_tokens": long, "ephemeral_5m_input_tokens": write - long}
        counted = {**prompt, "output_tokens": output}
        return {
            **counted, "server_tool_use": _SEARCHES, "service_tier": "standard", "cache_creation": split,
            "inference_geo": "not_available", "iterations": [{**counted, "cache_creation": split, "type": "message"}],
            "speed": "standard",
        }  # fmt: skip
