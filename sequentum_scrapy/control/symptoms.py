"""Rules of thumb: what may be behind what was seen, and what one does about it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sequentum_scrapy.store import EventRow, RunRow, Status

_NAMED = re.compile(r"\b(RUN|GOOD|NAME|GO ON)\b")
"""What stands in an action for the runId, that of the last good Run, the Agent's name, and what does the rest."""


@dataclass(frozen=True, slots=True)
class Rule:
    """``pattern`` is looked for in what an event says, or in the message of a Run."""

    pattern: re.Pattern[str]
    cause: str
    actions: tuple[str, ...]


def _rule(pattern: str, cause: str, *actions: str) -> Rule:
    return Rule(re.compile(pattern), cause, actions)


_MISSED = re.compile(r"^(matched nothing|never matched|not found)")
"""What a layout that changed explains; all else has a nearer cause."""
_EVENTS = (
    _rule(
        r"^HTTP (403|429)|^blocked",
        "the site blocks this crawl, or has too much of it",
        "be slower: settings.delay, settings.concurrency",
        "settings.block asks again in another session; settings.proxy goes through others",
        "settings.user_agent: desktop, or settings.impersonate",
    ),
    _rule(
        r"^HTTP (404|410)",
        "the site has moved or taken away these pages, or a link is not read as it is meant",
        "open the address by hand; look at the page that it was found on",
    ),
    _rule(
        r"^HTTP 401", "the site asks who one is", "a login command, or its secrets: are they right?"
    ),
    _rule(
        r"^HTTP 5\d\d",
        "the site is in trouble, or cannot stand so many requests at a time",
        "settings.concurrency and settings.delay",
        "later, GO ON",
    ),
    _rule(
        r"^timeout: ",
        "the element is there, but cannot be used: something lies over it, or it is hidden or disabled",
        "look at the picture; a click before it takes away what lies over it (optional: true)",
        "a wait before it, for what makes it ready",
    ),
    _rule(
        r"^(not there|still there|no such text|at another address|not idle|not done) after",
        "the page comes later than it is waited for, has another layout, or does not lead there",
        "look at the picture and the saved page; sequentum try FILE --url URL --headed shows what happens",
        "a longer timeout; optional: true for what is only there sometimes",
    ),
    _rule(
        r"^no new tab opened after",
        "the click opens no tab, its tab is stopped as an advertisement, or what is to be in it does not come",
        "look at the picture; sequentum try FILE --url URL --headed shows what the click does",
        "without do, the commands after the click run on the page that it leads to",
    ),
    _rule(
        r"^no file came after",
        "the click brings no file, or one that the page makes only later",
        "look at the picture; sequentum try FILE --url URL --headed shows what the click does",
        "a longer settings.browser.timeout",
    ),
    _rule(
        r"^the file was not all there after",
        "the file is large, or stopped on its way",
        "a longer settings.browser.timeout; download by its link, which goes over plain HTTP",
    ),
    _rule(
        r"^the browser died",
        "the page made its browser crash, or keeps it busy for ever; or the machine has no memory left",
        "sequentum try FILE --url URL --headed shows what the page does",
        "fewer pages at a time: settings.concurrency",
    ),
    _rule(
        r"^the commands of the page took too long",
        "its commands together took longer than settings.browser.page_timeout",
        "fewer pages of a growing list (max_pages, limit), or a longer page_timeout",
    ),
    _rule(
        r"^no such request",
        "the page asks for its data at another address, or does not ask for it any more",
        "look at the network panel of a browser's developer tools",
    ),
    _rule(
        r"^the page did not come after",
        "the site is slow with what the command led to, or does not answer there",
        "a longer timeout of the command, or settings.browser.timeout; fewer requests at a time",
    ),
    _rule(
        r"^timeout$",
        "the site is slow, or does not answer this crawl",
        "settings.timeout; fewer requests at a time",
    ),
    _rule(
        r"^(connection refused|host not found|the connection failed)",
        "the site, its name or the network between is down",
        "open the address by hand from this machine; settings.proxy",
    ),
    _rule(
        r"^the answer broke off|^the answer is too large",
        "an answer did not come whole, or is over DOWNLOAD_MAXSIZE",
        "settings.scrapy: {DOWNLOAD_MAXSIZE: …}",
    ),
    _rule(
        r"^forbidden by robots.txt",
        "the site's robots.txt forbids this page",
        "where you may, settings.robots: ignore",
    ),
    _rule(
        r"^(the login failed|no login|the session ended)",
        "the name or password is wrong, the login page has changed, or verify looks for what is not there",
        "log in by hand with the same secrets",
        "sequentum try FILE --url LOGIN_PAGE shows what its commands find",
    ),
    _rule(
        _MISSED.pattern,
        "the page has nothing there, or another layout than the selector was written for",
        "look at the saved page; sequentum try FILE --url URL shows what each selector finds",
        "a list of selectors takes the first that matches; optional: true lets a field be absent",
    ),
    _rule(
        r"^invalid",
        "the values do not fit output.schema",
        "sequentum records RUN --invalid shows them with their reasons",
    ),
    _rule(
        r"^exception ",
        "code of the project, or of a library, failed",
        "its traceback is in the log: sequentum run-show RUN --log",
    ),
    _rule(
        r"^JavaScript failed: ",
        "the page has not what the code of the script asks for, or not yet",
        "try the code in the console of a browser's developer tools, on that page; a wait before it",
    ),
    _rule(
        r"^template: ",
        "a template names what is not there",
        "give it a default: {{ record.x | default('') }}",
    ),
    _rule(
        r"not saved|could not be saved",
        "a file could not be written",
        "is there room on the disk?",
    ),
    _rule(
        r"^(the address is too long|not a web address)",
        "a link or template gives no address of a page",
        "look at the saved page, and at what the selector takes for a link",
    ),
    _rule(
        r"^given up|^asked for again",
        "the page went on showing the signs that retry looks for",
        "more attempts, a longer backoff, fresh_session: true",
    ),
)
_MESSAGES = (
    _rule(
        r"^the process died",
        "it was killed, ran out of memory, or the machine went down",
        "the end of its log, and that of the system (out of memory?)",
        "GO ON",
    ),
    _rule(
        r"could not be stored|the store failed|not stored whole|cannot be stored",
        "the database was full, locked or out of reach",
        "make room, or bring it back; sequentum store check",
        "GO ON",
    ),
    _rule(
        r"another process works on the Run",
        "it was restarted elsewhere while this process was held up",
        "nothing: the other one goes on",
    ),
    _rule(r"^stopped|^killed", "somebody stopped it", "GO ON"),
    _rule(
        r"max_blocked|^blocked",
        "the site blocks this crawl",
        "see the events with blocked, 403 and 429",
    ),
    _rule(
        r"required_coverage|max_drop|min_records",
        "the site has less than it had, or its layout has changed",
        "sequentum compare GOOD RUN",
    ),
    _rule(r"is archived", "the Agent is archived", "sequentum unarchive NAME"),
)


