"""The one name a model has in the price table, whatever the provider that served it calls it."""

from __future__ import annotations

import re

from tokenscope.value import Value

REGIONAL = "regional"  # a provider's endpoint that keeps requests in a region
_PROVIDERS = (
    "openrouter|vertex_ai|vertex|bedrock|bedrock/converse|azure_ai|azure|anthropic|databricks|litellm|litellm_proxy"
    "|github_copilot|sap|aws|google"
)
# All repeats are bounded or cannot overlap, because ids are untrusted: a long one must not take quadratic time.
_ID = re.compile(
    r"(?:arn:aws[a-z-]{0,12}:bedrock:[a-z0-9-]{0,32}:[0-9]{0,12}:(?:inference-profile|foundation-model)/)?"
    rf"(?:(?:{_PROVIDERS})/){{0,3}}"
    r"(?:(?P<region>us|eu|apac|jp|au|ca|us-gov|global)\.)?"
    r"(?:anthropic[./]|anthropic--|databricks-)?"
    r"(?P<name>claude-(?:[a-z]{3,16}-[0-9]{1,2}(?:[.-][0-9]{1,2})?|[0-9]{1,2}(?:[.-][0-9]{1,2})?-[a-z]{3,16}))"
    r"(?P<suffixes>(?:[-@][0-9]{8}|-v[0-9]{1,2}(?::[0-9]{1,2})?|\[1m\]|[-@]latest|@default|-fast|[-:]thinking){0,5})",
    re.IGNORECASE | re.ASCII,
)
_LONG_CONTEXT = "[1m]"
_FIRST_WITH_FAMILY_FIRST = 4  # since Claude 4 a name says its family before its version


class ServedModel(Value):
    """What an id says: the model's name in the price table, and how it was served, in words of a tariff."""

    name: str
    tariff: tuple[str, ...]


def read_model_id(model: str) -> ServedModel:
    """The model that an id names beyond doubt. An id of any other form is its own name, but for a `[1m]`.

    Names are compared exactly: a newer model that merely begins like an older one is another model.
    """
    found = _ID.fullmatch(model)
    if found is None:
        return ServedModel(model.removesuffix(_LONG_CONTEXT), ())
    region, suffixes = (found["region"] or "").lower(), found["suffixes"].lower()
    tariff = ["fast"] if "-fast" in suffixes else []
    if region == "us-gov":  # its prices are published nowhere in this table
        tariff.append("region=us-gov")
    elif region not in ("", "global"):
        tariff.append(REGIONAL)
    return ServedModel(_canonical(found["name"].lower()), tuple(tariff))


def normalise(model: str) -> str:
    """The name that `model` has in the price table."""
    return read_model_id(model).name


def _canonical(name: str) -> str:
    """claude-4.7-opus and claude-opus-4.7 are claude-opus-4-7; claude-haiku-3-5 is claude-3-5-haiku."""
    words = name.replace(".", "-").split("-")[1:]
    family = next(word for word in words if not word.isdigit())
    version = [word for word in words if word.isdigit()]
    if version == ["4", "0"]:  # an alias that Anthropic gives to the first ones of Claude 4
        version = ["4"]
    is_new = int(version[0]) >= _FIRST_WITH_FAMILY_FIRST
    return "-".join(("claude", family, *version) if is_new else ("claude", *version, family))
