"""The page in a real browser: accessibility, filter, keyboard, and no JavaScript."""

import re
from dataclasses import replace

import pytest

from reports.gate_report import GateResult
from reports.render.html import render
from tests.conftest import load, locate
from tests.reports import samples

REPORTS = {
    "pass": samples.passing,
    "fail": samples.failing,
    "inconclusive": samples.inconclusive,
    "observed": samples.observed,
    "hostile": samples.hostile,
    "no gates": lambda: replace(samples.passing(), gates=()),
    "empty gate": lambda: replace(samples.passing(), gates=(GateResult("load", True, ()),)),
}


@pytest.fixture(scope="module")
def browser():
    chromium = locate("chromium")
    playwright = load("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        instance = driver.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        yield instance
        instance.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Open a report; what the page asks for, reports or throws is an error."""
    contexts, troubles = [], []

    def opening(report, *, width=1280, scheme="light", scripts=True):
        path = tmp_path / f"report-{len(contexts)}.html"
        path.write_text(render(report, samples.decided(report)), encoding="utf-8")
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=scripts
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: (troubles.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: request.url.startswith(("file:", "data:")) or troubles.append(request.url))
        page.goto(path.as_uri())
        return page

    yield opening
    for context in contexts:
        context.close()
    assert troubles == []


def expect(locator):
    """Waits without evaluating strings, which the page's security policy forbids."""
    return load("playwright.sync_api").expect(locator)


def visible_rows(page):
    return page.locator(".row:visible").count()


@pytest.mark.parametrize(
    ("scheme", "name"), [("light", name) for name in REPORTS] + [("dark", name) for name in list(REPORTS)[:5]]
)
def test_axe_finds_nothing(opened, name, scheme):
    """No violation of any of axe's rules, WCAG A and AA and best practices, at 360 and 1280 pixels, folded or not."""
    axe = load("axe_playwright_python.sync_playwright")
    page = opened(REPORTS[name](), scheme=scheme)
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        assert axe.Axe().run(page).response["violations"] == []
    for button in page.locator(".fold").all():
        button.click()
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    assert axe.Axe().run(page).response["violations"] == []


@pytest.mark.parametrize("name", REPORTS)
def test_nothing_runs_over_the_edge(opened, name):
    """From a narrow telephone to a wall screen nothing has to be scrolled sideways, however long its words."""
    page = opened(REPORTS[name]())
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    for width in (320, 360, 768, 1280, 3840):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_first_screen_holds_decision_gates_and_next_step(opened):
    """At 1280 by 800 decision, reason, release, next step and every gate are seen without scrolling."""
    page = opened(samples.failing())
    for selector in (".word", ".headline", ".now ol", ".release dl", ".gates > li:last-child"):
        box = page.locator(selector).bounding_box()
        assert box["y"] + box["height"] <= 800, selector


def test_filter_by_verdict(opened):
    """A verdict's button shows its judgements only, says how many, and All brings the rest back."""
    page = opened(samples.failing())
    page.get_by_role("button", name="FAIL 1", exact=True).click()
    assert visible_rows(page) == 1
    assert page.locator(".shown").inner_text() == "1 of 22 judgements"
    assert page.get_by_role("button", name="FAIL 1", exact=True).get_attribute("aria-pressed") == "true"
    assert page.locator(".gate:visible").count() == 1
    page.get_by_role("button", name="PASS 20").click()
    assert visible_rows(page) == 20, "folded passes unfold when they are asked for"
    page.get_by_role("button", name="All 22").click()
    assert visible_rows(page) == 2, "and fold again"
    assert page.locator(".gate:visible").count() == 4


def test_filter_by_text(opened):
    """All words have to occur, in any case, in gate, subject, reason or facts; nothing found is said."""
    page = opened(samples.failing())
    box = page.get_by_role("searchbox", name="Filter")
    box.fill("TRIVY database")
    expect(page.locator(".shown")).to_have_text(re.compile("^1 of"))
    assert page.locator(".row:visible .subject").inner_text() == "trivy.database.age"
    box.fill("no such thing")
    expect(page.locator(".shown")).to_have_text(re.compile("^None of"))
    assert visible_rows(page) == 0
    box.press("Escape")
    assert box.input_value() == ""
    assert page.locator(".shown").inner_text() == "22 judgements"


def test_the_keyboard_is_enough(opened):
    """Skip link, filter by `/`, buttons, folds and details are all reached and worked without a mouse."""
    page = opened(samples.failing())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["y"] >= 0, "it is seen while it has the focus"
    page.keyboard.press("Enter")
    expect(page.locator("#judgements")).to_be_focused()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "text"
    page.keyboard.type("a/b")
    assert page.get_by_role("searchbox").input_value() == "a/b", "inside the field it is an ordinary character"
    page.keyboard.press("Escape")
    fold = page.locator(".fold").first
    fold.focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    before = visible_rows(page)
    page.keyboard.press("Enter")
    assert fold.get_attribute("aria-expanded") == "true"
    assert visible_rows(page) > before
    summary = page.locator(".row[data-verdict=FAIL] > details > summary").first
    summary.focus()
    page.keyboard.press("Space")
    assert not page.locator(".row[data-verdict=FAIL] > details").first.evaluate("(details) => details.open")


def test_the_shortcut_can_be_switched_off(opened):
    """WCAG 2.1.4: whoever dictates text can turn the one-key shortcut off."""
    page = opened(samples.failing())
    page.locator("#slash").uncheck()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") != "text"


def test_without_javascript_everything_is_there(opened):
    """Every judgement is visible, and the controls that could do nothing are not."""
    page = opened(samples.failing(), scripts=False)
    assert visible_rows(page) == 22
    assert page.locator(".filter:visible, .fold:visible").count() == 0
    page.locator(".row[data-verdict=PASS] summary").first.click()
    assert page.locator(".row[data-verdict=PASS] dl").first.is_visible()


def test_links_of_the_gates_lead_to_their_judgements(opened):
    """A gate's name in the overview jumps to its judgements."""
    page = opened(samples.failing())
    page.get_by_role("link", name="security").click()
    assert page.locator(".gate:target h3").inner_text().endswith("security")


def test_paper_shows_what_is_folded(opened):
    """Printed, the passes are there and the controls are not."""
    page = opened(samples.failing())
    page.emulate_media(media="print")
    assert visible_rows(page) == 22
    assert page.locator(".filter:visible, .fold:visible").count() == 0


def test_hostile_texts_run_nothing(opened):
    """No script of a foreign text runs: the page has no dialog, error, request or changed title."""
    page = opened(samples.hostile())
    assert page.title().startswith("REJECT")
    assert page.locator("img").count() == 0


def test_an_injected_script_is_stopped_by_the_policy(browser, tmp_path):
    """Were every escape to fail, the policy alone would still stop the script; the page's own script runs."""
    report = samples.passing()
    path = tmp_path / "injected.html"
    page_text = render(report, samples.decided(report))
    path.write_text(page_text.replace("<main>", "<main><script>document.title = 'owned'</script>"), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    assert page.title().startswith("PROMOTE")
    assert page.locator("html.script").count() == 1
    page.close()


def test_five_thousand_judgements_stay_usable(opened):
    """A large page opens, and filtering it by text and by verdict finds the right rows; all failed is no worse."""
    page = opened(samples.large(5000, 5000))
    page.get_by_role("searchbox").fill("endpoint-4321")
    # In 0.1 s as it is; in 10 s where every row that is hidden numbers the others anew.
    expect(page.locator(".shown")).to_have_text("1 of 5,000 judgements", timeout=10_000)
    page = opened(samples.large())
    box = page.get_by_role("searchbox")
    box.fill("endpoint-4321")
    expect(page.locator(".shown")).to_have_text("1 of 5,000 judgements")
    assert page.locator(".row:not([hidden])").count() == 1
    box.press("Escape")
    page.get_by_role("button", name="FAIL 200").click()
    assert page.locator(".row:not([hidden])").count() == 200
