"""The one name a model has in the price table, whatever the provider that served it calls it."""

from __future__ import annotations

import re

_PREFIX = re.compile(r"\A(?:(?:us|eu|apac|jp|au|global)\.)?(?:anthropic[./])?")
# The counts are bounded because ids are untrusted: an unbounded repeat takes quadratic time on a long one.
_SUFFIXES = re.compile(r"(?:[-@][0-9]{8}|-v[0-9]{1,2}(?::[0-9]{1,2})?|\[1m\]){1,4}\Z")
_VERSION_DOT = re.compile(r"(?<=[0-9])\.(?=[0-9])")


def normalise(model: str) -> str:
    """`model` without region, provider, snapshot date, Bedrock revision and `[1m]`; version dots as dashes.

    The result is compared exactly: a newer model that merely begins like an older one is another model.
    """
    bare = _SUFFIXES.sub("", _PREFIX.sub("", model))
    return _VERSION_DOT.sub("-", bare)
