"""Which cookies leave a context when the crawl has them no more."""

from scrapy.http.cookies import CookieJar

from sequentum_scrapy.crawl.browser.cookies import expired, gone_from, into_jar


def cookie(name, value, domain="shop.example"):
    return {"name": name, "value": value, "domain": domain, "path": "/", "expires": -1}


def test_what_the_jar_has_no_more_leaves_the_context_but_not_what_a_page_has_set_since():
    jar, known = CookieJar(), {}
    shared = [
        cookie("a", "1"),
        cookie("b", "1"),
        cookie("b", "1", ".shop.example"),
        cookie("c", "1", "localhost"),
    ]
    assert into_jar(shared, jar, known)
    assert gone_from(jar, known) == {}
    jar.clear("shop.example", "/", "a")
    jar.clear("shop.example", "/", "b")
    gone = gone_from(jar, known)
    assert gone == {("a", "shop.example", "/"): "1", ("b", "shop.example", "/"): "1"}
    assert gone_from(jar, known) == {}
    now = [cookie("a", "1"), cookie("b", "2"), *shared[2:], cookie("d", "1")]
    assert expired(now, gone) == [{**cookie("a", "1"), "expires": 1}]
    # And what the page has set is the crawl's too, from then on.
    into_jar(now[1:], jar, known)
    assert {(one.name, one.value, one.domain) for one in jar} == {
        ("b", "2", "shop.example"),
        ("b", "1", ".shop.example"),
        ("c", "1", "localhost.local"),
        ("d", "1", "shop.example"),
    }
