"""Where a credential stands: behind a published prefix, a name, a header, in a URL, given to a command."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from tokenscope.credential_values import MARK, bare, hidden, is_placeholder, is_secret, strength
from tokenscope.value import Value

# One word of a shell, a value of JSON, YAML or TOML: pieces in and out of quotes that stand together.
_VALUE = (
    r"""(?:\\*"(?:[^"\\]|\\(?!")[\s\S])*(?:\\*"|\Z)|'[^']*(?:'|\Z)|\$\{[^}]*\}|\$\([^)]*\)|`[^`]*`|\\\n|\\[^\n"]|"""
    r""",(?=[^\s"'])|[^\s"'`|&;<>(){}\\,])+"""
)
_RANDOM = r"[A-Za-z0-9+/_=.~-]"


class CredentialRule(Value):
    """`words`: where none of them is in a text, in lower case, no match is; `replace`: what becomes of a match.

    A pattern is compiled when it is first needed: all of them take 25 ms, and most histories need few.
    """

    words: tuple[str, ...]
    pattern: str
    flags: int
    replace: Callable[[re.Match[str]], str]

    def applied(self, text: str) -> str:
        """The text with the mark in place of what the rule finds."""
        return _compiled(self.pattern, self.flags).sub(self.replace, text)


@cache
def _compiled(pattern: str, flags: int) -> re.Pattern[str]:
    return re.compile(pattern, flags)


def _parted(found: re.Match[str], value: str) -> tuple[str, str]:
    """A value and what follows it: one inside a quoted text ends with that text."""
    start = found.string.rfind("\n", 0, found.start()) + 1
    before = found.string[start : found.end() - len(value)]
    for quote in "\"'":
        if value[:1] not in "\"'\\" and before.count(quote) % 2 and quote in value:
            inside, _, rest = value.partition(quote)
            return inside, quote + rest
    return value, ""


def _assigned(found: re.Match[str]) -> str:
    name, between = found["name"], found["between"]
    value, rest = _parted(found, found["value"])
    is_quoted = bare(value) != value or value[:1] in "\"'\\"
    to_line_end = found.string[found.end() : found.end() + 1] in ("", "\n", "\r")
    loose = between.strip("\\\"'") != between.strip("\\\"'").strip() and not is_quoted
    if loose and ":" in between and (to_line_end or (strength(name) == 2 and len(value) >= 6)):
        loose = False
    if found.string[found.end() : found.end() + 1] == "(":
        return found[0]  # a call
    if is_secret(name, value, loose=loose):
        return f"{name}{between}{hidden(value)}{rest}"
    return f"{name}{between}{found.re.sub(_assigned, found['value'])}"  # its value may be an assignment


def _flagged(found: re.Match[str]) -> str:
    value, rest = _parted(found, found["value"])
    if not is_secret(found["name"], value, loose=False):
        return found[0]
    return f"--{found['name']}{found['between']}{hidden(value)}{rest}"


def _kept_around(found: re.Match[str]) -> str:
    """For patterns that say all: what is before (1), the value (2), what is after (3)."""
    after = found[3] if found.re.groups > 2 else ""
    value, rest = (found[2], "") if after else _parted(found, found[2])
    return found[0] if is_placeholder(bare(value)) else f"{found[1]}{hidden(value)}{rest}{after}"


def _random_behind(found: re.Match[str]) -> str:
    value = found[2]
    kinds = [any(map(test, value)) for test in (str.isdigit, str.islower, str.isupper)]
    return f"{found[1]}{MARK}" if all(kinds) and "/" not in value[:2] and not is_placeholder(value) else found[0]


def _rule(
    words: str, pattern: str, replace: Callable[[re.Match[str]], str] = _kept_around, flags: int = re.IGNORECASE
) -> CredentialRule:
    return CredentialRule(tuple(words.split()), pattern, flags, replace)


