"""Rates that an organisation has agreed on, as Claude Code's own setting has them, over the packaged list prices."""

from __future__ import annotations

from decimal import Decimal

from tokenscope.model import Contract, ContractRates
from tokenscope.pricing.model_id import normalise
from tokenscope.pricing.table import PER_MILLION, LongPrompt, Rates, Row, Table

_ONE = Decimal(1)


def contracted(table: Table, contract: Contract) -> Table:
    """`table` at the rates of a contract. It gives no days: they hold for the whole history.

    An overridden model costs exactly what stands there, however it was served and however long its prompt.
    """
    models = {model: tuple(_scaled(row, contract) for row in rows) for model, rows in table.models.items()}
    for model, rates in reversed(list(contract.overrides.items())):  # of two spellings of a model, the first one holds
        name = normalise(model)
        models[name] = (_overridden(name, rates, contract),)
    return table._replace(models=models, contract=contract.source)


def _scaled(row: Row, contract: Contract) -> Row:
    if contract.multiplier == _ONE:
        return row
    long_prompt = row.long_prompt
    if long_prompt is not None:
        long_prompt = LongPrompt(long_prompt.above, _times(long_prompt.rates, contract.multiplier))
    return row._replace(rates=_times(row.rates, contract.multiplier), long_prompt=long_prompt, source=contract.source)


def _overridden(model: str, rates: ContractRates, contract: Contract) -> Row:
    given, output, read, write = (rate * contract.multiplier * PER_MILLION for rate in rates)
    flat = Rates(*map(round, (given, write, write, read, output)))
    return Row(model, None, flat, None, _ONE, _ONE, _ONE, _ONE, contract.source)


def _times(rates: Rates, factor: Decimal) -> Rates:
    return Rates(*(round(rate * factor) for rate in rates))
