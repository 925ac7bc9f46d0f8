"""Histories whose contexts are known item by item, in true tokens. The log that is written shows bytes and totals.

    story = tell(History(tmp_path / "config"), Random(1))
    story.history.write()
    story.truth["Read results", "/home/ada/shop/cart.py"].tokens

True sizes come from bytes a token that differ by kind (DENSITY, 2.2 to 3.8, or another table) and a little by item;
nothing of it is in the log. A prompt is floor + inherited + all that is live; the cache holds the prompt before, up
to where something was taken out, unless a break was too long. A response's output is what it said and thought, to
the token, unless the log never got that figure (`is_final`, T27).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

from tests.transcripts import History, ResponseFields, Row, Session, Thread, image, text, thinking, tool_use

# Bytes a token. Prose has many, code fewer, JSON and numbers fewest.
DENSITY = {
    "prompts": 3.6,
    "spawn prompts": 3.6,
    "model text": 3.4,
    "summaries": 3.5,
    "subagent results": 3.5,
    "WebFetch results": 3.8,
    "attachments": 3.2,
    "tool inputs": 2.9,
    "Read results": 2.7,
    "Edit results": 2.8,
    "Write results": 3.2,
    "Bash results": 2.5,
    "Grep results": 2.4,
    "MCP hub results": 2.2,
    "MCP browser results": 2.4,
}
IMAGE = 1_420  # true tokens
FRAME = 20  # bytes of a tool use beside its input
INPUT, WRITE, READ = 10, 20, 1  # dollars a million tokens, as in tests/history
Place = tuple[str, str]  # source and item


@dataclass(slots=True)
class Sum:
    """What a source or an item came to, over all responses; millionths of dollars."""

    tokens: float = 0.0
    price: float = 0.0


@dataclass(slots=True)
class Piece:
    """Something in a context: its true size."""

    place: Place
    tokens: int
    reference: str = ""


@dataclass(slots=True)
class Story:
    """A history in the making, and what is true of it."""

    history: History
    random: Random
    density: dict[str, float]
    thinking: int  # tokens, at most: a response thinks so much, of which the log only says that it did
    is_final: bool  # whether the log got the final output figures
    mix: dict[str, int]  # how often each tool is asked for
    spread: float  # how far an item's density lies from its source's, at most
    truth: dict[Place, Sum] = field(default_factory=lambda: defaultdict(Sum))
    prompt_tokens: int = 0

    def size_in_tokens(self, source: str, size: int) -> int:
        """What so many bytes of a source are: each item has a density of its own."""
        return max(1, round(size / (self.density[source] * self.random.uniform(1 - self.spread, 1 + self.spread))))

    def by_source(self) -> dict[str, Sum]:
        sums: dict[str, Sum] = defaultdict(Sum)
        for (source, _), one in self.truth.items():
            sums[source].tokens += one.tokens
            sums[source].price += one.price
        return sums


class Asked(NamedTuple):
    """A tool that is asked for, and the bytes and images that it returns."""

    tool: str
    source: str
    item: str
    given: Row
    size: int
    images: int = 0


class Known:
    """A thread that knows what is in its context."""

    def __init__(self, story: Story, thread: Thread, *, floor: int, inherited: int = 0) -> None:
        self.story, self.thread, self.random = story, thread, story.random
        self.live = [Piece(("floor", ""), floor)]
        if inherited:
            self.live.append(Piece(("inherited", ""), inherited))
        self.arrived: list[Piece] = []
        self.cached = 0  # tokens of the prefix that the cache holds

    def fork(self, thread: Thread) -> Known:
        """The same context in another thread, which goes on by itself."""
        copy = Known(self.story, thread, floor=0)
        copy.live, copy.arrived, copy.cached = list(self.live), list(self.arrived), self.cached
        return copy

    # --- what arrives ---

    def words(self, source: str, size: int, item: str = "", reference: str = "") -> str:
        """A text of that many bytes, which arrives with the next prompt."""
        self.arrived.append(Piece((source, item), self.story.size_in_tokens(source, size), reference))
        return chr(self.random.randint(97, 122)) * size

    def image(self, item: str = "", reference: str = "") -> Row:
        self.arrived.append(Piece(("images", item), IMAGE, reference))
        return image()

    def prompt(self, size: int, *, images: int = 0) -> None:
        source = "spawn prompts" if self.thread.is_sidechain else "prompts"
        blocks = [text(self.words(source, size)), *(self.image() for _ in range(images))]
        self.thread.prompt(blocks if images else blocks[0]["text"])

    def attach(self, kind: str, size: int) -> None:
        """What a program puts there. A hook's own output and command are not shown to the model."""
        hidden = {"stdout": "s" * 700, "command": "c" * 90} if kind == "hook_success" else {"displayPath": "d" * 30}
        self.thread.attachment(kind, content=self.words("attachments", size, kind), **hidden)

    def hide(self, tokens: int) -> None:
        """Something that the log never tells of."""
        self.arrived.append(Piece(("not logged", ""), tokens))

    def use(self, *asked: Asked) -> list[str]:
        """Asks for these tools in one response, and gets what they return; returns the tool uses' ids."""
        ids = [f"toolu_{self.story.history.count()}" for _ in asked]
        uses = [(reference, one.tool, one.given) for reference, one in zip(ids, asked, strict=True)]
        self.respond(self.random.randint(20, 160), uses=uses)
        for reference, one in zip(ids, asked, strict=True):
            pictures = [self.image(one.tool, reference) for _ in range(one.images)]
            words = self.words(one.source, one.size, one.item, reference)
            self.thread.tool_result(reference, [text(words), *pictures] if pictures else words)
        return ids

    # --- what is sent ---

    def respond(self, words: int, *, uses: Sequence[tuple[str, str, Row]] = ()) -> None:
        """A prompt with all that is there, and the model's answer of so many bytes, which arrives with the next one."""
        self.live += self.arrived
        self.arrived = []
        size = sum(piece.tokens for piece in self.live)
        read = min(self.cached, size - 3)
        self._count(size, read)
        blocks = [text("m" * words)] if words else []
        if words:
            self.arrived.append(Piece(("model text", ""), self.story.size_in_tokens("model text", words)))
        if self.story.thinking:
            blocks.insert(0, thinking(""))
            self.arrived.append(Piece(("thinking", ""), self.random.randint(1, self.story.thinking)))
        for reference, tool, given in uses:
            blocks.append(tool_use(reference, tool, given))
            length = len(self.story.history.encode(given)) - 1 + FRAME
            name = "MCP " + tool.split("__")[1] if tool.startswith("mcp__") else "subagent" if tool == "Task" else tool
            self.arrived.append(Piece(("tool inputs", name), self.story.size_in_tokens("tool inputs", length)))
        fields: ResponseFields = {"input": 3, "cache_read": read, "cache_write": size - read - 3, "blocks": blocks}
        fields["output"] = sum(piece.tokens for piece in self.arrived) if self.story.is_final else 4
        if not self.story.is_final:
            fields["stop_reason"] = None
        self.thread.response(**fields)
        self.cached = size - 3

    def _count(self, size: int, read: int) -> None:
        """Enter every piece of a prompt, the cached prefix at the price of reading."""
        self.story.prompt_tokens += size
        position = 0
        for piece in self.live:
            cheap = min(piece.tokens, max(0, read - position))
            position += piece.tokens
            sums = self.story.truth[piece.place]
            sums.tokens += piece.tokens
            sums.price += cheap * READ + (piece.tokens - cheap) * WRITE
        self.story.truth[self.live[-1].place].price += 3 * (INPUT - WRITE)

    # --- what leaves ---

    def rest(self, minutes: int) -> None:
        """A break; after five minutes the cache is gone."""
        self.story.history.wait(minutes=minutes)
        if minutes > 5:
            self.cached = 0

    def compact(self, summary: int, kept: int) -> None:
        """Everything but the floor goes. So many tokens are kept, which the log does not tell of."""
        self.live = [piece for piece in self.live if piece.place[0] == "floor"]
        self.cached = sum(piece.tokens for piece in self.live)
        self.arrived = [Piece(("kept by compaction", ""), kept)] if kept else []
        self.thread.compaction(summary=self.words("summaries", summary))

    def forget(self, references: Sequence[str]) -> None:
        """A micro-compaction: the cache holds what stood before the first thing that it took out."""
        gone = [piece for piece in self.live if piece.reference in references]
        position = 0
        for piece in self.live:
            if piece in gone:
                break
            position += piece.tokens
        self.cached = min(self.cached, position)
        self.live = [piece for piece in self.live if piece not in gone]
        self.thread.system("microcompact_boundary", microcompactMetadata={"compactedToolIds": list(references)})