def _command(words: str, names: str, flag: str) -> CredentialRule:
    """The value of a flag of some programs."""
    return _rule(words, rf"""(\b(?:{names})\b[^\n|;]*?\s{flag})({_VALUE})""")


_PREFIXES = (
    r"sk-(?:ant|proj|svcacct|admin|or|lf)-[\w-]{8,}",
    r"sk-(?=[\w-]*\d)[A-Za-z0-9_-]{16,}",
    r"gh[opusr]_[A-Za-z0-9]{10,}",
    r"github_pat_\w{10,}",
    r"gl(?:pat|ptt|dt|rt|cbt|ft|agent|soat|imt|oas)-[\w.-]{10,}",
    r"A(?:KIA|SIA|BIA|CCA)[0-9A-Z]{12,}",
    r"AIza[\w-]{20,}",
    r"ya29\.[\w-]{10,}",
    r"1//0[\w-]{30,}",
    r"GOCSPX-[\w-]{10,}",
    r"xox[a-z](?:\.xox[a-z])?-[\w-]{8,}",
    r"xapp-[\w-]{10,}",
    r"xai-\w{20,}",
    r"[rspw]k_(?:live|test)_\w{8,}",
    r"whsec_[\w+/=]{10,}",
    r"npm_[A-Za-z0-9]{20,}",
    r"pypi-[\w-]{16,}",
    r"(?:hf|gsk|r8|figd|sbp|pul|tfp|nrk|fo1|fm2|lsv2_pt|tvly|ntn|re)_(?=\w*\d)[A-Za-z0-9_]{16,}",
    r"(?:api_org|lin_api|rubygems|pscale_tkn|pscale_pw|dop_v1|doo_v1|dor_v1|glc|glsa|shpat|shpss|shpca|shppa|dckr_pat|"
    r"dckr_oat)_[\w-]{10,}",
    r"SG\.[\w-]{10,}\.[\w-]{10,}",
    r"SK[0-9a-f]{32}",
    r"\d{8,10}:[A-Za-z0-9_-]{35}",
    r"[MNO][A-Za-z\d_-]{23,27}\.[\w-]{6}\.[\w-]{27,}",
    r"hv[brs]\.[\w-]{16,}",
    r"(?:sq0[a-z]{3}|PMAK|key|secret)-[\w-]{30,}",
    r"dapi[0-9a-f]{32}(?:-\d)?",
    r"ATATT[\w=-]{20,}",
    r"EAA[A-Za-z0-9]{40,}",
    r"AGE-SECRET-KEY-1[0-9A-Z]{20,}",
    r"eyJ[\w-]{8,}(?:\.[\w-]*){1,4}",
)
_SCHEMES = r"(?:(?:bearer|basic|token|apikey|digest|negotiate|bot)\s+)?"

_PREFIX = rf"(?<![A-Za-z0-9])(?:{'|'.join(_PREFIXES)})"
# The beginnings of all of them; of some that have none of their own, a word that stands beside them.
_STARTS = (
    "sk- gho_ ghp_ ghr_ ghs_ ghu_ github_pat gl akia asia abia acca aiza ya29 1//0 gocspx xox xapp- xai- _live_ _test_ "
    "whsec_ npm_ pypi- hf_ gsk_ r8_ figd_ sbp_ pul_ tfp_ nrk_ fo1_ fm2_ lsv2 tvly_ ntn_ re_ api_org lin_api rubygems "
    "pscale dop_v1 doo_v1 dor_v1 shp dckr sg. sk0 sk1 sk2 sk3 sk4 sk5 sk6 sk7 sk8 sk9 ska skb skc skd ske skf :aa hv "
    "sq0 pmak key- secret- dapi atatt eaa eyj bot discord token client"
)


def _prefixed(found: re.Match[str]) -> str:
    return _compiled(_PREFIX, 0).sub(MARK, found[0])


