"""What rows look like in bytes: patterns that prove, without decoding a row, what it holds (T12).

They accept only what Claude Code writes, down to the spacing, and of what they go through only plain scalar
fields, so that nothing which a text holds can fool them. A row that they do not match in full is decoded.
Where a key stands twice, the first counts.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from tokenscope.model import Facet

_TEXT = rb'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"'
_SCALAR = rb"(?:" + _TEXT + rb"|null|true|false|[0-9]++)"
_SESSION = rb'"sessionId":"([0-9a-f-]*+)"'
# A field that nobody asks for: not one that is read, nor one that would make the row something else.
_UNREAD = (
    rb'"(?!(?:type|message|sessionId|isSidechain|isApiErrorMessage|attachment|isCompactSummary|forkedFrom)")[A-Za-z]++":'
    + _SCALAR
)

# A text without a quotation mark. Behind one that is escaped nothing can stand that follows this here: a comma and
# the quotation mark of the next key.
_WORD = rb'"[^"]*+"'
# The fields that Claude Code writes before a row's type, or behind its time, in the order in which it writes them:
# going through them is twice as fast as through any names in any order, which is tried only after them.
_BEFORE_PLACE = (
    rb'(?:"parentUuid":(?:null|%b),)?+(?:"logicalParentUuid":(?:null|%b),)?+' % (_WORD, _WORD),
    rb'(?:"promptId":%b,)?+(?:"agentId":%b,)?+' % (_WORD, _WORD),
)
_PLACE = (
    rb'(?:"userType":%b,"cwd":%b,%b,"version":%b,' % (_WORD, _WORD, _SESSION, _WORD)
    + rb'(?:"gitBranch":%b,)?+(?:"agentId":%b,)?+(?:"slug":%b,)?+)?+' % (_WORD, _WORD, _WORD)
    + rb"(?:(?:%b|%b),)*+" % (_SESSION, _UNREAD)
)
_PLACE_BEHIND = rb'(?:,"userType":%b(?:,"entrypoint":%b)?+,"cwd":%b,%b,"version":%b' % (
    _WORD,
    _WORD,
    _WORD,
    _SESSION,
    _WORD,
) + rb'(?:,"gitBranch":%b)?+(?:,"slug":%b)?+)?+(?:,(?:%b|%b))*+\}\r?\Z' % (_WORD, _WORD, _SESSION, _UNREAD)
# A main file's sidechain rows are needed whatever they are, since they chain its inline subagents together:
# there a row of a conversation has to say that it is none before it says what it is.
_IN_MAIN, _IN_SUBAGENT = rb'"isSidechain":false,', rb'(?:"isSidechain":(?:true|false),)?+'

# ------------------------------------------------------------------------- rows that a question does not need

# The last four are types of blocks: the rest of a torn row may begin with one.
_OTHER_TYPE = (
    rb'"type":"(?!assistant"|user"|attachment"|progress"|system"|summary"|ai-title"|custom-title"|agent-name"|pr-link"'
    rb'|continued-in"|worktree-state"|fork-context-ref"|text"|thinking"|image"|document")[a-z-]++"'
)
_NOT_USAGE = (
    rb'"type":(?:"user"'
    rb'|"progress","data":\{"(?:type":"(?!agent_progress")[^"\\\n]*+"|message":\{"type":"user")'
    rb'|"system","subtype":"(?!compact_boundary"|microcompact_boundary"|bridge_status")[^"\\\n]*+"'
    rb")|" + _OTHER_TYPE + rb'|"attachment":\{'
)
_NOT_CONTENT = (
    rb'"type":(?:"progress","data":\{"type":"(?!agent_progress")[^"\\\n]*+"'
    rb'|"system","subtype":"(?!compact_boundary"|microcompact_boundary"|bridge_status")[^"\\\n]*+"'
    rb")|" + _OTHER_TYPE
)
_NOT_TOOLS = (
    rb'"type":(?:"progress","data":\{"type":"(?!agent_progress")[^"\\\n]*+"'
    rb'|"system","subtype":"(?!compact_boundary"|microcompact_boundary"|bridge_status"|api_error"|turn_duration")[^"\\\n]*+"'
    rb")|" + _OTHER_TYPE
)

# ------------------------------------------------------------------------- a response's row without its content

_MODEL, _ID = rb'"model":(?!"<)' + _WORD, rb'"id":"(?:msg_[^"]*+|[A-Za-z0-9_-]{16,}+)"'
_ROLE = rb'"type":"message","role":"assistant"'
_BEFORE_CONTENT = (  # in the order of newer versions, or of older ones
    rb'"message":\{(%b,%b,%b|%b,%b,%b),"content":' % (_MODEL, _ID, _ROLE, _ID, _ROLE, _MODEL)
)
_STAMPS = rb'"uuid":"([0-9a-f-]++)","timestamp":"([0-9TZ:.-]++)"'
# The content may be anything in which no bracket can be the one that closes it: behind that one stands a brace,
# or a comma and the next key. So the first bracket before "stop_reason" is its end, or the row does not match:
# three levels are open before that bracket, as the rest of the row closes three. A quotation mark behind a comma
# cannot stand inside a text, so it is the key.
_CONTENT = rb'[^\]]*+(?:\](?!,"stop_reason":)(?![ \t\r]*+(?:,[ \t\r]*+"|\}))[^\]]*+)*+\],'
_AFTER_CONTENT = rb'("stop_reason":[^}]*+(?:\}(?!,"(?:requestId":"|attribution|type":"assistant"))[^}]*+)*+)\}'
_AFTER_MESSAGE = rb'(?:,"requestId":%b)?+(?:,"attribution[A-Za-z]*+":%b)*+,"type":"assistant",' % (_WORD, _WORD) + (
    _STAMPS + _PLACE_BEHIND
)
_RESPONSE = _BEFORE_CONTENT + rb"\[" + _CONTENT + _AFTER_CONTENT + _AFTER_MESSAGE

# ---------------------------------------------------------------------- a row of which only the content is decoded

# The content ends with the first bracket that what follows the content in such a row follows. Were it another one, what
# stands before it would be no list of JSON's, and it is decoded: so nothing has to be proved of it here.
_RESPONSE_APART = (
    _BEFORE_CONTENT + rb'(\[[^\]]*+(?:\](?!,"stop_reason":)[^\]]*+)*+\]),' + (_AFTER_CONTENT + _AFTER_MESSAGE)
)
# Of a tool's result not the screen's copy, which says it again: a third of all bytes, and with it what follows.
_RESULT_APART = (
    rb'"type":"user","message":\{"role":"user","content":(\[\{"(?:tool_use_id|type":"tool_result)"'
    rb'[^\]]*+(?:\](?!\},"uuid":")[^\]]*+)*+\])\},' + (_STAMPS + rb'(?:,"toolUseResult":(?s:.*+)\Z|%b)' % _PLACE_BEHIND)
)


class Shape(NamedTuple):
    """How the rows of a file are recognised that need not be decoded in full."""

    pattern: re.Pattern[bytes]
    cuts_results: bool  # whether the screen's copy of a tool result may be left out of its row


@cache
def shape(*, in_main: bool, facets: Facet) -> Shape:
    """What matches the beginning of the rows that can be passed over, and all of a response's row.

    A response's row has groups: session, session, the message's fields before its content, those behind it, uuid,
    timestamp, session, session. The session stands in one of four places.

    Where content is wanted, a response's has its content as the fourth group, and a tool's result has groups 10 to 12:
    its content, uuid, timestamp. Where tools are wanted, neither is matched.
    """
    wants_content = bool(facets & (Facet.CONTENT | Facet.TOOLS))
    not_needed = _NOT_TOOLS if Facet.TOOLS in facets else _NOT_CONTENT if wants_content else _NOT_USAGE
    cuts_results = Facet.CONTENT in facets and Facet.TOOLS not in facets
    recognised = rb"(?:" + not_needed + rb")(?=.)"  # something follows, so that it is never taken for a whole row
    if cuts_results:
        recognised += rb"|" + _RESPONSE_APART + rb"|" + _RESULT_APART
    elif not wants_content:
        recognised += rb"|" + _RESPONSE
    fields = (_IN_MAIN if in_main else _IN_SUBAGENT).join(_BEFORE_PLACE) + _PLACE
    pattern = re.compile(rb"\{(?:" + _OTHER_TYPE + rb"(?=.)|" + fields + rb"(?:" + recognised + rb"))")
    return Shape(pattern, cuts_results)
