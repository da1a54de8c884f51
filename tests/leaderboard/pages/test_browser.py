"""The pages in a real Chromium, without a window: clicks, keys, sizes, themes, no error at all."""

import functools
import importlib.util
import os
import shutil
import threading
from pathlib import Path

import pytest
from memenv_leaderboard.store import SqliteStore

from memenv.cli.pages_server import PagesServer

pytestmark = pytest.mark.browser

RUN = "0123456789ab"
WIDE, PHONE = (1280, 900), (390, 800)


def missing(what):
    """Skip; where the browser is required, as in CI, fail."""
    if os.environ.get("MEMENV_BROWSER") == "required":
        pytest.fail(what)
    pytest.skip(what)


def program(variable, *names):
    found = os.environ.get(variable) or next(filter(None, map(shutil.which, names)), None)
    return found or missing(f"no {names[0]}: apt-get install {names[0]}, or set {variable}")


@functools.cache
def axe():
    """The source of axe-core: that of MEMENV_AXE, or the one in the test tools."""
    if os.environ.get("MEMENV_AXE"):
        return Path(os.environ["MEMENV_AXE"]).read_text("utf-8")
    found = importlib.util.find_spec("axe_core_python")
    if found is None:
        missing("no axe-core: pip install 'memenv[browser]', or set MEMENV_AXE to its axe.min.js")
    return (Path(found.submodule_search_locations[0]) / "axe.min.js").read_text("utf-8")


class Browser:
    """A page in Chromium, and what tests do with it."""

    def __init__(self, driver):
        self.driver = driver

    def open(self, url, size=WIDE, dark=False):
        theme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [theme]})
        # The same address with another fragment would be no new page.
        self.driver.get("about:blank")
        self.driver.get(url)

    def errors(self):
        return [each["message"] for each in self.driver.get_log("browser")]

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def find(self, selector):
        return self.driver.find_element("css selector", selector)

    def all(self, selector):
        found = self.driver.find_elements("css selector", selector)
        return [each for each in found if each.is_displayed()]

    def texts(self, selector):
        return [each.text for each in self.all(selector)]

    def choose(self, selector, text):
        from selenium.webdriver.support.ui import Select

        Select(self.find(selector)).select_by_visible_text(text)

    def keys(self, *keys):
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def hover(self, element):
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.driver).move_to_element(element).perform()

    def focused(self):
        return self.driver.switch_to.active_element

    def until(self, condition, seconds=15):
        from selenium.common.exceptions import StaleElementReferenceException
        from selenium.webdriver.support.ui import WebDriverWait

        # What is looked at may be drawn anew at that moment.
        passing = [StaleElementReferenceException]
        wait = WebDriverWait(self.driver, seconds, 0.05, ignored_exceptions=passing)
        return wait.until(lambda driver: condition())


