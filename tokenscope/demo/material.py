"""The made-up projects: what their files hold and what their tests print. Every text is plain ASCII."""

from __future__ import annotations

from tokenscope.value import Value

_PYTHON = (
    '''
@router.get("/things/{thing_id}", response_model=Thing)
async def get_thing(thing_id: UUID, store: Store = Depends(get_store)) -> Thing:
    """One thing, or 404 where there is none."""
    found = await store.things.find(thing_id)
    if found is None:
        raise HTTPException(status_code=404, detail="no such thing")
    return Thing.from_row(found)
''',
    '''
class ThingStore:
    """Things in the database. Every method is one statement."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def free_between(self, start: datetime, end: datetime) -> list[ThingRow]:
        """The things that nobody has taken between start and end, oldest first."""
        rows = await self._pool.fetch(FREE_THINGS, start, end)
        return [ThingRow(**row) for row in rows if row["closed_at"] is None]
''',
    """
async def test_a_taken_thing_is_not_offered(client: Client, make_thing: Factory) -> None:
    thing = await make_thing(state="taken", until=NOON + timedelta(hours=2))
    answer = await client.get("/things", params={"from": NOON.isoformat(), "hours": 2})
    assert answer.status_code == 200
    assert str(thing.id) not in {row["id"] for row in answer.json()["things"]}
""",
)
_TYPESCRIPT = (
    """
export function ThingList({ things, onPick }: ThingListProps) {
  const [query, setQuery] = useState("");
  const shown = useMemo(
    () => things.filter((thing) => thing.name.toLowerCase().includes(query.trim().toLowerCase())),
    [things, query],
  );
  if (shown.length === 0) return <Empty label="No thing matches this search." />;
  return (
    <ul className="thing-list" aria-label="Things">
      {shown.map((thing) => (
        <ThingRow key={thing.id} thing={thing} onPick={() => onPick(thing.id)} />
      ))}
    </ul>
  );
}
""",
    """
export async function fetchThings(range: Range, signal?: AbortSignal): Promise<Thing[]> {
  const url = new URL("/api/things", location.origin);
  url.searchParams.set("from", range.from.toISOString());
  url.searchParams.set("to", range.to.toISOString());
  const response = await fetch(url, { signal, headers: { accept: "application/json" } });
  if (!response.ok) throw new ThingError(response.status, await response.text());
  return thingList.parse(await response.json()).things;
}
""",
)
_RUST = (
    """
impl Thing {
    /// Reads one thing from its line; a line that does not parse is an error with its number.
    pub fn parse(number: usize, line: &str) -> Result<Self, ParseError> {
        let (name, rest) = line.split_once('\\t').ok_or(ParseError::new(number, "no tab"))?;
        let seconds = rest.trim().parse().map_err(|_| ParseError::new(number, "bad seconds"))?;
        Ok(Self { name: name.to_owned(), seconds })
    }
}
""",
    """
pub fn longest_things(things: &[Thing], most: usize) -> Vec<&Thing> {
    let mut sorted: Vec<&Thing> = things.iter().collect();
    sorted.sort_by(|a, b| b.seconds.cmp(&a.seconds).then_with(|| a.name.cmp(&b.name)));
    sorted.truncate(most);
    sorted
}
""",
)
_NOTES = (
    """
## How a thing is chosen

A thing is offered when it is free for the whole time and large enough. Of several the smallest is taken,
so that large ones stay free for those who need them. Nobody may hold two of them at once.

| state  | shown | may be taken | changes to         |
| ------ | ----- | ------------ | ------------------ |
| free   | yes   | yes          | taken, closed      |
| taken  | yes   | no           | free after its end |
| closed | no    | no           | free by hand       |
""",
)
_SHELL = (
    """
# thing: jump to one, or list them all
thing() {
  local name="${1:-}"
  if [[ -z "$name" ]]; then
    print -l -- "$THING_HOME"/*(/:t)
    return
  fi
  cd -- "$THING_HOME/$name" || return 1
}
""",
)
_LINEAR = """\
Two tools families are available. Use list_issues to search and get_issue for one issue with its description.
Comments are written in Markdown. Never close an issue: move it to In Review and say what was done and how it was
tested. Labels are created in the web interface only; ask before an issue is moved to another team or project.
"""


class Project(Value, eq=False):  # each is only itself: a fast key
    """`files`: path and length in blocks, those that are looked at most often first."""

    cwd: str
    nouns: tuple[str, ...]
    blocks: tuple[str, ...]
    files: tuple[tuple[str, int], ...]
    tests: str  # the command
    passed: str  # one line of its output
    checks: str  # the command that finds type errors
    cache_minutes: int
    branch: str = "main"
    server: str = ""  # the instructions of its MCP server
    rules: tuple[str, ...] = ()  # what a hook adds to every prompt