def advice_for(
    events: Sequence[EventRow],
    *,
    layout: bool,
    run: RunRow,
    good: RunRow | None,
    has_page: bool = False,
) -> tuple[list[str], list[str]]:
    """Return possible causes and suggested actions, most likely first.

    Without events, for the Run as a whole. ``layout``: the command found much more in the ``good`` Run.
    ``has_page``: a copy of a page on which it went wrong is kept.
    """
    causes: dict[str, None] = {}
    actions: dict[str, None] = {}
    texts = [event.what for event in events] if events or layout else [run.message]
    # A page that was refused has not the layout of one that came.
    for text in sorted(texts, key=lambda text: _MISSED.search(text) is not None):
        if layout and good is not None and _MISSED.search(text):
            _changed_since(run, good, causes, actions, has_page=has_page)
        for rule in _EVENTS if events else _MESSAGES:
            if rule.pattern.search(text):
                causes.setdefault(rule.cause)
                actions |= dict.fromkeys(rule.actions)
    if layout and good is not None:
        _changed_since(run, good, causes, actions, has_page=has_page)
    names = {
        "RUN": str(run.run_id),
        "GOOD": str(good.run_id) if good is not None else "",
        "NAME": run.agent_name,
        "GO ON": f"sequentum restart {run.run_id} goes on where it was"
        if run.resumable
        else f"sequentum run {run.agent_name} does it all again",
    }
    return list(causes), [
        _NAMED.sub(lambda found: names[found[0]], action)
        for action in actions
        if good is not None or "GOOD" not in action
    ]


def _changed_since(
    run: RunRow,
    good: RunRow,
    causes: dict[str, None],
    actions: dict[str, None],
    *,
    has_page: bool,
) -> None:
    if run.content_hash == good.content_hash:
        causes[
            f"the site's layout has changed since Run {good.run_id}, which ran the same definition"
        ] = None
        # Nothing went wrong on any one page where a field is optional.
        kept = "the saved page" if has_page else "a page (settings.log: {pages: all} keeps them)"
        actions[f"compare {kept} with the site as it was; mend the selector"] = None
        return
    versions = (good.version_number, run.version_number)
    if None in versions:
        causes[
            f"the definition is another than in Run {good.run_id}, or the site's layout has changed"
        ] = None
        return
    causes[f"version {versions[1]} looks for something else than version {versions[0]} did"] = None
    actions[f"sequentum diff {run.agent_name} {versions[0]} {versions[1]}"] = None
    # Another version may find less because it is to.
    if run.status is not Status.SUCCESS and not (
        run.status is Status.COMPLETED and run.counters["records"]
    ):
        actions[f"sequentum restore {run.agent_name} {versions[0]} brings the good one back"] = None
