"""The rows of a transcript as templates, by the version of Claude Code that writes them."""

from __future__ import annotations

import functools
import json


def shape(value: object, *, spaced: bool) -> bytes:
    """A template for `%`: «name» stands for text inside a string, a string "‹name›" for anything raw."""
    separators = (", ", ": ") if spaced else (",", ":")
    made = json.dumps(value, ensure_ascii=False, separators=separators)
    for mark, word in (('"‹', "%("), ('›"', ")b"), ("«", "%("), ("»", ")b")):
        made = made.replace(mark, word)
    return made.encode()


TOOLS = (
    ["Bash"] * 36 + ["Read"] * 29 + ["Edit"] * 13 + ["Grep"] * 7 + ["TodoWrite"] * 5 + ["Write"] * 5
    + ["Glob"] * 3 + ["mcp__tracker__find"] * 2
)  # fmt: skip

INPUTS: dict[str, object] = {
    "Bash": {"command": "«text»", "description": "«words»"},
    "Read": {"file_path": "«path»"},
    "Edit": {"replace_all": False, "file_path": "«path»", "old_string": "«line»", "new_string": "«text»"},
    "Grep": {"pattern": "«words»", "path": "«cwd»", "output_mode": "content"},
    "TodoWrite": {"todos": [{"content": "«text»", "status": "in_progress", "activeForm": "«words»"}]},
    "Write": {"file_path": "«path»", "content": "«text»"},
    "Glob": {"pattern": "**/*.py"},
    # Objects, not strings: what a search for bytes must not take for a response.
    "mcp__tracker__find": {"query": "«words»", "type": "assistant", "usage": {"input_tokens": 123456789}},
    "Task": {"description": "«words»", "prompt": "«text»", "subagent_type": "Explore"},
}

# A shell command that uses git, and what it does. One in ten commands of the shell is one of these.
GIT: tuple[tuple[bytes, tuple[str, ...]], ...] = (
    (b"git add -A && git commit -m 'fix the queue; git push' && git push", ("add", "commit", "push")),
    (b"cd /srv/data; git -C /srv/data commit --amend --no-edit", ("commit",)),
    (b"git checkout -b try-a-cache", ("branch",)),
    (b"git pull --rebase || git status", ("pull", "status")),
    (b"gh pr create --fill", ("pr_create",)),
)
GIT_ENDINGS = 6  # of the 62 characters that a tool use's id may end in
COUNTED_AS = {"Read": "reads", "Edit": "edits", "Write": "writes"}

PATCH = {"oldStart": 3, "oldLines": 1, "newStart": 3, "newLines": 1, "lines": ["-«line»", "+«line»"]}
PREVIEW = {"input_tokens": 555555555, "output_tokens": 555555555}
RESULTS: dict[str, object] = {
    "Bash": {"stdout": "«text»", "stderr": "", "interrupted": False, "isImage": False},
    "Read": {"type": "text", "file": {"filePath": "«path»", "content": "«text»", "totalLines": 9}},
    "Edit": {"filePath": "«path»", "oldString": "«line»", "newString": "«line»", "originalFile": "«text»",
             "structuredPatch": [PATCH], "userModified": False, "replaceAll": False},
    "Grep": {"mode": "content", "numFiles": 1, "filenames": ["«path»"], "content": "«text»", "numLines": 9},
    "TodoWrite": {"oldTodos": [], "newTodos": [{"content": "«text»", "status": "pending"}]},
    "Write": {"type": "create", "filePath": "«path»", "content": "«text»", "structuredPatch": []},
    "Glob": {"filenames": ["«path»"], "durationMs": 161, "numFiles": 1, "found": "«text»"},
    "mcp__tracker__find": [{"type": "text", "text": "«text»"},
                             {"type": "assistant", "message": {"id": "msg_decoy", "usage": PREVIEW}}],
    "error": "«text»",
    "picture": {"type": "image", "file": {"base64": "«text»", "type": "image/png", "originalSize": 9}},
    "Task": {"status": "completed", "agentId": "«agent_id»", "totalDurationMs": 63484, "content": "«text»",
             "totalTokens": "‹total_tokens›", "totalToolUseCount": 7, "usage": "‹usage›"},
    "async": {"isAsync": True, "status": "async_launched", "agentId": "«agent_id»", "prompt": "«text»"},
}  # fmt: skip