# --- the story ---

FLOORS = {"/home/ada/shop": 18_500, "/home/ada/blog": 26_000}
AGENT_FLOOR = 9_500
MIX = {"Read": 3, "Bash": 2, "Grep": 1, "Edit": 1, "Write": 1, "WebFetch": 1, "find": 1, "shot": 1, "Task": 1}
INHERITED = 70_000


def tell(
    history: History,
    random: Random,
    density: dict[str, float] | None = None,
    *,
    thinking: int = 0,
    is_final: bool = True,
    mix: dict[str, int] | None = None,
    spread: float = 0.06,
) -> Story:
    """Two projects of seven sessions each, with everything that the ledger tells apart."""
    story = Story(history, random, density or DENSITY, thinking, is_final, mix or MIX, spread)
    for cwd, floor in FLOORS.items():
        for number in range(7):
            _session(story, cwd, floor, number)
    return story


LIGHT_PROSE = {
    **DENSITY,
    **{"prompts": 2.6, "spawn prompts": 2.7, "model text": 2.6, "summaries": 2.7, "subagent results": 2.5},
    **{"WebFetch results": 2.5, "attachments": 2.4, "tool inputs": 3.4, "Read results": 3.7, "Bash results": 3.4},
    **{"Grep results": 3.2, "MCP hub results": 3.3},
}
EVEN = dict.fromkeys(DENSITY, 2.9)
SEARCHING = {"Read": 1, "Bash": 1, "Grep": 3, "Edit": 2, "Write": 2, "WebFetch": 3, "find": 1, "shot": 2, "Task": 4}
EDITING = {"Read": 4, "Bash": 4, "Grep": 2, "Edit": 5, "Write": 2, "Task": 1}
# What tests and docs/ledger.md try the estimates on: options of `tell`, by what is told of them there.
STORIES: dict[str, dict[str, Any]] = {
    "the densities above": {},
    "the other way round": {"density": LIGHT_PROSE},
    "a tokenizer that makes two fifths more": {"density": {name: one * 0.72 for name, one in DENSITY.items()}},
    "single items that differ by a quarter": {"spread": 0.25},
    "mostly searching and subagents": {"mix": SEARCHING},
    "mostly editing": {"mix": EDITING},
    "thinking that the log leaves out": {"thinking": 400},
    "output figures that were never final": {"is_final": False},
    "both of these": {"thinking": 400, "is_final": False},
}


