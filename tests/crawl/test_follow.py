"""Links by rules: a whole section of a site, each page once."""

from __future__ import annotations

from tests.sites import Response, Site
from tests.sites.faults import PDF

TEXT = """
start: SITE/
commands:
  - open: {links: {RULES}}
    follow: FOLLOW
    do:
      - capture: {url: {page: url}, title: h1}
settings: {retries: 0, limits: {depth: DEPTH}}
"""


def wiki():
    """Pages /a/1 to /a/30 that link to each other, to a calendar without end, and to what is no page."""

    def show(request):
        path = request.route
        if path.startswith("/day/"):
            links = [f"/day/{int(path[5:]) + 1}", "/a/1"]
        else:
            name = path.rpartition("/")[2]
            number = int(name) if name.isdigit() else 0
            links = [
                f"/a/{number % 30 + 1}",
                f"/a/{number // 2}",
                "/a/1#top",
                "/b/1",
                "/a/paper.pdf",
                "/day/1",
            ]
        anchors = "".join(f'<a href="{link}">to {link}</a>' for link in links)
        other = '<a href="http://localhost:1/a/9">off</a><a href="mailto:a@b">m</a><a rel="nofollow" href="/a/99">n</a>'
        return Response(f"<h1>{path}</h1><nav><a href='/c/1'>c</a></nav>{anchors}{other}")

    return Site({"/a/paper.pdf": Response(PDF, content_type="application/pdf"), "/*": show})


def crawl(project, rules, follow="true", depth=100):
    with wiki() as site:
        result = project.ok(
            TEXT.replace("RULES", rules).replace("FOLLOW", follow).replace("DEPTH", str(depth)),
            site,
        )
        return sorted(result.values("title")), site.paths


def test_a_section_is_crawled_whole_and_each_page_once(either_project):
    titles, asked = crawl(either_project, "allow: ['/a/\\d+$']")
    assert titles == sorted(f"/a/{n}" for n in range(31))
    assert len(asked) == len(set(asked))


def test_without_follow_the_links_of_one_page(project):
    titles, _ = crawl(project, "deny: [day]", "false")
    assert titles == ["/a/0", "/a/1", "/b/1", "/c/1"]


def test_the_area_and_the_text_choose(project):
    assert crawl(project, "within: nav", "false")[0] == ["/c/1"]
    assert crawl(project, "text: '^to /b'", "false")[0] == ["/b/1"]


def test_nofollow_links_are_left_unless_asked_for(project):
    assert "/a/99" in crawl(project, "nofollow: true", "false")[0]


def test_a_trap_ends_at_the_depth(project):
    titles, _ = crawl(project, "allow: [/day/]", depth=20)
    assert len(titles) == 20