CACHE_SPLIT = {"ephemeral_5m_input_tokens": "‹write_5m›", "ephemeral_1h_input_tokens": "‹write_1h›"}
COUNTERS = {
    "input_tokens": "‹input›",
    "cache_creation_input_tokens": "‹write›",
    "cache_read_input_tokens": "‹read›",
    "output_tokens": "‹output›",
}
ITERATION = {**COUNTERS, "cache_creation": CACHE_SPLIT, "type": "message"}
ADVISOR = {"type": "advisor_message", "model": "«advisor»", **COUNTERS}
SEARCHES = {"web_search_requests": 0, "web_fetch_requests": 0}
USAGES: dict[str, object] = {
    "plain": {**COUNTERS, "service_tier": "standard"},
    "split": {**COUNTERS, "cache_creation": CACHE_SPLIT, "service_tier": "standard"},
    "full": {**COUNTERS, "server_tool_use": SEARCHES, "cache_creation": CACHE_SPLIT, "speed": "standard",
             "inference_geo": "not_available", "service_tier": "standard", "iterations": [ITERATION]},
    "advised": {**COUNTERS, "cache_creation": CACHE_SPLIT, "iterations": [ITERATION, "‹advice›"]},
}  # fmt: skip

MESSAGE = {
    "model": "«model»", "id": "«id»", "type": "message", "role": "assistant", "content": ["‹block›"],
    "stop_reason": "‹stop›", "stop_sequence": None, "usage": "‹usage›",
}  # fmt: skip
LIMIT = "You've hit your session limit · resets 7:20pm"
ZERO = dict.fromkeys(COUNTERS, 0)
SYNTHETIC = {
    "id": "«uuid»", "model": "<synthetic>", "role": "assistant", "type": "message",
    "stop_reason": "stop_sequence", "usage": ZERO, "content": [{"type": "text", "text": LIMIT}],
}  # fmt: skip
BLOCKS = {
    "text": {"type": "text", "text": "«text»"},
    "thinking": {"type": "thinking", "thinking": "", "signature": "«text»"},
}

# Rows that are the same in every version but for the envelope around them: the body, what follows it.
TOOL_RESULT = {"tool_use_id": "«use»", "type": "tool_result", "content": "‹content›"}
FAILED_RESULT = {"type": "tool_result", "content": "‹content›", "is_error": True, "tool_use_id": "«use»"}
PROGRESS = {"toolUseID": "«use»", "parentToolUseID": "«use»"}
HOOK = {
    "type": "hook_progress",
    "hookEvent": "PostToolUse",
    "hookName": "PostToolUse:Read",
    "command": "«line»",
}
OUTPUT = {"type": "bash_progress", "output": "«line»", "fullOutput": "«text»", "elapsedTimeSeconds": 2}
INNER = {"type": "assistant", "timestamp": "«time»", "message": "‹message›", "uuid": "«inner»"}
COPY = {
    "message": INNER, "normalizedMessages": [], "type": "agent_progress", "prompt": "«line»",
    "agentId": "«agent_id»",
}  # fmt: skip
STARTED = {"type": "hook_success", "hookName": "SessionStart:startup", "stdout": "«text»", "exitCode": 0}
REMINDER = {"type": "task_reminder", "content": [{"content": "«text»"}], "itemCount": 1}
FAILURE = {"error": {"message": "«line»"}, "retryInMs": 542.08, "retryAttempt": 1, "maxRetries": 10}
COMPACTION = {"trigger": "auto", "preTokens": "‹before›"}
WRAPPED: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "assistant": ({"message": "‹message›", "requestId": "«request»", "type": "assistant"}, {}),
    "anonymous": ({"message": "‹message›", "type": "assistant"}, {}),
    "synthetic": ({"type": "assistant", "message": SYNTHETIC}, {"isApiErrorMessage": True}),
    "prompt": ({"type": "user", "message": {"role": "user", "content": "«text»"}}, {}),
    "summary": ({"type": "user", "message": {"role": "user", "content": "«text»"}},
                {"isCompactSummary": True}),
    "result": ({"type": "user", "message": {"role": "user", "content": [TOOL_RESULT]}},
               {"toolUseResult": "‹result›", "sourceToolAssistantUUID": "«parent»"}),
    "failed": ({"type": "user", "message": {"role": "user", "content": [FAILED_RESULT]}},
               {"toolUseResult": "‹result›", "sourceToolAssistantUUID": "«parent»"}),
    "hook": ({"type": "progress", "data": HOOK, **PROGRESS}, {}),
    "output": ({"type": "progress", "data": OUTPUT, **PROGRESS}, {}),
    "copy": ({"type": "progress", "data": COPY, **PROGRESS}, {}),
    "attachment": ({"attachment": STARTED, "type": "attachment"}, {}),
    "reminder": ({"attachment": REMINDER, "type": "attachment"}, {}),
    "duration": ({"type": "system", "subtype": "turn_duration", "durationMs": 19208, "messageCount": 24}, {}),
    "failure": ({"type": "system", "subtype": "api_error", "level": "error", **FAILURE}, {}),
    "compaction": ({"type": "system", "subtype": "compact_boundary", "compactMetadata": COMPACTION}, {}),
}  # fmt: skip

