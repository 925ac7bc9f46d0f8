"""What is kept of one file's rows."""

import tokenscope.ingest.rows  # noqa: F401 - msgspec has to be imported there first
