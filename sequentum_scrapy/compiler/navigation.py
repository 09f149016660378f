"""How the commands that ask for pages compile: open, paginate, lookup."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import orjson

from sequentum_scrapy.definition import commands as language
from sequentum_scrapy.definition.links import LinkRules
from sequentum_scrapy.definition.problems import PathInTree
from sequentum_scrapy.definition.selectors import compile_jmespath, is_url
from sequentum_scrapy.definition.templates import compile_template

from .conditions import compile_condition
from .links import compile_links
from .selectors import compile_selector
from .steps import Lookup, Open, Paginate, Request, Target
from .traits import finds_rows, reads_status

if TYPE_CHECKING:
    from .compile import Common, Compiler


def compile_open(
    compiler: Compiler, command: language.Open, path: PathInTree, outer: str, common: Common
) -> Open:
    return Open(
        **compiler.repeating(command, path, outer, common),
        target=compile_target(compiler, command.open),
        request=compile_request(compiler, command),
        first=command.first,
        once=command.once or command.follow,
        follow=command.follow,
        any_status=reads_status(command.do),
    )


def compile_paginate(
    compiler: Compiler, command: language.Paginate, path: PathInTree, outer: str, common: Common
) -> Paginate:
    pages = command.paginate
    cursor = url = None
    if isinstance(pages, language.Cursor):
        cursor, url = compile_jmespath(pages.cursor).search, pages.url
    elif isinstance(pages, language.NextUrl):
        url = pages.url
    on_page = isinstance(pages, (language.Cursor, language.NextUrl, language.Growing))
    made = compiler.repeating(command, path, outer, common)
    return Paginate(
        **made,
        next=None if on_page else compile_selector(pages),
        url=compiler.render(url) if url else None,
        cursor=cursor,
        request=compile_request(compiler, pages)
        if isinstance(pages, language.RequestParts)
        else None,
        any_status=reads_status(command.do),
        max_pages=command.max_pages,
        until=compile_condition(command.until) if command.until is not None else None,
        finds_rows=finds_rows(made["body"]),
        click=compile_selector(pages.click) if isinstance(pages, language.ByClick) else None,
        scroll=_scrolled(pages),
        wait=pages.wait if isinstance(pages, language.Growing) else 0.0,
    )


def _scrolled(pages: Any) -> Any:
    if not isinstance(pages, language.ByScroll):
        return None
    return True if pages.scroll is True else compile_selector(pages.scroll)


def compile_lookup(
    compiler: Compiler, command: language.Lookup, path: PathInTree, outer: str, common: Common
) -> Lookup:
    return Lookup(
        **common,
        target=compile_target(compiler, command.lookup),
        request=compile_request(compiler, command),
        any_status=reads_status(command.do),
        body=compiler.body(command.do, (*path, "do"), outer),
    )


def compile_target(compiler: Compiler, target: Any) -> Target:
    """Compile where a command leads: an address, links by a selector, or links by rules."""
    if isinstance(target, LinkRules):
        return Target(rules=compile_links(target.links))
    if isinstance(target, language.Url):
        return Target(url=compiler.render(target.url))
    if isinstance(target, str) and is_url(target):
        return Target(url=compiler.render(target))
    return Target(links=compile_selector(target))


def compile_request(compiler: Compiler, command: language.RequestParts) -> Request | None:
    """Compile what is asked for besides the address; None for a plain GET."""
    plain = command.method == "GET" and not command.headers
    if plain and command.body is None and command.json_ is None:
        return None
    headers = {name: compiler.render(text) for name, text in command.headers.items()}
    body: Callable[[Mapping[str, Any]], bytes] | None = None
    if command.body is not None:
        text = compiler.render(command.body)
        body = lambda context: text(context).encode()  # noqa: E731
    elif command.json_ is not None:
        fill = compiler.json(command.json_)
        body = lambda context: orjson.dumps(fill(context))  # noqa: E731
        if not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = compile_template("application/json")
    return Request(command.method, headers, body)