# Rows without an envelope.
BACKUPS = {"«path»": {"backupFileName": "«line»", "version": 2}}
SNAPSHOT = {"messageId": "«uuid»", "trackedFileBackups": BACKUPS, "timestamp": "«time»"}
OWN = {"sessionId": "«session»"}
BARE: dict[str, dict[str, object]] = {
    "snapshot": {"type": "file-history-snapshot", "messageId": "«uuid»", "snapshot": SNAPSHOT},
    "ai-title": {"type": "ai-title", "aiTitle": "«words»", **OWN},
    "custom-title": {"type": "custom-title", "customTitle": "«words»", **OWN},
    "agent-name": {"type": "agent-name", "agentName": "«words»", **OWN},
    "titled": {"type": "summary", "summary": "«words»", "leafUuid": "«uuid»"},
    "permission-mode": {"type": "permission-mode", "permissionMode": "default", **OWN},
    "mode": {"type": "mode", "mode": "normal", **OWN},
    "last-prompt": {"type": "last-prompt", "leafUuid": "«uuid»", **OWN},
    "queue-operation": {"type": "queue-operation", "timestamp": "«time»", **OWN, "content": "«line»"},
    "unheard-of": {"type": "unheard-of", **OWN, "usage": PREVIEW},
}

ROW_TYPES = {name: str(body["type"]) for name, body in BARE.items()}
ROW_TYPES |= {name: str(body["type"]) for name, (body, _) in WRAPPED.items()}


@functools.cache
def shapes(era: str, *, agent: bool, spaced: bool) -> dict[str, bytes]:
    """Every template of one Claude Code era; its rows' keys stand in two orders."""
    place = {"userType": "external", "cwd": "«cwd»", "sessionId": "«session»", "version": "«version»",
             "gitBranch": "main"}  # fmt: skip
    head: dict[str, object] = {"parentUuid": "«parent»", "isSidechain": "‹side›"}
    last: dict[str, object] = {"uuid": "«uuid»", "timestamp": "«time»"}
    owner = {"agentId": "«agent_id»"} if agent else {}
    made: dict[str, object] = {**BARE, "message": MESSAGE, "advice": ADVISOR}
    made["nameless"] = {key: value for key, value in MESSAGE.items() if key != "id"}
    for name, (body, tail) in WRAPPED.items():
        if era in ("new", "mid"):
            made[name] = {**head, **owner, **body, **last, **tail, **place}
        else:
            made[name] = {**head, **place, **owner, **body, **last, **tail}
    for prefix, group in (("usage ", USAGES), ("result ", RESULTS), ("block ", BLOCKS)):
        made |= {prefix + name: value for name, value in group.items()}
    for tool, given in INPUTS.items():
        name = "Agent" if tool == "Task" and era == "new" else tool
        made["use " + tool] = {"type": "tool_use", "id": "«use»", "name": name, "input": given}
    return {name: shape(value, spaced=spaced) for name, value in made.items()}