_NAMED = r"(?=[\w.-]*(?:key|token|secret|pass|pwd|cred|auth|cookie|session|signature|sig\b|psk|sid\b))"
_WORD = "key token secret pass pwd cred auth cookie session sig= signature psk sid="
PREFIXES = _rule(_STARTS, r"[\w.:/+=-]{14,}", _prefixed, flags=0)
RULES = (
    _rule("-----begin", r"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)([\s\S]*?)(-----END [A-Z0-9 ]*-----|\Z)"),
    PREFIXES,
    _rule(MARK, rf"({MARK}[\s:,;\"'=|]+|{MARK}\W+\w*secret\w*\W+)([A-Za-z0-9/+]{{40}})(?![A-Za-z0-9/+])"),
    _rule("hooks.slack", r"(hooks\.slack\.com/(?:services|workflows|triggers)/)([\w/-]+)"),
    _rule("webhooks/", r"((?:discord(?:app)?\.com|discord\.\w+)/api/(?:v\d+/)?webhooks/)([\w/-]+)"),
    _rule("webhookb2", r"(\w+\.webhook\.office\.com/webhookb2/)([\w@/-]+)"),
    _rule("telegram", r"(api\.telegram\.org/(?:file/)?bot)([\w:-]+)"),
    _rule("://", r"""(\b[a-z][a-z0-9+.-]*://[^\s/@:"'<>]*:)([^\s/"'<>?#]+)(@)"""),
    _rule("://", r"""(\b[a-z][a-z0-9+.-]*://)((?=[^\s/@]*\d)[^\s/:@"'<>]{16,})(@)"""),
    _rule("authorization", rf"""(\bauthorization\\*["']?\s*[:=,]\s*\\*["']?{_SCHEMES})([^\s"'\\,;}}]{{4,}})"""),
    _rule("bearer basic auth", rf"(\b(?:bearer|basic)\s+)((?=[^\s]*[\d=]){_RANDOM}{{8,}})"),
    _rule("cookie", r"""(\b(?:set-)?cookie2?\\*["']?\s*[:=]\s*\\*["']?)([^"'\n\\]*=[^"'\n\\]*)"""),
    _rule("curl", rf"(\bcurl\b[^\n|]*?\s(?:-b|--cookie)[\s=]*)((?=\S*=){_VALUE})"),
    _rule(
        "curl wget http",
        r"(\b(?:curl|wget|https?)\b[^\n|]*?\s(?:-u|-a|--user|--proxy-user|-U|--auth)[\s=]*[\"']?[^\s:\"']+:)([^\s\"']+)",
    ),
    _command(
        "mysql maria 7z",
        "mysql|mysqldump|mysqladmin|mysqlimport|mysqlsh|mariadb|mariadb-dump|7z|7za",
        "-p",
    ),
    _command(
        "sshpass mongo login",
        r"sshpass|mongosh?|mongodump|mongorestore|(?:docker|podman|nerdctl|buildah|skopeo|helm|az)[^\n|;]*?\slogin",
        r"-p[\s=]*",
    ),
    _command("redis-cli", "redis-cli", r"-a[\s=]*"),
    _command("ldap", r"ldap\w+", r"-w[\s=]*"),
    _command("sqlcmd zip", "sqlcmd|unzip|zip", r"-P[\s=]*"),
    _rule(
        "smbclient",
        r"(\bsmbclient\b[^\n|]*?\s-U[\s=]*[\"']?[^\s%\"']+%)([^\s\"']+)",
    ),
    _rule("htpasswd", rf"(\bhtpasswd\s+-\w*b\w*\s+(?:\S+\s+)?\S+\s+)({_VALUE})"),
    _rule(
        "--with-token sudo pass login --stdin secret auth",
        rf"(\b(?:echo|printf)\s+(?:-\w+\s+)*(?:[\"']%s(?:\\n)?[\"']\s+)?)({_VALUE})"
        r"(\s*\|[^\n]*(?:--password-stdin|--with-token|sudo\s+-\w*S|passwd|login|--stdin|secrets?\b|auth\b))",
    ),
    _rule("<<<", rf"((?:--password-stdin|--with-token|\bsecrets?\b|\bauth\b|\blogin\b)[^\n]*?<<<\s*)({_VALUE})"),
    _rule("configure", rf"(\baws\s+configure\s+set\s+\S*(?:key|token|secret)\S*\s+)({_VALUE})"),
    _rule("login", rf"(\b(?:vault|gh|npm|doctl|heroku|flyctl|fly)\s+(?:auth\s+)?login\s+)((?=[^\s-]*\d){_VALUE})"),
    _rule(
        "secret",
        rf"(\b(?:gh|wrangler|vercel|fly|flyctl|heroku|doppler)\s+secrets?\s+set\b[^\n]*?(?:--body|-b)[\s=]+)"
        rf"({_VALUE})",
    ),
    _rule(
        "secrets config:set",
        rf"(\b(?:fly|flyctl|doppler|heroku|railway)\s+(?:secrets|config:?)\s*set\s+\w+=)({_VALUE})",
    ),
    _rule("--from-literal", rf"(--from-literal[=\s]+[\"']?[\w.-]+=)({_VALUE})"),
    _rule("_auth _password", rf"((?:_authToken|_auth|:_password)[\s=\"']+)({_VALUE})"),
    _rule("password", r"(\blogin\s+\S+\s+(?:account\s+\S+\s+)?password\s+)(\S+)"),
    _rule(
        ":*: :5432: :6432:", r"((?:^|(?<=[\s'\"]))[\w.*-]+:(?:\d{2,5}|\*):[^:\s]*:[^:\s]*:)(\S+)", flags=re.MULTILINE
    ),
    _rule("pass:", rf"((?:\s|=|[\"'])pass:)({_VALUE})"),
    _rule(_WORD, rf"--{_NAMED}(?P<name>[a-z][\w-]*)(?P<between>\s+|=)(?!-)(?P<value>{_VALUE})", _flagged),
    _rule(
        _WORD,
        rf"""(?<![\w$.-]){_NAMED}(?P<name>[a-z_](?:[\w.-]*\w)?)(?P<between>\\*["']?\s*(?::=|:(?![:/])|=(?!=))\s*)"""
        rf"(?P<value>{_VALUE})",
        _assigned,
    ),
    _rule(
        "key token secret pass pwd cred auth session cookie",
        r"((?:token|secret|key|passw\w+|pwd|credential|auth|session|cookie)s?\b[\"'`]?(?!\])"
        rf"(?:\s+(?:is|was|to|for \S+ is))?[\s:=\"'`(]+)({_RANDOM}{{20,}})",
        _random_behind,
    ),
)

