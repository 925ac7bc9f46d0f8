"""One small history whose every figure is worked out by hand, at prices that can be multiplied by hand.

Prices in dollars per million tokens (tests/history): Opus input 10, cache write 20 (for an hour 40), cache
read 1, output 50; Sonnet 2, 4 (8), 0.5, 10; Haiku has none. A thousand web searches cost 10.

    response  thread      model   day    input   read  write  of 1 h  output
    msg_a1    shop        Opus    1 June          0  20,000            300
    msg_a2    shop        Opus    1 June     20,000   5,000            500
    msg_a3    shop        Opus    1 June      8,000  18,000            200   after ten minutes; 17,000 of it again
    msg_b1    shop, a1    Haiku   1 June          0   4,000            150
    msg_b2    shop, a1    Haiku   1 June      4,000     500             80   a floor
    msg_c1    blog        Sonnet  2 June          0  10,000  10,000  1,000
    msg_c2    blog        Opus    2 June          0  12,000            400   10,000 of it again; two web searches
    msg_c3    blog        Haiku   none        7   0       0              3
    msg_d1    blog, fork  Sonnet  3 June     12,000     300             50
    sum                                   7  44,000  69,800  10,000  2,683   = 116,490 tokens in 9 responses
"""

from __future__ import annotations

from pathlib import Path

from tests.history import PRICES
from tests.ingest import FIRST, SECOND, THIRD
from tests.transcripts import History, Session, bash_result, text, tool_use

NOW = 1_780_660_800_000  # 2026-06-05T12:00:00Z, in milliseconds
TABLE = 'checked = 2026-06-01\nsource = "a test"\n' + PRICES


def shop(root: Path) -> History:
    """The history above: three sessions in two projects, one subagent, one fork, and a torn row."""
    history = History(root)
    _basket(history.session(FIRST, cwd="/home/ada/shop", model="claude-opus-4-8"))
    blog = history.session(SECOND, cwd="/home/ada/blog", model="claude-sonnet-4-5")
    _post(blog)
    fork = blog.fork(THIRD)
    fork.prompt("Shorter, please.", at="2026-06-03T08:00:00Z")
    fork.response("msg_d1", input=0, cache_read=12_000, cache_write=300, output=50)
    blog.response("msg_c3", model="claude-haiku-4-5", input=7, output=3, row={"timestamp": None})
    return history


def _basket(session: Session) -> None:
    session.prompt("Fix the basket. It loses items.", at="2026-06-01T10:00:00Z")
    read = tool_use("toolu_1", "Read", {"file_path": "/home/ada/shop/basket.py"})
    session.response("msg_a1", input=0, cache_write=20_000, blocks=[text("I look at it."), read], output=300)
    session.tool_result("toolu_1", "1→basket = []\n" * 1_000)
    run = tool_use("toolu_2", "Bash", {"command": "pytest -q"})
    session.response("msg_a2", input=0, cache_read=20_000, cache_write=5_000, blocks=[run], output=500)
    session.tool_result("toolu_2", "3 passed", tool_use_result=bash_result("3 passed"))
    agent = session.subagent("a1", agent_type="Explore", description="Look for other baskets", tool_use_id="toolu_3")
    agent.model = "claude-haiku-4-5"
    agent.prompt("Look for other baskets")
    agent.response("msg_b1", input=0, cache_write=4_000, output=150)
    agent.response("msg_b2", input=0, cache_read=4_000, cache_write=500, output=80, stop_reason=None)
    session.history.wait(minutes=10)
    session.response("msg_a3", input=0, cache_read=8_000, cache_write=18_000, output=200)


def _post(session: Session) -> None:
    session.prompt("Write the post about the harbour", at="2026-06-02T08:00:00Z")
    session.title("The harbour in June")
    session.response("msg_c1", input=0, cache_write=10_000, cache_write_1h=10_000, output=1_000)
    session.raw(b'torn"}\n')
    searches = {"server_tool_use": {"web_search_requests": 2}}
    session.response("msg_c2", model="claude-opus-4-8", input=0, cache_write=12_000, output=400, usage=searches)
