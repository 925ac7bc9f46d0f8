"""From bytes to rows, and what single fields of a row mean."""

import tokenscope.value  # noqa: F401 - which lets msgspec in at a fraction of the time
