"""An ASP.NET-like site: a grid whose pages are postbacks, and a filter in two steps, with state that is checked.

The truth is ``QUOTES``.
"""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import parse_qs

from .faults import page
from .server import Request, Response, Site

PER_PAGE = 8
AUTHORS = ("Ada", "Bo", "Cy")
QUOTES = [
    {"text": f"Words {n}", "author": AUTHORS[n % 3], "tag": ("life", "work")[n % 2]}
    for n in range(1, 41)
]


def state_of(*parts: object) -> str:
    """Return the hidden state of a page: what it showed, and a seal that the site checks."""
    plain = "|".join(str(part) for part in parts)
    return f"{plain}|{sha256(plain.encode()).hexdigest()[:12]}"


def _opened(state: str) -> list[str] | None:
    plain, _, seal = state.rpartition("|")
    return plain.split("|") if sha256(plain.encode()).hexdigest()[:12] == seal else None


def grid(*, port: int = 0) -> Site:
    """Return the site."""
    return Site({"/": _grid, "/search.aspx": _search, "/filter.aspx": _filter}, port)


def _sent(request: Request) -> dict[str, str]:
    return {
        name: values[0]
        for name, values in parse_qs(request.body.decode(), keep_blank_values=True).items()
    }


def _bad() -> Response:
    return Response("<h1>Validation of viewstate failed</h1>", 500)


def _rows(quotes: list[dict[str, str]]) -> str:
    return "".join(
        f'<tr><td class="text">{q["text"]}<td class="author">{q["author"]}<td>{q["tag"]}'
        for q in quotes
    )


def _grid(request: Request) -> Response:
    number = 1
    if request.method == "POST":
        sent = _sent(request)
        state = _opened(sent.get("__VIEWSTATE", ""))
        if (
            state is None
            or sent.get("__EVENTTARGET") != "ctl00$grid"
            or sent.get("__EVENTVALIDATION") != "v"
        ):
            return _bad()
        number = int(sent["__EVENTARGUMENT"].removeprefix("Page$"))
        # A postback follows from the page that it was made on.
        if number != int(state[1]) + 1:
            return _bad()
    shown = QUOTES[(number - 1) * PER_PAGE : number * PER_PAGE]
    more = number * PER_PAGE < len(QUOTES)
    link = (
        f"<a href=\"javascript:__doPostBack('ctl00$grid','Page${number + 1}')\">&gt;</a>"
        if more
        else ""
    )
    return Response(
        page(
            "Quotes",
            f"""<form method="post" action="./" id="aspnetForm"><input type="hidden" name="__EVENTTARGET" value="">
            <input type="hidden" name="__EVENTARGUMENT" value="">
            <input type="hidden" name="__EVENTVALIDATION" value="v">
            <input type="hidden" name="__VIEWSTATE" value="{state_of("grid", number)}">
            <table id="grid">{_rows(shown)}</table><div class="pager">{number} {link}</div></form>""",
        )
    )


def _filter_form(author: str, state: str) -> str:
    authors = "".join(f"<option{' selected' if a == author else ''}>{a}" for a in ("", *AUTHORS))
    tags = sorted({q["tag"] for q in QUOTES if q["author"] == author}) if author else []
    options = "".join(f"<option>{tag}" for tag in ("", *tags))
    return f"""<form action="/filter.aspx" method="post"><select name="author">{authors}</select>
        <select name="tag">{options}</select><input type="submit" name="submit_button" value="Search">
        <input type="hidden" name="__VIEWSTATE" value="{state}"></form>"""


def _search(_request: Request) -> Response:
    return Response(page("Search", _filter_form("", state_of("search", ""))))


def _filter(request: Request) -> Response:
    sent = _sent(request)
    state = _opened(sent.get("__VIEWSTATE", ""))
    if state is None:
        return _bad()
    author, tag = sent["author"], sent["tag"]
    form = _filter_form(author, state_of("search", author))
    if not sent.get("submit_button"):
        return Response(page("Search", form))
    if state[1] != author:
        return _bad()
    shown = [q for q in QUOTES if (q["author"], q["tag"]) == (author, tag)]
    return Response(page("Results", f"{form}<table>{_rows(shown)}</table>"))