@pytest.fixture(scope="module")
def chromium():
    binary = program("CHROMIUM", "chromium", "chromium-browser", "google-chrome")
    driver = program("CHROMEDRIVER", "chromium-driver", "chromedriver")
    if importlib.util.find_spec("selenium") is None:
        missing("no selenium: pip install 'memenv[browser]'")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for argument in ("headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage"):
        options.add_argument(f"--{argument}")
    # It asks for updates and the like otherwise; nothing outside is to be reached.
    options.add_argument("--disable-background-networking")
    options.add_argument("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with webdriver.Chrome(options=options, service=Service(driver)) as made:
        yield made


@pytest.fixture
def browser(chromium):
    """No test ends with an error in the console: a blocked script or style is one."""
    browser = Browser(chromium)
    browser.errors()
    yield browser
    assert browser.errors() == []
    assert "[object " not in browser.find("body").text


@pytest.fixture(scope="module")
def boards(kit, tmp_path_factory):
    """A database of several boards."""
    folder = tmp_path_factory.mktemp("boards")
    streams = [
        {**kit.STORY, "id": str(n), "competency": name} for n, name in enumerate(("AR", "CR", "AR"))
    ]
    path = kit.a_file(folder, *streams)
    scripts = {
        "all": [[*kit.SCRIPT[0]], [], [*kit.SCRIPT[2][:2]]],
        "some": [[kit.SCRIPT[0][1]], [], []],
        "none": [[], [], []],
    }
    db = folder / "memenv.db"
    with SqliteStore(db) as store:
        for number, (agent, script) in enumerate(scripts.items()):
            for capacity in (None, 0.9):
                name = f"{number}{'a' if capacity is None else 'b'}"
                run = kit.a_run(path, agent=agent, id=name * 6, planned=3, capacity=capacity)
                store.begin(run)
                for index in range(3):
                    # Half of it is done in the second competency; one is not done at all.
                    steps = scripts["some"] if index == 1 else script
                    result = kit.a_result(path, steps, index, capacity=capacity)
                    lost = agent == "none" and index == 1
                    store.save(run.id, kit.a_failure(path, number=1) if lost else result)
    return kit.built(db, folder / "site")


@pytest.fixture(params=["file", "http"])
def address(request, story, site):
    """Where the pages of the story are: on the disk, and served."""
    if request.param == "file":
        yield site.as_uri() + "/"
        return
    with PagesServer(story[0]) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server.url()
        server.shutdown()
        thread.join()


def agents(browser):
    return browser.texts("#rows td.agent a")


def test_the_ranking_is_sorted_by_a_click_and_again_the_other_way(browser, boards):
    browser.open(f"{boards.as_uri()}/index.html")
    assert agents(browser) == ["all", "some"]
    head = browser.find("[data-sort=score]")
    assert head.get_attribute("aria-sort") == "descending"
    head.find_element("css selector", "button").click()
    assert agents(browser) == ["some", "all"]
    assert head.get_attribute("aria-sort") == "ascending"
    browser.find("[data-sort=agent] button").click()
    assert agents(browser) == ["all", "some"]
    assert head.get_attribute("aria-sort") is None


def test_the_ranking_is_filtered_by_budget_competency_name_and_rank(browser, boards):
    browser.open(f"{boards.as_uri()}/index.html")
    first = browser.texts("#rows td:nth-child(3)")
    browser.choose("#budget", "0.9 of the stream")
    assert agents(browser) == ["all", "some"]
    assert [each.get_attribute("href")[-7:-5] for each in browser.all("#rows a")] == ["0b", "1b"]
    browser.choose("#budget", "all")
    assert len(agents(browser)) == 4
    assert browser.find("#several").is_displayed()
    browser.choose("#budget", "open")
    browser.choose("#competency", "CR")
    assert browser.texts("#rows td:nth-child(3)") != first
    browser.choose("#competency", "overall")
    browser.find("#unranked").click()
    assert agents(browser) == ["all", "some", "none"]
    assert "not ranked" in browser.find("#rows tr:last-child").text
    browser.find("#search").send_keys("som")
    assert agents(browser) == ["some"]
    browser.find("#search").send_keys("ething else")
    assert agents(browser) == []
    assert "No run matches" in browser.find("#none").text


def test_the_scatter_has_a_dot_for_every_row_and_the_front(browser, boards):
    browser.open(f"{boards.as_uri()}/index.html")
    names = [each.get_attribute("aria-label") for each in browser.all("#scatter a")]
    assert sorted(name.split(":")[0] for name in names) == ["all", "some"]
    assert len(browser.all("#scatter .dot.best")) == 2
    browser.all("#scatter a")[0].find_element("css selector", "circle").click()
    browser.until(
        lambda: (
            browser.driver.current_url.endswith(".html") and "runs/" in browser.driver.current_url
        )
    )


def test_the_slider_shows_the_memory_of_any_moment(browser, address):
    browser.open(f"{address}episodes/{RUN}/0.html")
    assert browser.find("#memory-title").text == "Memory after chunk 2"
    moment = browser.find("#moment")
    moment.send_keys("\ue012")  # arrow left
    assert browser.find("#memory-title").text == "Memory after chunk 1"
    assert "soon gone" in browser.texts("[data-entry='1.1']")[0]
    assert "new" in browser.texts("[data-entry='1.1']")[0]
    moment.send_keys("\ue010")  # end
    rows = {each.get_attribute("data-entry"): each.text for each in browser.all("[data-entry]")}
    assert "deleted" in rows["1.1"]
    assert "updated" in rows["0.1"]
    assert "Ben walks." in rows["0.1"]
    browser.find(".timeline button").click()
    assert browser.find("#chunk-title").text == "Chunk 0"
    assert "Ada dwells in Oslo." in browser.find(".chunk").text
    assert sorted(rows) == ["0.0", "0.1", "1.1", "2.0", "2.1"]
    assert browser.driver.current_url.endswith("#step=0")


def test_an_operation_is_shown_with_what_became_of_it(browser, site):
    browser.open(f"{site.as_uri()}/episodes/{RUN}/0.html#step=1")
    shown = browser.texts("[aria-labelledby=chunk-title] .list > li")
    assert len(shown) == 3
    assert "rejected" in shown[0]
    assert "unknown store 'nowhere'" in shown[0]
    assert "duplicate" in shown[2]


def test_hovering_an_entry_tells_where_it_came_from_and_what_it_served(browser, address):
    browser.open(f"{address}episodes/{RUN}/0.html")
    assert not browser.find("#detail").is_displayed()
    browser.hover(browser.find("[data-entry='0.1'] .said"))
    told = browser.find("#detail").text
    assert "Made at chunk 0, operation 1." in told
    assert "Written by chunk 0chunk 2" in told.replace(" chunk 2", "chunk 2")
    assert "Had 2 texts" in told
    assert "Retrieved for 1 question" in told
    wrote = [each.get_attribute("aria-label") for each in browser.all(".timeline .wrote")]
    assert [label.split(",")[0] for label in wrote] == ["Chunk 0", "Chunk 2"]
    # The same by keyboard.
    browser.keys("\ue00c")
    assert not browser.find("#detail").is_displayed()
    browser.run("document.querySelector('[data-entry=\"2.1\"] [data-about]').focus()")
    assert "Retrieved for 2 questions" in browser.find("#detail").text


def test_every_question_says_what_was_retrieved_and_why_it_was_lost(browser, address):
    browser.open(f"{address}episodes/{RUN}/0.html#question=1")
    assert browser.find("[data-story]").text.startswith("Overwritten:")
    assert "overwritten" in browser.find(".verdict").text
    browser.find("[data-question='0']").click()
    assert browser.find("[data-story]").text.startswith("Kept but not found:")
    assert [each.get_attribute("aria-label")[:7] for each in browser.all(".timeline .gold")] == [
        "Chunk 0"
    ]
    retrieved = browser.texts(".verdict ol > li")
    assert "The pilot Eva resides near a town." in retrieved[0]
    assert "the answer rests on it" in retrieved[0]
    assert "written by chunk 2" in " ".join(retrieved[0].split())
    assert "from chunk 0 to the end" in browser.find(".verdict").text
    used = [each.get_attribute("data-entry") for each in browser.all("[data-entry].used")]
    assert sorted(used) == ["2.0", "2.1"]
    browser.find("[data-question='2']").click()
    assert browser.find("[data-story]").text == "Never stored: no entry ever held it."
    browser.choose("#verdict", "answered (1)")
    assert len(browser.all("[data-question]")) == 1


def test_entries_are_found_by_their_words(browser, site):
    browser.open(f"{site.as_uri()}/episodes/{RUN}/0.html")
    browser.find("#find-entry").send_keys("PILOT")
    assert len(browser.all("[data-entry]")) == 2


@pytest.mark.parametrize("page", ["index.html", "runs/000000000000.html", "runs/000000000001.html"])
def test_hostile_text_is_text_in_every_page(browser, attacked_site, page):
    browser.open(f"{attacked_site.as_uri()}/{page}")
    assert browser.run("return window.hacked") is None
    assert "<script>window.hacked = 1</script>" in browser.find("main").text
    assert browser.all("main script, main style, main img, main iframe") == []


def test_hostile_text_is_text_in_the_explorer(browser, attacked_site, kit):
    browser.open(f"{attacked_site.as_uri()}/episodes/000000000000/0.html")
    for number in range(13):
        browser.run("document.querySelectorAll('.timeline button')[arguments[0]].click()", number)
        assert browser.find("#chunk-title").text == f"Chunk {number}"
    for number in range(12):
        browser.run('document.querySelector(`[data-question="${arguments[0]}"]`).click()', number)
    browser.run("document.querySelector('[data-about]').click()")
    assert browser.run("return window.hacked") is None
    text = browser.find("main").text
    for attack in kit.ATTACKS[:5]:
        assert attack in text
    assert browser.all("main script, main style, main img, main iframe") == []
    assert browser.run("return document.documentElement.scrollWidth <= innerWidth")


def test_a_long_text_is_cut_and_shown_on_request(browser, attacked_site):
    browser.open(f"{attacked_site.as_uri()}/episodes/000000000000/0.html")
    size = "return document.querySelector('.chunk .said').textContent.length"
    assert browser.run(size) < 3000
    button = browser.find(".chunk button")
    assert button.text == "show 200,000 of 1,000,000 characters"
    button.click()
    assert browser.run(size) > 200_000
    assert "memenv show has it all" in browser.run(
        "return document.querySelector('.chunk').textContent"
    )
    button.click()
    assert browser.run(size) < 3000


def test_a_script_in_the_page_would_not_run(chromium, site):
    browser = Browser(chromium)
    browser.open(f"{site.as_uri()}/index.html")
    browser.run(
        "for (const text of ['window.hacked = 1']) {"
        " const made = document.createElement('script'); made.textContent = text;"
        " document.body.append(made); }"
    )
    assert browser.run("return window.hacked") is None
    assert any("Content Security Policy" in error for error in browser.errors())


def test_the_theme_follows_the_system_and_can_be_chosen(browser, site):
    colour = "return getComputedStyle(document.body).backgroundColor"
    browser.open(f"{site.as_uri()}/index.html", dark=True)
    dark = browser.run(colour)
    browser.open(f"{site.as_uri()}/index.html")
    light = browser.run(colour)
    assert dark != light
    browser.find("#theme").click()
    assert browser.run(colour) == dark
    browser.open(f"{site.as_uri()}/runs/{RUN}.html")
    assert browser.run(colour) == dark
    browser.find("#theme").click()
    assert browser.run(colour) == light
    browser.run("localStorage.clear()")


ROOT = "document.documentElement"
PAGES = ("index.html", f"runs/{RUN}.html", f"episodes/{RUN}/0.html", f"episodes/{RUN}/1.html")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_fits_a_phone(browser, site, page):
    browser.open(f"{site.as_uri()}/{page}", PHONE)
    width, room = browser.run(f"return [{ROOT}.scrollWidth, {ROOT}.clientWidth]")
    assert width == room <= 390


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_serious(browser, site, page, dark):
    browser.open(f"{site.as_uri()}/{page}", dark=dark)
    if "episodes" in page and browser.all("[data-question]"):
        browser.find("[data-question='0']").click()
        browser.find("[data-entry] [data-about]").click()
    browser.run(axe())
    found = browser.driver.execute_async_script(
        "const done = arguments[arguments.length - 1];"
        "axe.run(document, {resultTypes: ['violations'], preload: false}).then(done)"
    )
    serious = [
        (each["id"], [(node["html"][:120], node["failureSummary"]) for node in each["nodes"][:3]])
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_all_is_reached_by_keyboard_alone(browser, boards, site):
    browser.open(f"{boards.as_uri()}/index.html")
    browser.keys("\ue004")
    assert browser.focused().text == "Skip to the content"
    browser.keys("\ue007")
    for _ in range(20):
        browser.keys("\ue004")
        if browser.focused().text.startswith("Agent"):
            break
    browser.keys("\ue00d")
    assert browser.find("[data-sort=agent]").get_attribute("aria-sort") == "ascending"
    browser.open(f"{site.as_uri()}/episodes/{RUN}/0.html")
    for _ in range(10):
        browser.keys("\ue004")
        if browser.focused().get_attribute("aria-current") == "step":
            break
    browser.keys("\ue012")
    assert browser.focused().get_attribute("aria-label").startswith("Chunk 1")
    assert browser.find("#memory-title").text == "Memory after chunk 1"
    browser.keys("\ue011")
    assert browser.find("#memory-title").text == "Memory after chunk 0"
    outline = "return getComputedStyle(document.activeElement).outlineStyle"
    assert browser.run(outline) == "solid"


def test_a_page_follows_its_run(browser, kit, tmp_path):
    path = kit.a_file(tmp_path, kit.STORY, {**kit.STORY, "id": "second"})
    run = kit.a_run(path, planned=2)
    db = tmp_path / "memenv.db"
    with SqliteStore(db) as store, PagesServer(db) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        store.begin(run)
        browser.open(server.url(f"runs/{run.id}.html"))
        assert browser.find("#live").text == "In progress: 0 of 2 episodes"
        browser.run("window.same = true")
        store.save(run.id, kit.a_result(path, kit.SCRIPT))
        browser.until(lambda: "1 of 2 episodes" in browser.find("#live").text)
        browser.until(lambda: len(browser.all("#episodes tbody tr")) == 1)
        store.save(run.id, kit.a_result(path, kit.SCRIPT, 1))
        browser.until(lambda: browser.find("#live").text.startswith("Done: 2 of 2"))
        browser.until(lambda: len(browser.all("#episodes tbody tr")) == 2)
        assert browser.run("return window.same")
        link = browser.find("#episodes a")
        link.click()
        browser.until(lambda: browser.all("#moment"))
        browser.open("about:blank")
        server.shutdown()
        thread.join()
