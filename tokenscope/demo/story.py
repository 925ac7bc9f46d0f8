"""The made-up month: who worked on what, when, and in which words. No real person or company is meant."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from tokenscope.demo.material import DOTFILES, HARBOR, KITE, NOTES, TIDEPOOL, Project

MODELS = {
    "opus": "claude-opus-5-5",
    "opus-5": "claude-opus-5",  # until 3 November
    "sonnet": "claude-sonnet-5-5",
    "haiku": "claude-haiku-5-5",
    "fable": "claude-fable-5-2",  # since 9 November
}


def in_ms(text: str) -> int:
    """A time in 2026, UTC, as milliseconds since the epoch."""
    return int(datetime.fromisoformat(f"2026-{text}:00+00:00").timestamp()) * 1000


NOW = in_ms("11-20 18:00")
LINEAR_SINCE = in_ms("11-04 08:00")  # from then on the web project has an MCP server
_VERSIONS = ((in_ms("11-13 08:00"), "2.1.263"), (in_ms("11-02 08:00"), "2.1.258"), (0, "2.1.251"))


class SessionPlan(NamedTuple):
    """One session. `turns`: kinds of prompts (see turns.py), and what happens between them (see session.py).

    A kind may have a number, "tiny:9" is nine of them; "pause:75" is a break of so many minutes.
    """

    at: str
    project: Project
    model: str
    branch: str
    title: str  # "": its first prompt has to do
    prompt: str
    turns: str

    @property
    def start(self) -> int:
        return in_ms(self.at)

    @property
    def version(self) -> str:
        return next(version for since, version in _VERSIONS if since <= self.start)


PLANS = (
    SessionPlan("10-21 08:40", HARBOR, "opus-5", "webhook-limits", "Rate limits for the webhook endpoint",
         "The ferry operators send their webhooks in bursts and we drop some. Add rate limits per operator.",
         "explore build build review fix ship"),
    SessionPlan("10-21 14:05", TIDEPOOL, "sonnet", "chart-legend", "Chart legend that can be clicked",
         "Clicking an entry of the chart's legend should hide its line. Start with @src/charts/TideChart.tsx.",
         "build fix build ship"),
    SessionPlan("10-22 09:15", HARBOR, "opus-5", "webhook-limits", "Webhook retries with a growing delay",
         "A webhook that fails is tried again at once. Use a delay that grows, and give up after a day.",
         "build fix pause:62 build review ship"),
    SessionPlan("10-22 19:30", DOTFILES, "sonnet", "main", "Prompt that shows the branch",
         "Show the git branch in my shell prompt, but only inside a repository.", "ask build ship"),
    SessionPlan("10-23 08:55", KITE, "sonnet", "weekly-report", "Weekly report with totals per project",
         "I want `kite report --week` to print totals per project and per tag.",
         "explore build fix build build docs ship"),
    SessionPlan("10-23 13:20", HARBOR, "opus-5", "invoice-rounding", "Invoices that are a cent off",
         "Some invoices are a cent off when a booking spans two tariffs. Find out why before you change anything.",
         "explore ask build fix review ship"),
    SessionPlan("10-24 10:10", NOTES, "sonnet", "main", "Autumn notes in order",
         "Put the autumn notes in order by shore, then by date.", "docs build ship"),
    SessionPlan("10-26 08:30", TIDEPOOL, "opus-5", "station-search", "Search over all stations",
         "The station list needs a search that forgives typing errors. It has 4,000 entries, so keep it fast.",
         "explore build build fix pause:85 build review ship"),
    SessionPlan("10-26 14:45", HARBOR, "sonnet", "main", "",
         "Run the tests and fix what fails.", "fix fix ship"),
    SessionPlan("10-27 09:05", HARBOR, "opus-5", "tariff-history", "Tariffs with a history",
         "A tariff can change during the year. Bookings keep the tariff of the day on which they were made.",
         "explore build build compact build fix review ship"),
    SessionPlan("10-27 15:30", KITE, "sonnet", "weekly-report", "Weeks that begin on Sunday",
         "Some people start their week on Sunday. Make it a setting.", "build fix ship"),
    SessionPlan("10-28 08:50", TIDEPOOL, "opus-5", "station-search", "Search results by distance",
         "Sort the search results by distance when we know where the user is.", "build fix build build ship"),
    SessionPlan("10-28 13:40", HARBOR, "opus-5", "tariff-history", "Backfill of old tariffs",
         "Write the migration that gives every old booking its tariff. It has to run without a lock on the table.",
         "explore build fix overload pause:12 build review"),
    SessionPlan("10-29 09:20", HARBOR, "opus-5", "tariff-history", "Backfill in small batches",
         "The migration takes too long. Do it in batches of 500 and make it safe to stop.",
         "build fix build pause:75 fix review ship"),
    SessionPlan("10-29 16:10", DOTFILES, "opus-5", "main", "Backup script in small steps",
         "What is the current branch, and is anything staged?", "tiny:16"),
    SessionPlan("10-30 08:45", TIDEPOOL, "sonnet", "alerts", "Alert panel for high water",
         "Add a panel with the alerts for high water. The newest one comes first.",
         "explore build build fix build ship"),
    SessionPlan("10-30 14:00", KITE, "sonnet", "csv-export", "CSV export that spreadsheets can open",
         "Export the entries as CSV. Names that begin with = must not become formulas.", "build fix docs ship"),
    SessionPlan("10-31 11:00", NOTES, "sonnet", "main", "Map of the walks", "Draw a map of the walks from the notes.",
         "ask build"),
    SessionPlan("11-02 08:35", HARBOR, "opus-5", "operator-portal", "Operator portal: bookings",
         "Operators want to see their own bookings. Add the routes, with paging and a filter by state.",
         "explore build build fix build review ship"),
    SessionPlan("11-02 15:15", TIDEPOOL, "sonnet", "alerts", "",
         "Run the tests and fix what fails.", "fix build fix ship"),
    SessionPlan("11-03 09:00", HARBOR, "opus-5", "operator-portal", "Operator portal: who may see what",
         "An operator must never see another operator's bookings. Check every route and add tests.",
         "explore build fix queue build limit:95 fix review ship"),
    SessionPlan("11-03 15:40", KITE, "sonnet", "csv-export", "Faster start of the command line",
         "`kite` takes 300 ms to start. Find out where the time goes.", "ask build fix ship"),
    SessionPlan("11-04 08:50", TIDEPOOL, "opus", "tide-214", "Chart that follows the selected range",
         "Look at TIDE-214 and tell me what is left to do.", "ticket build build fix pause:70 build review ship"),
    SessionPlan("11-04 16:00", HARBOR, "sonnet", "main", "Log lines without names",
         "Names of people must not end up in the logs. Find them all.", "explore build fix ship"),
    SessionPlan("11-05 09:10", TIDEPOOL, "opus", "tide-218", "Offline mode for the station list",
         "Look at TIDE-218. The list should work offline with what was loaded last.",
         "ticket explore build build fix build lose:tools_changed review ship"),
    SessionPlan("11-05 15:05", HARBOR, "opus", "operator-portal", "Operator portal: exports",
         "Add an export of an operator's bookings, streamed, so that large ones do not fill the memory.",
         "build fix build build review ship"),
    SessionPlan("11-06 08:40", KITE, "sonnet", "time-zones", "Entries across time zones",
         "An entry that was started in one time zone and stopped in another has the wrong length.",
         "explore build fix model:opus build fix docs ship"),
    SessionPlan("11-06 14:30", TIDEPOOL, "sonnet", "tide-218", "",
         "Run the tests and fix what fails.", "fix fix build ship"),
    SessionPlan("11-07 17:20", DOTFILES, "sonnet", "main", "Install script for a new laptop",
         "Let the install script run twice without harm.", "build fix ship"),
    SessionPlan("11-09 08:45", HARBOR, "opus", "berth-swap", "Swapping two berths",
         "Two vessels should be able to swap their berths in one step, or not at all.",
         "explore build build fix pause:66 build review ship"),
    SessionPlan("11-09 15:30", TIDEPOOL, "opus", "tide-221", "Readings that arrive late",
         "Look at TIDE-221. Late readings are drawn at the wrong time.", "ticket build fix build build review ship"),
    SessionPlan("11-10 09:05", HARBOR, "opus", "berth-swap", "Swaps under load",
         "Two swaps at the same time can deadlock. Reproduce it in a test first.",
         "explore build fix fix build lose review ship"),
    SessionPlan("11-10 16:20", NOTES, "sonnet", "main", "Lichens get a page of their own",
         "Move the lichens out of the autumn notes into a page of their own.", "docs build ship"),
    SessionPlan("11-11 08:50", TIDEPOOL, "opus", "tide-224", "Sensor page: first version",
         "Look at TIDE-224 and build the sensor page. Reuse what the station page has.",
         "ticket explore build build build fix rename review ship"),
    SessionPlan("11-11 15:10", KITE, "sonnet", "time-zones", "Report that fits a narrow terminal",
         "The report breaks below 60 columns. One fact a line would be fine there.", "build fix docs ship"),
    SessionPlan("11-12 09:00", HARBOR, "opus", "tide-gates", "Tide gates: opening times",
         "A harbour with a tide gate can only be entered at high water. Take this into account for bookings.",
         "explore build build compact build fix pause:90 fix review ship"),
    SessionPlan("11-12 16:00", TIDEPOOL, "sonnet", "tide-224", "",
         "Run the tests and fix what fails.", "fix build fix ship"),
    SessionPlan("11-13 08:40", HARBOR, "opus", "tide-gates", "Tide gates: forecasts",
         "Use the tide forecasts for the gates, and fall back to the tables when there are none.",
         "build build fix build review ship"),
    SessionPlan("11-13 14:50", TIDEPOOL, "opus", "tide-230", "Keyboard access for the chart",
         "Look at TIDE-230. Everything the mouse can do on the chart must work from the keyboard.",
         "ticket build fix build build review ship"),
    SessionPlan("11-15 15:30", DOTFILES, "sonnet", "main", "Aliases that are never used",
         "Which of my aliases did I not use in a year? Remove them.", "ask build ship"),
    SessionPlan("11-16 08:35", HARBOR, "opus", "tide-gates", "Tide gates: what the operator sees",
         "Show in the portal when a gate opens next, and why a booking was refused.",
         "explore build build fix overload pause:8 build review ship"),
    SessionPlan("11-16 15:20", KITE, "sonnet", "release-2", "Release notes for 2.0",
         "Write the release notes for 2.0 from the commits since 1.8.", "docs docs fix ship"),
    SessionPlan("11-17 09:10", TIDEPOOL, "opus", "tide-233", "One store for all stations",
         "The state of the stations is in three places. Bring it into one store, step by step, tests green in between.",
         "explore build build build fix pause:80 build lose:messages_changed fix review lose ship"),
    SessionPlan("11-18 08:50", HARBOR, "opus", "slow-search", "Slow search for free berths",
         "The search for free berths takes two seconds in August. Measure first, then make it fast.",
         "explore ask build fix build fix review ship"),
    SessionPlan("11-18 15:00", TIDEPOOL, "opus", "tide-233", "",
         "Run the tests and fix what fails.",
         "fix fix build build ship"),
    SessionPlan("11-19 08:40", HARBOR, "opus", "slow-search", "An index for the search",
         "Add the index without a lock, and prove with a plan that the search uses it.",
         "build fix build pause:64 review build ship"),
    SessionPlan("11-19 15:15", DOTFILES, "fable", "main", "Questions about the install script",
         "Is anything in here not committed yet?", "tiny:20"),
    SessionPlan("11-20 08:45", TIDEPOOL, "opus", "tide-236", "Station page that loads in parts",
         "Look at TIDE-236. The station page should show something within a second on a slow phone.",
         "ticket explore build build fix build review ship"),
    SessionPlan("11-20 14:10", HARBOR, "opus", "slow-search", "Cache for the berth search",
         "The same search is asked ten times a minute. Cache it for as long as it stays true.",
         "build build fix build review ship"),
)  # fmt: skip
