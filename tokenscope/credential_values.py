"""Whether a value is a credential: by what the name before it says, and by what it looks like itself."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

MARK = "•••"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STRONG = _words(
    """
    token tokens secret secrets password passwd passphrase passcode passwort apikey authtoken accesskey secretkey
    privatekey credential credentials authorization
    """
)
_STRONG_ENDS = ("password", "passwd", "passphrase", "secret", "token", "apikey", "secretkey")
WEAK = _words(
    """
    key keys pass pwd pw auth cookie cookies session sessionid sid sig signature psk authkey pat creds cred
    """
)
# What such a name says of it is no secret.
HARMLESS = _words(
    """
    count counts limit limits max min size length len name names file files path paths dir folder url uri id ids
    type types ttl timeout expiry expires expiration expired budget usage used per total number index kind class
    policy rotation algorithm alg format version mode status method field fields column header prefix suffix hash
    hint age enabled required provider manager store storage env var variable template schema generator validator
    usage_tokens reset page test tests map code error errors value_from ref windows window rate rates price input
    output
    """
)
# Words that end like one of these names.
_ALIKE = frozenset(
    ("bypass", "compass", "trespass", "surpass", "encompass", "monkey", "turkey", "hotkey", "donkey", "whiskey")
)
_SEGMENT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PLACEHOLDER = re.compile(
    r"\$|%\w+%|<|\{|\[|\*+$|x{3,}$|\.{3}|…|(?:os|process|env|args|self|config|settings|request|req|options|this|ctx)\.|"
    r"[A-Za-z_][\w.]*[(\[]|(?:none|null|nil|true|false|undefined|yes|no|str|string|int|bytes|required|optional|empty|"
    r"example|changeme|redacted|hidden|your[-_ ].*|my[-_].*|test|stdin|prompt|any|bearer|basic|inherit|same-origin|"
    r"include)$",
    re.IGNORECASE,
)


def bare(value: str) -> str:
    """A value without its quotes."""
    return value.strip("\\\"'`")


def hidden(value: str) -> str:
    """The mark in a value's place, in the quotes that it stood in."""
    opening = re.match(r"\\*[\"']?", value)
    start = opening[0] if opening else ""
    if not start:
        return MARK
    if start[-1] not in "\"'":
        return MARK
    return f"{start}{MARK}{start if value.endswith(start[-1]) else ''}"


def is_placeholder(value: str) -> bool:
    """Whether this stands for a value that is somewhere else, or for none."""
    return value in ("", MARK) or _PLACEHOLDER.match(value) is not None


def looks_random(value: str) -> bool:
    """Letters and digits mixed as no word is: a strong password, a key."""
    if value.startswith(("/", "~", "./", "../", "http:", "https:")) or len(value) < 6:
        return False
    kinds = [any(map(test, value)) for test in (str.isdigit, str.islower, str.isupper)]
    return (kinds[0] and (kinds[1] or kinds[2])) or (len(value) >= 16 and kinds[1] and kinds[2])


@lru_cache(4_096)
def strength(name: str) -> int:
    """What a name says of the value behind it: 2 a secret, 1 a secret if it looks like one, 0 nothing."""
    segments = [one.lower() for one in _SEGMENT.findall(name)]
    while segments and (segments[-1].isdigit() or segments[-1] in ("value", "default", "prod", "dev", "staging")):
        segments.pop()
    if not segments or segments[-1] in HARMLESS:
        return 0
    joined = [*segments, *map("".join, pairwise(segments))]
    if any(one in STRONG or one.endswith(_STRONG_ENDS) for one in joined):
        return 2
    return int(any(one in WEAK or (one.endswith(("key", "pass")) and one not in _ALIKE) for one in joined))


def is_secret(name: str, value: str, *, loose: bool) -> bool:
    """`loose`: what stands between them is as likely prose or code."""
    value, says = bare(value), strength(name)
    if not says or is_placeholder(value) or (value.isdigit() and (len(value) < 6 or name.lower().endswith("tokens"))):
        return False
    if says == 2 and not loose:
        return len(value) >= 3
    if name.lower() == "pwd" or name.lower().endswith("_pwd"):
        return not value.startswith(("/", "~", ".", "\\")) and len(value) > 3 and value[1:2] != ":"
    return looks_random(value)
