"""Rates that an organisation has agreed on, as Claude Code's own setting has them, over the packaged list prices."""

from __future__ import annotations

from decimal import Decimal

from tokenscope.model import Contract, ContractRates
from tokenscope.pricing.model_id import normalise
from tokenscope.pricing.table import PER_MILLION, LongPrompt, PriceRow, PriceTable, Rates
from tokenscope.value import replace

_ONE = Decimal(1)


def contracted(table: PriceTable, contract: Contract) -> PriceTable:
    """`table` at the rates of a contract. It gives no days: they hold for the whole history.

    An overridden model costs exactly what stands there, however it was served and however long its prompt.
    """
    models = {model: tuple(_scaled(row, contract) for row in rows) for model, rows in table.models.items()}
    for model, rates in reversed(list(contract.overrides.items())):  # of two spellings of a model, the first one holds
        name = normalise(model)
        models[name] = (_overridden(name, rates, contract),)
    return replace(table, models=models, contract=contract.source, contract_problems=contract.problems)


def _scaled(row: PriceRow, contract: Contract) -> PriceRow:
    if contract.multiplier == _ONE:
        return row
    long_prompt = row.long_prompt
    if long_prompt is not None:
        long_prompt = LongPrompt(long_prompt.above, long_prompt.rates.times(contract.multiplier))
    return replace(row, rates=row.rates.times(contract.multiplier), long_prompt=long_prompt, source=contract.source)


def _overridden(model: str, rates: ContractRates, contract: Contract) -> PriceRow:
    given, output, read, write = (rate * contract.multiplier * PER_MILLION for rate in rates)
    flat = Rates(*map(round, (given, write, write, read, output)))
    return PriceRow(model, None, flat, None, _ONE, _ONE, _ONE, _ONE, contract.source)
