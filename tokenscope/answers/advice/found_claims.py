"""What contexts and the floor show that could be changed: what came again, servers that nobody calls, what recurs."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from tokenscope.answers.advice.change import CONTEXT, FLOOR, HABIT, MEMORY, PAUSES, Change, Claim
from tokenscope.answers.context.extensions import Server, measure_extensions
from tokenscope.answers.context.floor import FloorReport
from tokenscope.answers.context.recurring import Recurring, find_recurring
from tokenscope.answers.whatif.replay_facts import ReplayFacts
from tokenscope.answers.whatif.trial import CEILING, REPLAY, SelfCheck
from tokenscope.behaviour.failures import find_trouble
from tokenscope.behaviour.tool_sums import servers_by_session
from tokenscope.history.usage import dollars_of, share_of
from tokenscope.ledger.ledger import Ledger
from tokenscope.ledger.repeats import FILE, OUTPUT, Repeats, cuts_of, find_repeats
from tokenscope.ledger.replay import CostChange, ThreadTurns, added_up
from tokenscope.ledger.replay_results import run_cut, with_smaller_floor
from tokenscope.view import figures

HALF = 2  # what came again is reckoned as needless every other time
NAMED = 3  # files or commands that a text names
CLAUDE_MD = "CLAUDE.md"
FEWEST_LOADED = 3  # sessions with a server that nobody calls


def repeat_claims(facts: ReplayFacts) -> list[Claim]:
    """Files and outputs that came while the same text was still in the context. Needs Facet.CONTENT."""
    found = facts.history.once(find_repeats)
    return [claim for kind in (FILE, OUTPUT) if (claim := _repeat_claim(facts, kind, found)) is not None]


def _repeat_claim(facts: ReplayFacts, kind: str, found: list[Repeats]) -> Claim | None:
    ones = [one for one in found if one.kind == kind and one.tokens]
    if not ones:
        return None
    cuts = cuts_of(ones)
    threads = {facts.history.store.messages[index].thread for index in cuts}
    series = [one for one in facts.series if one.thread in threads]
    by_session = facts.by_session(series, lambda one: _half(run_cut(one, cuts, Fraction(0))))
    total = added_up(by_session.values())
    names = [figures.project_name(one.name) if kind == FILE else one.name.removeprefix("Bash ") for one in ones]
    named = ", ".join(figures.shortened(name, 40) for name in names[:NAMED])
    times, sessions = sum(one.times for one in ones), len(set().union(*(one.sessions for one in ones)))
    if kind == FILE:
        title = "Keep unchanged files from being read again"
        what = f"{figures.plural(times, 'read')} of whole files"
        paste = f"- Do not read a file again that you have read in this session and that has not changed ({named})."
        question = "files"
    else:
        title = "Have commands that keep printing the same print less"
        what = f"{figures.plural(times, 'long output')} of commands"
        paste = f"- Run {named} with a quiet option, or show the last lines only (| tail -30)."
        question = "tools"
    change = Change(
        name=f"repeated-{kind}s",
        title=title,
        saving_usd=dollars_of(-total.price),
        low_usd=dollars_of(-total.price),
        high_usd=dollars_of(-HALF * total.price),
        saving_tokens=-total.tokens,
        share=share_of(-total.price, facts.bill),
        basis=REPLAY,
        evidence=(
            f"{what} in {figures.plural(sessions, 'session')} came while the same was still in the context, "
            f"most of {named}"
        ),
        assumed=["half of them were needed again", "sizes estimated from bytes"],
        self_check=SelfCheck(times, None),
        halves_agree=_halves_agree(facts, by_session),
        kind=MEMORY,
        how=f"add a line to {CLAUDE_MD}",
        paste=paste,
        undo="take the line out again",
        question=question,
    )
    return Claim(change, by_session, frozenset((CONTEXT, PAUSES)))


def _half(change: CostChange) -> CostChange:
    return CostChange(int(change.tokens / HALF), int(change.price / HALF))


def _halves_agree(facts: ReplayFacts, by_session: dict[str, CostChange]) -> bool:
    """Whether both halves of the history would have saved."""
    first = sum(one.price for session_id, one in by_session.items() if session_id in facts.first_half)
    return first < 0 and added_up(by_session.values()).price - first < 0


def server_claims(facts: ReplayFacts, ledger: Ledger, floor: FloorReport) -> list[Claim]:
    """MCP servers that no session called, where the floor stepped up on the day that they came."""
    history = facts.history
    idle = {one.server: one for one in measure_extensions(history, ledger, floor).servers if not one.calls}
    loaded = history.once(servers_by_session)
    claims = []
    for project in floor.projects:
        for step in project.steps:
            names = [name for name in step.announced if name in idle and idle[name].sessions_loaded >= FEWEST_LOADED]
            if not names or len(names) < len(step.announced) or step.after <= step.before:
                continue
            threads = [
                one
                for one in facts.main
                if history.store.sessions[one.session_id].project == project.project
                and loaded.get(one.session_id, set()) & set(names)
            ]
            claims.append(_server_claim(facts, [idle[name] for name in names], threads, step.after - step.before))
    return claims


def _server_claim(facts: ReplayFacts, servers: list[Server], threads: list[ThreadTurns], size: int) -> Claim:
    def change_of(series: ThreadTurns) -> CostChange:
        turns = [turn for turn in series.turns if not turn.idle]  # what a break lost is another change's
        return with_smaller_floor(series._replace(turns=turns), size) if turns else CostChange()

    by_session = facts.by_session(threads, change_of)
    total = added_up(by_session.values())
    names = ", ".join(one.server for one in servers)
    usd = dollars_of(-total.price)
    project = figures.project_name(facts.history.store.sessions[threads[0].session_id].project)
    change = Change(
        name=f"server={servers[0].server}",
        title=f"Turn off the MCP server {names} in {project}",
        saving_usd=usd,
        low_usd=usd,
        high_usd=usd,
        saving_tokens=-total.tokens,
        share=share_of(-total.price, facts.bill),
        basis=REPLAY,
        evidence=(
            f"loaded in {figures.plural(servers[0].sessions_loaded, 'session')} and never called; "
            f"every request started with {figures.tokens(size)} tokens more when it came"
        ),
        assumed=["nothing else grew on that day"],
        self_check=SelfCheck(len(threads), None),
        kind=HABIT,
        how="turn it off in /mcp, or take it out of .mcp.json",
        paste="/mcp",
        undo="turn it on again in /mcp",
        question="context",
    )
    return Claim(change, by_session, frozenset((FLOOR,)))


def recurring_ceilings(facts: ReplayFacts, ledger: Ledger) -> list[Claim]:
    """What recurred most of each kind, as if none of it had been needed."""
    best: dict[str, Recurring] = {}
    for one in find_recurring(ledger, kinds=("file", "search", "command")):
        best.setdefault(one.kind, one)
    return [_recurring_ceiling(facts, one) for one in best.values() if one.list_price_usd]


def _recurring_ceiling(facts: ReplayFacts, one: Recurring) -> Claim:
    name = figures.shortened(figures.project_name(one.label) if one.kind == "file" else one.label, 48)
    done, title, paste, question = {
        "file": (
            "was read whole",
            f"Say in {CLAUDE_MD} what matters in {name}",
            f"- {name}: (what matters in it, and where; read a range of its lines)",
            "files",
        ),
        "search": ("was searched for", f"Say in {CLAUDE_MD} where “{name}” is", f"- {name}: (where it is)", "context"),
        "command": ("ran", f"Have “{name}” print less", f"- Run `{name}` with a quiet option, or for a part.", "tools"),
    }[one.kind]
    times, where = figures.plural(one.occurrences, "time"), figures.plural(one.sessions, "session")
    words = _Words(f"{one.kind}={one.label}", title, f"it {done} {times} in {where}", paste, question)
    return _ceiling(facts, one.list_price_usd or 0.0, one.tokens, words)


def trouble_ceiling(facts: ReplayFacts) -> list[Claim]:
    """Loops, retries and stretches of failures, as if none of their responses had been needed. Needs Facet.TOOLS."""
    found = [one for one in find_trouble(facts.history) if one.kind in ("loop", "failing", "retry")]
    usage = facts.history.sum_of({index for one in found for index in one.messages}).usage()
    if not usage.list_price_usd:
        return []
    times = sum(one.times for one in found)
    words = _Words(
        name="failures",
        title="Have it stop where the same call fails again",
        evidence=f"{figures.plural(times, 'call')} failed in a row, or were made again and again",
        paste="- After the same call has failed twice, stop and say what is missing.",
        question="health",
    )
    return [_ceiling(facts, usage.list_price_usd, usage.total_tokens, words)]


class _Words(NamedTuple):
    name: str
    title: str
    evidence: str
    paste: str
    question: str


def _ceiling(facts: ReplayFacts, usd: float, tokens: int, words: _Words) -> Claim:
    """Dollars and tokens, as if none of it had been needed."""
    change = Change(
        **words._asdict(),
        saving_usd=usd,
        low_usd=0.0,
        high_usd=usd,
        saving_tokens=tokens,
        share=share_of(usd, dollars_of(facts.bill)),
        basis=CEILING,
        kind=MEMORY,
        how=f"add a line to {CLAUDE_MD}",
        undo="take the line out again",
        assumed=["none of it was needed"],
    )
    return Claim(change, {}, frozenset((CONTEXT,)))


def idle_servers(facts: ReplayFacts, ledger: Ledger) -> Iterable[Server]:
    """Servers that several sessions loaded and none called."""
    servers = measure_extensions(facts.history, ledger).servers
    return [one for one in servers if not one.calls and one.sessions_loaded >= FEWEST_LOADED]
