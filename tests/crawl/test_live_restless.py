"""Pages that go on changing under the commands: elements that are put anew, documents that load themselves again."""

import pytest

from tests.sites import Site
from tests.sites.server import Response

from .test_live_faults import nothing_is_open

RESTLESS = """<h1>before</h1><div>{0}</div><script>
const box = document.querySelector("div"), told = document.querySelector("h1");
const tell = (text) => {{ told.textContent = text }};
const again = setInterval(() => {{ box.innerHTML = box.innerHTML }}, 40);
const rest = () => clearInterval(again);
setTimeout(rest, 2000);
for (const name of ["input", "mousedown", "mouseover", "keydown", "focusin"]) box.addEventListener(name, rest);
box.addEventListener("mouseover", () => tell("over"));
box.addEventListener("change", (event) => tell(event.target.value + [...event.target.files ?? []].length));
box.addEventListener("keydown", (event) => tell(event.key));
box.addEventListener("click", (event) => {{ if (event.target.matches(".tell")) tell("clicked") }});
</script>"""
FORM = '<form action="/came"><input name="q"><button>go</button></form>'
DONE = {
    "click": ("  - click: button", '<button class="tell">x</button>', "clicked"),
    "hover": ("  - hover: button", "<button>x</button>", "over"),
    "press": ("  - press: Escape\n    on: input", "<input>", "Escape"),
    "fill": (
        "  - fill: {q: new}\n    typed: true\n  - press: Tab",
        '<input name="q">',
        "new0",
    ),
    "select": (
        "  - select: {q: b}",
        '<select name="q"><option>a<option>b</select>',
        "b0",
    ),
    "check": ("  - check: {q: true}", '<input type="checkbox" name="q">', "on0"),
    "submit": (
        "  - submit: null\n    do: [{capture: {title: h1}}]",
        FORM,
        "came",
    ),
    "button": (
        "  - submit: button\n    do: [{capture: {title: h1}}]",
        FORM,
        "came",
    ),
}


def crawled(project, page, commands):
    with Site({"/": page, "/came": "<h1>came</h1>"}) as site:
        text = f"browser: true\nstart: SITE/\ncommands:\n{commands}"
        result = project.ok(text, site)
    nothing_is_open(result)
    assert result.whats() == []
    return result


@pytest.mark.parametrize("command", DONE)
def test_what_is_done_to_an_element_is_done_to_the_one_in_its_place(live_project, command):
    commands, element, title = DONE[command]
    if "capture" not in commands:
        commands += "\n  - capture: {title: h1}"
    result = crawled(live_project, RESTLESS.format(element), commands + "\n")
    assert result.values("title") == [title]
    assert {row.matched for row in result.health.values()} == {1}


def test_a_picture_a_frame_and_a_file_are_those_of_what_is_there(live_project):
    page = RESTLESS.format(
        '<p style="height: 50px">p</p><iframe srcdoc="<b>inside</b>"></iframe><a download href="/came">x</a>'
    )
    commands = """
  - screenshot: p
    as: picture
  - frame: iframe
    do: [{capture: {inside: b}}]
  - download: {click: a}
    as: file
"""
    (record,) = crawled(live_project, page, commands).records
    assert record["inside"] == "inside"
    assert record["picture"]["path"].endswith(".png")
    assert record["file"]["path"]


def test_a_button_that_is_disabled_for_good_under_the_click_has_nothing_more(live_project):
    page = """<ul><li>1</li></ul><button>more</button><script>
let n = 1;
const button = document.querySelector("button");
button.onclick = () => {
  n += 1;
  document.querySelector("ul").insertAdjacentHTML("beforeend", `<li>${n}</li>`);
};
button.onmouseover = () => { button.disabled = n === 3 };
</script>"""
    commands = """  - paginate: {click: button, wait: 500ms}
    do: [{list: li, do: [{capture: {n: {xpath: ., as: integer}}}]}]
settings: {browser: {timeout: 2s}}
"""
    assert crawled(live_project, page, commands).values("n") == [1, 2, 3]


def test_a_page_that_loads_itself_again_under_a_click_is_clicked_after_that(live_project):
    def page(request):
        number = request.query.get("n")
        if number is None:
            return Response("".join(f"<a href='/?n={n}'>{n}</a>" for n in range(1, 31)))
        return Response(
            f"<h1>Page {number}</h1><button>go</button><table>{'<tr><td>x</td></tr>' * 300}</table><script>"
            "if (!location.hash) setTimeout(() => { location.hash = 'x'; location.reload() },"
            f" {10 * int(number)});</script>"
        )

    commands = """  - open: a
    do:
      - click: button
      - capture: {title: h1}
settings: {concurrency: 4}
"""
    result = crawled(live_project, page, commands)
    assert sorted(result.values("title")) == sorted(f"Page {n}" for n in range(1, 31))