# Words of prose as well: nothing is looked for where each stands without a value. In lower case, each with its own
# pattern, which Python finds by its first letters.
_PROSE = frozenset(("token", "session", "key", "pass", "auth", "secret", "secrets", "cred", "password", "passwd"))
_OTHERS = {word for rule in RULES if rule is not PREFIXES for word in rule.words} - {MARK} - _PROSE
_PLAIN = tuple(sorted(word for word in _OTHERS if not any(other != word and other in word for other in _OTHERS)))
_VALUED = tuple(
    (
        word,
        re.compile(
            rf"{word}[\w.-]*+(?:[\"'`\\\]]*\s*[:=(]|[\"'`]|\s+(?:[\"'`]|\S*\d|is |was |to |for |set |generic|<))"
        ),
    )
    for word in ("token", "session", "key", "pass", "auth", "secret", "cred")
)
_FLAG = re.compile(r"--[\w-]*(?:token|session|key|pass|auth|secret|cred)")


def may_hold(lowered: str) -> bool:
    """Whether a rule but that of prefixes may find something in this text, which is in lower case."""
    if any(map(lowered.__contains__, _PLAIN)) or ("--" in lowered and _FLAG.search(lowered) is not None):
        return True
    return any(word in lowered and pattern.search(lowered) is not None for word, pattern in _VALUED)
