"""What is said in the made-up month: by the person, by the model, and by Claude Code itself. {noun} is filled in."""

PROMPTS = {
    "ask": (
        "Why is the {noun} read twice here?",
        "What would break if we dropped the old {noun} format?",
    ),
    "tiny": ("Anything new?", "And now?", "What is left?", "Is it still clean?"),
    "explore": ("Where else is a {noun} changed?", "Look around first: who uses the {noun}?"),
    "build": (
        "Good. Now do the same for the {noun}.",
        "Go ahead with the plan.",
        "What about a {noun} that was already closed? Handle that as well.",
        "Split this up, the {noun} code has become too long.",
        "The {noun} should not know about the store. Turn that around, please.",
        "Please add the missing cases for the {noun}, with tests.",
    ),
    "fix": ("Run the tests and fix what fails.", "Run the tests and fix what fails.", "Still red. Have another look."),
    "review": ("Review what changed against main.", "What would you still change before this goes in?"),
    "docs": ("Write down how the {noun} works, for people who are new here.", "The {noun} needs a page in the docs."),
    "ship": ("Commit this and open a pull request.", "commit and push", "Looks good, ship it."),
    "ticket": ("What is the next open issue?", "Say in the issue what we did."),
}
REMARKS = (
    "Let me look at how the {noun} is handled today.",
    "The {noun} is also used here, so this has to change with it.",
    "This test still expects the old {noun}.",
    "Now the second half: the {noun} without an end.",
    "I'll keep the public name and change only what is behind it.",
)
CLOSINGS = (
    "The {noun} is now read once and handed on, instead of being read in three places.",
    "Every path that closes a {noun} goes through the same function.",
    "All tests pass, two of them are new.",
    "I left the old {noun} format readable, because there are still rows that have it.",
    "A {noun} without an end is refused with a clear message.",
    "The slow part was the loop over every {noun}; it is one query now.",
    "You may want to look at the name of the new {noun} column before this is merged.",
    "Nothing outside of this folder had to change.",
    "There is one case that I did not touch: a {noun} that is edited by two people at once.",
    "The types say now which {noun} may be missing, and where it may not.",
)
FINDINGS = (
    "The {noun} is made in one place and changed in four, all of them in the store.",
    "Two callers still build a {noun} by hand; both are older than the rest.",
    "No test reaches the case that a {noun} ends on the day it begins.",
    "A {noun} that was closed can be opened again without a check.",
    "The names differ: what is a {noun} in one file is called an item in the next.",
    "The {noun} is read in a loop, once for each row of the list.",
    "Errors about a {noun} are logged, but nobody is told.",
    "The order of the {noun} list depends on the database, which may change it.",
    "One comment about the {noun} says the opposite of what the code does.",
)
PLAN_STEPS = (
    "Read how the {noun} works today",
    "Write a failing test for the new {noun}",
    "Change the store",
    "Change the callers of the {noun}",
    "Run all tests and the type check",
)
RULES = (
    "Run the tests before you say that something is done.",
    "Small commits, each with a reason in its message.",
    "No new dependency without asking.",
    "Times are UTC inside and local only on the screen.",
)
AGENTS = {
    "Explore": "a fast agent that searches the code and answers questions about it, without changing anything",
    "Plan": "an architect that designs how a change is to be made and lists the files that matter",
    "general-purpose": "an agent for research and for tasks of several steps",
}
SKILLS = {
    "plain-words": "Write documentation in plain words: short sentences, one thought each, no jargon.",
    "release-notes": "Turn the commits since the last tag into release notes for users.",
    "migration-check": "Check a database migration for locks, missing defaults and a way back.",
    "accessibility": "Check a page for keyboard access, contrast and names that a screen reader can say.",
    "flaky-test": "Find out why a test fails only sometimes, and make it fail always.",
    "profile": "Measure where the time goes before anything is made faster.",
    "pdf": "Read, fill in, split and merge PDF files.",
    "spreadsheet": "Read and write spreadsheets, with formulas and without losing their formats.",
}
