"""The protocol on stdin and stdout: tools, resources and prompts, as the client asks for them."""

from __future__ import annotations

import gc
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

import anyio
import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError

from tokenscope import __version__
from tokenscope.draw.harmless import harmless
from tokenscope.errors import TokenscopeError
from tokenscope.mcp_server.asker import Asker, Setting
from tokenscope.mcp_server.guide import (
    DOCUMENTS,
    INSTRUCTIONS,
    PRICES,
    SAVED_PROMPTS,
    SCHEME,
    USUAL,
    SavedPrompt,
    read_document,
)
from tokenscope.mcp_server.offers import Offer, check_given, find_offers, input_schema, output_schema, typed_words
from tokenscope.mcp_server.replies import Portion, as_text, reply

GRACE = 10.0  # seconds that a client which has closed stdin may still take to read answers
PAGING = ("limit", "list", "offset")
READS = types.ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


def make_server(setting: Setting) -> tuple[Server[Any], Asker]:
    """The server, not yet connected to anybody, and what asks for it."""
    asker = Asker(setting)

    async def list_tools(_: Any, __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_tool(offer) for offer in find_offers().values()])

    async def call_tool(_: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        offer = find_offers().get(params.name)
        if offer is None:
            raise MCPError(types.INVALID_PARAMS, f"there is no tool {params.name!r}")
        try:
            found = await _answer(asker, offer, params.arguments or {})
        except TokenscopeError as error:
            text = "\n".join([error.message, *([f"hint: {error.hint}"] if error.hint else [])])
            return types.CallToolResult(content=[types.TextContent(text=text)], is_error=True)
        return types.CallToolResult(content=[types.TextContent(text=as_text(found))], structured_content=found)

    async def list_resources(_: Any, __: types.PaginatedRequestParams | None) -> types.ListResourcesResult:
        docs = [
            types.Resource(name=one.name, title=one.title, uri=SCHEME + one.name, mime_type="text/markdown")
            for one in DOCUMENTS
            if read_document(one) is not None
        ]
        prices = types.Resource(
            name="prices", title="Every list price in use", uri=PRICES, mime_type="application/json"
        )
        return types.ListResourcesResult(resources=[*docs, prices])

    async def read_resource(_: Any, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        text, kind = await _resource(asker, str(params.uri))
        return types.ReadResourceResult(
            contents=[types.TextResourceContents(uri=params.uri, text=text, mime_type=kind)]
        )

    async def list_prompts(_: Any, __: types.PaginatedRequestParams | None) -> types.ListPromptsResult:
        return types.ListPromptsResult(prompts=[_prompt(saved) for saved in SAVED_PROMPTS])

    async def get_prompt(_: Any, params: types.GetPromptRequestParams) -> types.GetPromptResult:
        for saved in SAVED_PROMPTS:
            if saved.name == params.name:
                given = {name: harmless(text)[:100] for name, text in (params.arguments or {}).items()}
                text = saved.text.format_map(USUAL | given)
                content = types.TextContent(text=text)
                return types.GetPromptResult(messages=[types.PromptMessage(role="user", content=content)])
        raise MCPError(types.INVALID_PARAMS, f"there is no prompt {params.name!r}")

    server: Server[Any] = Server(
        "tokenscope",
        version=__version__,
        title="tokenscope",
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_read_resource=read_resource,
        on_list_prompts=list_prompts,
        on_get_prompt=get_prompt,
    )
    server.middleware.clear()  # the usual one reports each call to whatever collects traces: nothing is sent
    return server, asker


def _tool(offer: Offer) -> types.Tool:
    return types.Tool(
        name=offer.name,
        description=offer.help,
        input_schema=input_schema(offer),
        output_schema=output_schema(offer),
        annotations=READS,
    )


async def _answer(asker: Asker, offer: Offer, given: Mapping[str, Any]) -> dict[str, Any]:
    """Raises UsageError."""
    check_given(offer, given)
    words = typed_words(offer, given)
    if offer.is_about_this_session:
        words += ["--", await anyio.to_thread.run_sync(asker.last_session)]
    envelope = await asker.ask(words)
    return reply(envelope, Portion(**{name: given[name] for name in PAGING if name in given}))


async def _resource(asker: Asker, uri: str) -> tuple[str, str]:
    """A resource's text and its kind. Raises MCPError."""
    if uri == PRICES:
        try:
            return as_text((await asker.ask(["prices", "--json"]))["report"]), "application/json"
        except TokenscopeError as error:
            raise MCPError(types.INTERNAL_ERROR, error.message) from None
    for one in DOCUMENTS:
        text = read_document(one) if uri == SCHEME + one.name else None
        if text is not None:
            return text, "text/markdown"
    raise MCPError(types.INVALID_PARAMS, f"there is no resource {uri!r}")


def _prompt(saved: SavedPrompt) -> types.Prompt:
    takes = [types.PromptArgument(name=saved.takes, description=saved.about, required=False)] if saved.takes else []
    return types.Prompt(name=saved.name, description=saved.help, arguments=takes)


def serve(setting: Setting) -> None:
    """Serve until stdin ends. An interruption ends it at once, with all that it has started."""
    gc.enable()  # what lives for hours has to tidy up
    if sys.stdin is not None and sys.stdin.isatty():
        print(
            "tokenscope: waiting for a client to talk to, as `claude mcp add` starts one; Ctrl-C ends it",
            file=sys.stderr,
        )
    server, asker = make_server(setting)

    def leave(number: int, _: FrameType | None) -> NoReturn:
        asker.end_all()
        os._exit(128 + number)  # the thread that waits for stdin would keep a milder end waiting

    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, leave)

    with suppress(OSError, AttributeError):  # there is no stdin; or Windows, where nobody tells
        select.poll()
        threading.Thread(target=_end_after, args=(os.dup(0), asker), daemon=True).start()

    async def run() -> None:
        async with stdio_server() as (read, write):
            await server.run(read, write, server.create_initialization_options())

    try:
        anyio.run(run)
    except* (OSError, anyio.BrokenResourceError, anyio.ClosedResourceError):
        asker.end_all()
        os._exit(0)  # whoever read the answers has gone: Python would complain of what it cannot hand over any more
    finally:
        asker.end_all()


def _end_after(stdin: int, asker: Asker) -> None:
    """Once the client has closed stdin, end this process after a while: it may wait for ever to be read, and is not."""
    poll = select.poll()
    poll.register(stdin, getattr(select, "POLLRDHUP", 0))  # closed is told without asking; half closed is not
    poll.poll()
    time.sleep(GRACE)
    asker.end_all()
    os._exit(0)
