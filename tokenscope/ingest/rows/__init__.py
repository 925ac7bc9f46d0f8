"""From bytes to rows, and what single fields of a row mean."""

import tokenscope.value  # noqa: F401 - msgspec has to be imported there first
