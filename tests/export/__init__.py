"""A small history of things done whose every figure is worked out by hand, and exports of it.

    response  thread    at        tools                                       input  read   write  output
    msg_1     shop      10:00:01  Read a.py                                   1      0      1,000  10
    msg_2     shop      10:01:10  Edit a.py, +2 -1; Edit a.py, an error       1      1,000  100    20
    msg_3     shop      10:01:40  Write b.py, new, 2 lines; git commit        1      1,100  100    30
    msg_4     shop, a1  10:02:00  Edit b.py, +1 -1                            1      0      500    40
    msg_5     shop      10:05:00  git commit, an error; gh pr create          1      1,200  100    50
    msg_6     blog      next day  none                                        1      0      2,000  60
    sum                                                                       6      3,300  3,800  210   = 7,316

"sesame" stands wherever somebody's words stand: in prompts, a title, commands and errors.
"""

from __future__ import annotations

from pathlib import Path

from tests.ingest import FIRST, SECOND
from tests.transcripts import History, bash_result, create_result, edit_result, tool_use

A, B = "/home/ada/shop/a.py", "/home/ada/shop/b.py"
LINK = "https://github.com/ada/shop/pull/7"


def what_was_done(root: Path) -> History:
    history = History(root)
    shop = history.session(FIRST, cwd="/home/ada/shop", model="claude-opus-4-8")
    shop.prompt("Open, sesame", at="2026-06-01T10:00:00Z")
    shop.title("Sesame seeds and sesame oil")
    shop.response("msg_1", cache_write=1_000, output=10, blocks=[tool_use("toolu_1", "Read", {"file_path": A})])
    shop.tool_result("toolu_1", "1→basket = []", at="2026-06-01T10:00:02Z")
    edit = {"file_path": A, "old_string": "x", "new_string": "y\nz"}
    blocks = [tool_use("toolu_2", "Edit", edit), tool_use("toolu_3", "Edit", edit)]
    shop.response("msg_2", cache_read=1_000, cache_write=100, output=20, blocks=blocks, at="2026-06-01T10:01:10Z")
    shop.tool_result("toolu_2", "done", tool_use_result=edit_result(A, "x", "y\nz"))
    shop.tool_result("toolu_3", "no such string: sesame", is_error=True)
    write = tool_use("toolu_4", "Write", {"file_path": B, "content": "1\n2\n"})
    commit = tool_use("toolu_5", "Bash", {"command": "git commit -m 'sesame'"})
    shop.response(
        "msg_3", cache_read=1_100, cache_write=100, output=30, blocks=[write, commit], at="2026-06-01T10:01:40Z"
    )
    shop.tool_result("toolu_4", "done", tool_use_result=create_result(B, "1\n2\n"))
    shop.tool_result("toolu_5", "[main abc1234] sesame", tool_use_result=bash_result("[main abc1234] sesame"))
    agent = shop.subagent("a1", description="Look for sesame")
    agent.prompt("Find the sesame")
    edit = {"file_path": B, "old_string": "1", "new_string": "3"}
    agent.response(
        "msg_4", cache_write=500, output=40, blocks=[tool_use("toolu_6", "Edit", edit)], at="2026-06-01T10:02:00Z"
    )
    agent.tool_result("toolu_6", "done", tool_use_result=edit_result(B, "1", "3"))
    again = tool_use("toolu_7", "Bash", {"command": "git commit -m 'more sesame'"})
    request = tool_use("toolu_8", "Bash", {"command": "gh pr create --title sesame"})
    shop.response(
        "msg_5", cache_read=1_200, cache_write=100, output=50, blocks=[again, request], at="2026-06-01T10:05:00Z"
    )
    shop.tool_result("toolu_7", "fatal: no sesame", is_error=True)
    shop.tool_result("toolu_8", LINK, tool_use_result=bash_result(LINK))
    blog = history.session(SECOND, cwd="/home/ada/blog", model="claude-sonnet-4-5")
    blog.prompt("More about sesame", at="2026-06-02T08:00:00Z")
    blog.response("msg_6", cache_write=2_000, output=60)
    return history
