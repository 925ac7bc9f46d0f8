"""The responses with the largest prompts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest

from tokenscope.accounting.history import History
from tokenscope.accounting.usage import dollars

LISTED = 10


@dataclass(frozen=True, slots=True)
class HeavyMessage:
    session_id: str
    agent_id: str | None
    message_id: str
    model: str
    at: datetime | None
    prompt_tokens: int
    list_price_usd: float | None


def heaviest_messages(history: History) -> list[HeavyMessage]:
    """The ten responses in scope with the largest prompts, the largest first."""
    heaviest = nlargest(LISTED, history.messages, key=lambda message: message.prompt_tokens)
    rows = []
    for message in heaviest:
        thread = history.store.threads[message.thread]
        price = history.pricer.price(message)
        rows.append(
            HeavyMessage(
                thread.session_id,
                thread.agent_id or None,
                message.id,
                message.model,
                None if message.time is None else history.scope.local(message.time),
                message.prompt_tokens,
                None if price is None else dollars(price.total),
            )
        )
    return rows
