"""Pages that grow in a browser: what each list of a pagination gets of them, and how they are read afterwards."""

import pytest

from tests.sites import Site

GROWING = """<ul></ul><button>more</button><script>
let n = 0;
const more = () => {
  for (let i = 0; i < 10; i += 1) {
    n += 1;
    document.querySelector("ul").insertAdjacentHTML("beforeend", `<li style="height: 150px"><b>${n}</b></li>`);
  }
  document.querySelector("button").disabled = n === 40;
};
more();
const how = "click";
if (how === "click") document.querySelector("button").onclick = more;
else addEventListener("scroll", () => {
  if (n < 40 && innerHeight + scrollY > document.body.scrollHeight - 200) more();
});
</script>"""
HEAD = "browser: true\nstart: SITE/\ncommands:\n"
BODY = """    do:
      - list: li
        do: [{capture: {n: {css: b, as: integer}}}]
"""
SECOND = """      - list: LIST
        record: again
        do: [{capture: {m: {xpath: "string()", as: integer}}}]
"""
RECORDS = "output: {records: {again: {}}}\n"
WAYS = pytest.mark.parametrize("way", ["click: button", "scroll: true"])


def grown(project, text, page=GROWING):
    if "scroll: true" in text:
        page = page.replace('how = "click"', 'how = "scroll"')
    with Site({"/": page}) as site:
        return project.ok(HEAD + text, site)


def both(result):
    return [
        sorted(record[name] for record in result.records if name in record) for name in ("n", "m")
    ]


@WAYS
@pytest.mark.parametrize("second", ["li", "li b"])
def test_each_list_of_a_pagination_gets_each_row_once(live_project, way, second):
    text = f"  - paginate: {{{way}, wait: 1s}}\n{BODY}{SECOND.replace('LIST', second)}{RECORDS}"
    result = grown(live_project, text)
    assert both(result) == [list(range(1, 41))] * 2
    assert result.whats() == []


@WAYS
def test_a_page_is_read_whole_after_its_pagination(live_project, way):
    after = "  - list: body\n    record: again\n    do: [{capture: {m: {css: li b, all: true}}}]\n"
    result = grown(live_project, f"  - paginate: {{{way}, wait: 1s}}\n{BODY}{after}{RECORDS}")
    assert result.records[:-1] == [{"n": n} for n in range(1, 41)]
    assert result.records[-1] == {"m": [str(n) for n in range(1, 41)]}


def test_a_pagination_that_runs_again_begins_anew(live_project):
    text = """  - for_each: [{turn: a}, {turn: b}]
    do:
      - paginate: {scroll: true, wait: 1s}
        do:
          - list: li
            do: [{capture: {n: {css: b, as: integer}}}]
"""
    assert grown(live_project, text).values("n") == [*range(1, 41)] * 2


DAYS = """<section><h2>1</h2></section><script>
let n = 0;
const more = () => {
  for (let i = 0; i < 4; i += 1) {
    n += 1;
    if (n % 6 === 0) document.body.insertAdjacentHTML("beforeend", `<section><h2>${n / 6 + 1}</h2></section>`);
    const days = document.querySelectorAll("section");
    days[days.length - 1].insertAdjacentHTML("beforeend", `<p style="height: 300px">${n}</p>`);
  }
};
more();
addEventListener("scroll", () => {
  if (n < 24 && innerHeight + scrollY > document.body.scrollHeight - 200) more();
});
</script>"""


def test_what_is_added_to_a_row_of_one_list_is_new_to_another(live_project):
    text = f"  - paginate: {{scroll: true, wait: 1s}}\n{BODY}{SECOND}{RECORDS}"
    text = text.replace("list: li", "list: section").replace("css: b", "css: h2")
    result = grown(live_project, text.replace("LIST", "section p"), DAYS)
    assert both(result) == [[1, 2, 3, 4, 5], [*range(1, 25)]]


RESTLESS = GROWING.replace("<b>${n}</b>", "<b>${n}</b><i></i>").replace(
    "<script>",
    """<script>
setInterval(() => {
  for (const one of document.querySelectorAll("i")) one.textContent = performance.now();
}, 20);
""",
)


def test_rows_that_change_all_the_time_are_there_once_for_each_list(live_project):
    text = f"  - paginate: {{scroll: true, wait: 1s}}\n{BODY}{SECOND}{RECORDS}"
    text = text.replace("LIST", "li").replace('{xpath: "string()", as', "{css: b, as")
    assert both(grown(live_project, text, RESTLESS)) == [list(range(1, 41))] * 2