def _session(story: Story, cwd: str, floor: int, number: int) -> None:
    history, random = story.history, story.random
    session = history.session(f"{cwd[-4:]}-{number}", cwd=cwd)
    known = Known(story, session, floor=floor, inherited=INHERITED if number == 3 else 0)
    known.attach("skill_listing", 1_500)
    for turn in range(random.randint(4, 6)):
        known.prompt(random.randint(60, 900), images=int(random.random() < 0.3))
        if random.random() < 0.4:
            known.attach("file", random.randint(1_500, 6_000))
        references = _turn(known, cwd)
        known.respond(random.randint(400, 2_000))
        if number == 1 and turn == 2:
            known.compact(random.randint(4_000, 7_000), kept=3_000)
        elif number == 2 and turn == 2:
            known.forget(references[:4])
        elif number == 4 and turn == 1:
            known.rest(40)
        elif number == 5 and turn == 1:
            _fork(known, session, cwd)
        elif number % 2 and turn == 0:
            known.hide(4_000)
        known.rest(2)


def _turn(known: Known, cwd: str) -> list[str]:
    """Some tools, one after the other or two at once; returns the ids of their uses."""
    random, references = known.random, []
    for _ in range(random.randint(5, 10)):
        asked = [_asked(known, cwd) for _ in range(random.choice((1, 1, 2)))]
        references += known.use(*asked)
        for one in asked:
            if one.tool == "Task" and isinstance(known.thread, Session):
                _subagent(known, known.thread, cwd)
        if random.random() < 0.25:
            known.attach(random.choice(("hook_success", "task_reminder")), random.randint(150, 900))
    return references


def _asked(known: Known, cwd: str) -> Asked:
    random = known.random
    path = f"{cwd}/{random.choice(('cart.py', 'shop.py', 'list.py', 'tests.py', 'views.py'))}"
    small, large = random.randint(200, 1_500), random.randint(2_000, 14_000)
    command = random.choice(("pytest", "git log", "npm test"))
    edit = {"file_path": path, "old_string": "o" * 400, "new_string": "n" * 900}
    tools = {
        "Read": Asked("Read", "Read results", path, {"file_path": path}, large),
        "Bash": Asked("Bash", "Bash results", command, {"command": f"{command} --quiet"}, large),
        "Grep": Asked("Grep", "Grep results", "basket", {"pattern": "basket", "path": cwd}, small * 2),
        "Edit": Asked("Edit", "Edit results", "", edit, small),
        "Write": Asked("Write", "Write results", "", {"file_path": path, "content": "w" * 3_000}, 120),
        "WebFetch": Asked(
            "WebFetch", "WebFetch results", "", {"url": "https://example.org", "prompt": "p" * 90}, large
        ),
        "find": Asked("mcp__hub__find", "MCP hub results", "find", {"query": "q" * 40}, large),
        "shot": Asked("mcp__browser__shot", "MCP browser results", "shot", {}, small, images=1),
        "Task": Asked(
            "Task", "subagent results", "Explore", {"subagent_type": "Explore", "prompt": "p" * 600}, small * 3
        ),
    }
    return tools[random.choices([*known.story.mix], [*known.story.mix.values()])[0]]


def _subagent(known: Known, session: Session, cwd: str) -> None:
    agent = Known(known.story, session.subagent(), floor=AGENT_FLOOR)
    agent.prompt(620)
    _turn(agent, cwd)
    agent.respond(900)


def _fork(known: Known, session: Session, cwd: str) -> None:
    """A copy that goes on for a while; its first prompt is read from the cache."""
    fork = known.fork(session.fork(f"{session.session_id}-fork"))
    fork.prompt(300)
    _turn(fork, cwd)
    fork.respond(500)