HARBOR = Project(
    "/home/ada/work/harbor-api",
    ("berth", "vessel", "booking", "tide", "mooring", "permit", "webhook", "tariff"),
    _PYTHON,
    (
        ("harbor/routes/bookings.py", 34), ("harbor/store/bookings.py", 40), ("tests/test_bookings.py", 44),
        ("harbor/models.py", 36), ("harbor/routes/webhooks.py", 26), ("harbor/limits.py", 18), ("harbor/app.py", 15),
        ("tests/conftest.py", 21), ("tests/test_webhooks.py", 38), ("harbor/store/invoices.py", 31),
        ("harbor/tariffs.py", 24), ("alembic/versions/0042_tariffs.py", 12),
    ),
    "uv run pytest -v",
    "tests/test_{noun}s.py::test_a_{adjective}_{noun}_is_{verb} PASSED",
    "uv run mypy harbor",
    5,
    rules=("Week of the release: no migration without a way back.", "The staging database is read-only today."),
)  # fmt: skip
TIDEPOOL = Project(
    "/home/ada/work/tidepool-web",
    ("chart", "station", "reading", "sensor", "marker", "panel", "legend", "range"),
    _TYPESCRIPT,
    (
        ("src/charts/TideChart.tsx", 30), ("src/stations/StationList.tsx", 27), ("src/api/readings.ts", 22),
        ("src/charts/TideChart.test.tsx", 33), ("src/state/store.ts", 29), ("src/charts/axes.ts", 19),
        ("src/alerts/AlertPanel.tsx", 23), ("src/App.tsx", 16), ("src/i18n/en.ts", 25), ("e2e/stations.spec.ts", 20),
    ),
    "pnpm vitest run --reporter=verbose",
    " ok  src/{noun}s/{noun}.test.tsx > {noun} > a {adjective} {noun} is {verb}  14ms",
    "pnpm tsc --noEmit",
    60,
    server=_LINEAR,
)  # fmt: skip
KITE = Project(
    "/home/ada/work/kite-cli",
    ("timer", "project", "report", "record", "tag", "break", "preset", "week"),
    _RUST,
    (
        ("src/report.rs", 32), ("src/main.rs", 24), ("src/store.rs", 35), ("src/parse.rs", 28), ("src/week.rs", 22),
        ("tests/report.rs", 30), ("src/export/csv.rs", 20), ("Cargo.toml", 5),
    ),
    "cargo test",
    "test {noun}::tests::a_{adjective}_{noun}_is_{verb} ... ok",
    "cargo clippy --all-targets",
    60,
)  # fmt: skip
NOTES = Project(
    "/home/ada/field-notes",
    ("walk", "shore", "bird", "shell", "storm", "map"),
    _NOTES,
    (("notes/2026-autumn.md", 14), ("site/build.md", 10), ("notes/lichens.md", 18), ("README.md", 8)),
    "make check",
    "checked notes/{noun}s.md: the {adjective} {noun} is {verb}",
    "make links",
    60,
)
DOTFILES = Project(
    "/home/ada/dotfiles",
    ("prompt", "shortcut", "backup", "theme", "key"),
    _SHELL,
    (("zsh/.zshrc", 16), ("zsh/functions.zsh", 20), ("git/.gitconfig", 7), ("install.sh", 12)),
    "make lint",
    "zsh/{noun}.zsh: the {adjective} {noun} is {verb}",
    "shellcheck install.sh",
    60,
)

_ADJECTIVES = ("free", "taken", "closed", "late", "large", "small", "foreign", "broken", "shared", "new", "blank")
_VERBS = ("offered", "refused", "counted", "kept", "sorted_by_time", "written_once", "shown", "charged", "left_out")
_FAILURE = """
=================================== FAILURES ===================================
_______________ a late {noun} is charged from its end, not its start _______________
    expected: 3 rows, the last one with 42.50
         got: 2 rows, the last one with 40.00

      where: {path}:{line}
    {line} |     rows = sorted(found, key=by_time)
      + |     assert len(rows) == 3
        |            ^^^^^^^^^^^^^^ 2 is not 3
"""


def file_lines(project: Project, place: int) -> list[str]:
    """The lines of the project's file at this place: its blocks, about one noun after the other."""
    path, length = project.files[place]
    lines = [f"// {path}" if path.endswith((".rs", ".ts", ".tsx")) else f"# {path}", ""]
    for number in range(length):
        noun = project.nouns[(place + number) % len(project.nouns)]
        block = project.blocks[(place + number * (1 + number // 5)) % len(project.blocks)]
        lines += (
            block.replace("thing", noun).replace("Thing", noun.title()).replace("THING", noun.upper()).split("\n")[1:]
        )
    return lines


def tests_output(project: Project, failing: int) -> str:
    """What a run of the tests prints; the same run prints the same."""
    count = 60 + 4 * len(project.files)
    nouns = project.nouns
    lines = [
        project.passed.format(
            noun=nouns[number % len(nouns)],
            adjective=_ADJECTIVES[number * 5 % len(_ADJECTIVES)],
            verb=_VERBS[number * 7 % len(_VERBS)],
        )
        for number in range(count)
    ]
    text = f"running {count} tests\n\n" + "\n".join(lines)
    for failure in range(failing):
        path, _ = project.files[failure % len(project.files)]
        text += "\n" + _FAILURE.format(noun=nouns[failure % len(nouns)], path=path, line=88 + 31 * failure)
    return text + f"\n\n{failing} failed, {count - failing} passed in 21.4s\n"
