"""The examples of a browser, against the truth of the site that they are for."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.sites import Site, live, live_truth

EXAMPLES = Path(__file__).parents[2] / "agent_defs" / "examples"
SECRET = {"SEQUENTUM_SECRET_LIVE_PASSWORD": live_truth.PASSWORD}


@pytest.fixture(scope="module")
def site():
    with Site(live.live()) as site:
        yield site


@pytest.fixture
def crawl(live_project, site):
    def crawl(name, **more):
        site.clear()
        result = live_project.ok(
            spider="agent",
            arguments={"agent": str(EXAMPLES / f"{name}.yaml")},
            inputs={"site": site.url, **more.pop("inputs", {})},
            environment=SECRET,
            **{"project": {"SEQUENTUM_SCRIPTS": ["javascript"]}, **more},
        )
        assert result.invalid == []
        assert result.counters["errors"] == 0, result.whats()
        assert result.answer["stats"]["sequentum/browser/open_pages"] == 0
        return result

    return crawl


def picked(rows, *names):
    return [{name: row[name] for name in names} for row in rows]


def price(text):
    return float(text.lstrip("€"))


def test_a_shop_whose_pages_a_script_makes(crawl):
    records = crawl("live-shop").records
    names = ("id", "name", "brand", "price", "rating", "tags")
    assert picked(records, *names) == picked(live_truth.PRODUCTS, *names)
    assert all(record["url"].endswith(f"/shop/item/{record['id']}") for record in records)


def test_list_pages_in_a_browser_and_the_rest_over_plain_http(crawl):
    result = crawl("live-mixed")
    names = ("id", "name", "brand", "price", "stock")
    found = sorted(picked(result.records, *names), key=lambda r: r["id"])
    assert found == picked(live_truth.PRODUCTS, *names)
    assert (result.counters["browserPages"], result.counters["pages"]) == (3, 39)


def test_what_the_site_sends_as_data(crawl):
    result = crawl("live-response")
    names = ("id", "name", "brand", "price", "stock", "tags")
    assert picked(result.records, *names) == picked(live_truth.PRODUCTS[:12], *names)
    assert set(result.values("total")) == {len(live_truth.PRODUCTS)}


def test_infinite_scroll_gives_each_row_once_also_those_that_read_the_same(crawl):
    assert picked(crawl("live-scroll").records, "title", "price") == live_truth.feed_rows()


def test_rows_that_are_there_before_what_they_show_are_waited_for(live_project):
    routes = live.live()
    data = routes["/scroll/api"]
    slow = {**routes, "/scroll/api": lambda request: replace(data(request), delay=0.5)}
    with Site(slow) as site:
        result = live_project.ok(
            arguments={"agent": str(EXAMPLES / "live-virtual.yaml")}, inputs={"site": site.url}
        )
    assert result.invalid == []
    assert len(result.records) == len(live_truth.stock_rows())


@pytest.mark.parametrize(
    "path", ["scroll/virtual", "scroll/keyed", "scroll/late", "scroll/late?keep"]
)
def test_a_list_whose_rows_leave_the_page_gives_each_once(live_project, site, path):
    text = (EXAMPLES / "live-virtual.yaml").read_text().replace("scroll/virtual", path)
    result = live_project.ok(text.replace("live-virtual", "test"), inputs={"site": site.url})
    # A pool of rows stands on the page in an order of its own.
    assert sorted((r["code"], r["name"], r["price"]) for r in result.records) == [
        (r["code"], r["name"], price(r["price"])) for r in live_truth.stock_rows()
    ]


@pytest.mark.parametrize("path", ["more/", "more/rerender", "more/disabled"])
def test_load_more_gives_each_row_once(live_project, site, path):
    site.clear()
    text = (EXAMPLES / "live-more.yaml").read_text().replace('}}more/"', f'}}}}{path}"')
    result = live_project.ok(text.replace("live-more", "test"), inputs={"site": site.url})
    names = ("title", "author", "date")
    assert picked(result.records, *names) == picked(live_truth.POSTS, *names)
    assert result.counters["pages"] == 1


def test_the_pages_of_an_application_whose_address_never_changes(crawl):
    result = crawl("live-spa")
    names = ("number", "name", "city", "salary")
    assert picked(result.records, *names) == picked(live_truth.people(), *names)
    assert result.values("page") == [n // 10 + 1 for n in range(70)]
    assert result.counters["pages"] == 1


def test_fifty_pages_are_clicked_through_without_loading_one_again(live_project, site):
    site.clear()
    text = (EXAMPLES / "live-spa.yaml").read_text().replace('}}spa/"', '}}spa/?pages=50"')
    result = live_project.ok(text.replace("live-spa", "test"), inputs={"site": site.url})
    assert result.values("number") == list(range(1, 501))
    assert site.paths.count("/spa/?pages=50") == 1


def test_details_that_a_click_brings(crawl):
    names = ("name", "origin", "price")
    assert picked(crawl("live-details").records, *names) == picked(live_truth.TEAS, *names)


def test_frames_in_frames(crawl):
    result = crawl("live-frames")
    assert [(r["time"], r["to"], str(r["pier"])) for r in result.records] == [
        (d["time"], d["to"], d["pier"]) for d in live_truth.DEPARTURES
    ]
    assert all(r["title"] and r["line"] and r["operator"] and r["season"] for r in result.records)


def test_shadow_roots(crawl):
    names = ("name", "price", "note", "left")
    assert picked(crawl("live-shadow").records, *names) == picked(live_truth.CARDS, *names)


def test_links_that_open_tabs_of_their_own(crawl):
    result = crawl("live-tabs")
    names = ("name", "origin", "price")
    assert picked(result.records, *names) == picked(live_truth.TEAS, *names)
    assert result.counters["pages"] == 1


def test_a_login_in_a_window_of_its_own(crawl):
    result = crawl("live-popup")
    assert picked(result.records, "name", "price") == live_truth.MEMBER_ITEMS
    assert live_truth.PASSWORD not in result.log


def test_a_login_in_a_browser_and_the_rest_over_plain_http(crawl):
    result = crawl("live-login")
    names = ("number", "date", "total")
    assert picked(result.records, *names) == picked(live_truth.ORDERS, *names)
    assert result.counters["browserPages"] == 1


def test_a_login_over_plain_http_is_that_of_the_browser_too(crawl):
    """The other way round: the cookie that plain HTTP got is sent by the browser."""
    result = crawl("live-members")
    names = ("number", "date", "total")
    assert picked(result.records, *names) == picked(live_truth.ORDERS, *names)
    assert result.counters["browserPages"] == len(live_truth.ORDERS) / 10


def test_files_that_a_click_brings(crawl, live_project):
    (record,) = crawl("live-files").records
    assert record["report"]["type"] == "application/pdf"
    assert record["report"]["bytes"] == len(live_truth.REPORT)
    folder = live_project.folder / ".sequentum/runs/1/downloads"
    assert (folder / record["report"]["path"]).read_bytes() == live_truth.REPORT
    assert (folder / record["figures"]["path"]).read_text() == live_truth.FIGURES_CSV


def test_a_canvas(crawl, live_project):
    (record,) = crawl("live-canvas").records
    assert [record["day"], record["visitors"]] == live_truth.BARS[2]
    width, height = png_size(live_project, record["chart"])
    # It may begin between two pixels.
    assert width == 600
    assert height in (300, 301)


def test_pictures_of_what_is_in_sight_of_the_whole_page_and_of_an_element(crawl, live_project):
    (record,) = crawl("live-screenshot").records
    assert png_size(live_project, record["sight"]) == (1280, 800)
    assert png_size(live_project, record["whole"])[1] > 800
    assert png_size(live_project, record["table"])[0] < 1280


def png_size(project, told):
    data = (project.folder / ".sequentum/runs/1" / told["path"]).read_bytes()
    assert data.startswith(b"\x89PNG")
    assert len(data) == told["bytes"]
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def test_the_settings_of_the_browser_are_what_a_page_sees(crawl):
    (record,) = crawl("live-settings").records
    assert record == {
        "size": "800 x 600",
        "language": "fr-CA",
        "zone": "America/Toronto",
        "place": "43.65, -79.38",
        "agent": "Example/1.0",
        "theme": "dark",
    }


def test_a_page_that_renders_after_two_seconds(crawl):
    assert picked(crawl("live-late").records, "to", "price") == live_truth.FARES


def test_a_page_that_never_stops_loading_opened_from_a_plain_one(crawl, site):
    result = crawl("live-never")
    assert result.records == live_truth.STATIONS
    assert (result.counters["browserPages"], result.counters["pages"]) == (1, 2)
    # What never comes was asked for.
    assert {"/never/image.png", "/never/data"} <= set(site.paths)


def test_scrolling_so_far_to_an_element_and_back_brings_what_comes_into_sight(crawl, site):
    (record,) = crawl("live-reading").records
    first, second, *_, last = live_truth.CHAPTERS
    assert record == {
        "opening": first["text"],
        "second": second["text"],
        "there": "1000 px down",
        "note": last["note"],
        "read": [chapter["text"] for chapter in (first, second, last)],
    }
    asked = [path for path in site.paths if "/reading/api/" in path]
    assert asked == [f"/reading/api/{n}" for n in (1, 1, 2, 2, 6, 6)]


def test_dialogs(crawl):
    (record,) = crawl("live-dialogs", inputs={"title": "Tea"}).records
    assert "Tea" in record["prompt"]
    assert record["confirm"] != record["alert"]


@pytest.mark.parametrize("banner", ["0", "1"])
def test_a_banner_that_shows_only_sometimes_is_one_line(live_project, site, banner):
    text = (EXAMPLES / "live-banner.yaml").read_text().replace("banner=1", f"banner={banner}")
    result = live_project.ok(text.replace("live-banner", "test"), inputs={"site": site.url})
    assert picked(result.records, "name", "price") == live_truth.OFFERS
    assert result.counters["errors"] == 0


def test_a_form_that_a_script_reads(crawl):
    (record,) = crawl("live-forms").records
    assert record["coupon"] == "SPRING"
    assert record["topics"] == ["green", "black"]
    assert record["file"] == "words.csv"
    assert record["city"] in {city["name"] for city in live_truth.CITIES}
    assert (record["day"], record["strength"]) == ("2026-05-04", 8)


def test_tabs_menus_list_boxes_and_boxes_that_scroll(crawl):
    (record,) = crawl("live-widgets").records
    assert record["delivery"] == live_truth.TABS["Delivery"]
    assert record["fresh"] == live_truth.QUESTIONS["Is it fresh?"]
    assert record["drinks"] == live_truth.MENU["Drinks"]
    assert record["roast"] in live_truth.ROASTS
    assert record["log"] == live_truth.LOG[: len(record["log"])]
    assert len(record["log"]) > 10


def test_javascript_with_arguments_and_a_result(crawl):
    (record,) = crawl("live-script", inputs={"least": "150"}).records
    assert record["size"] == [600, 300]
    assert record["days"] == [day for day, visitors in live_truth.BARS if visitors >= 150]


def test_javascript_runs_only_where_the_project_allows_it(live_project, site):
    result = live_project.crawl(
        arguments={"agent": str(EXAMPLES / "live-script.yaml")}, inputs={"site": site.url}
    )
    assert 'does not allow JavaScript: add "javascript" to it' in result.error
    assert result.run is None


def test_a_function_of_the_project_is_given_the_page_of_playwright(crawl, live_project):
    shutil.copy(EXAMPLES / "data" / "chart.py", live_project.folder)
    result = crawl("live-function", project={"SEQUENTUM_SCRIPTS": ["chart"]})
    assert [[record["day"], record["visitors"]] for record in result.records] == live_truth.BARS
