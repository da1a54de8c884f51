"""Take the pictures of docs/gallery.md: evaluate agents, write the pages, open them in Chromium.

    python scripts/screenshots.py [-o docs]

Needs Chromium and its driver (`apt-get install chromium chromium-driver`) and `memenv[browser]`.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

SUITE = ("--suite", "quick")
RUNS = (
    *(
        ("--agent", name)
        for name in ("skip", "random", "recent", "append", "lines", "rag", "oracle")
    ),
    ("--agent", "memagent", "--model", "demo"),
)

# A question by itself: not below the timeline, nor in a box that scrolls, with the first it found.
ALONE = """
for (const each of document.querySelectorAll(".list")) each.style.maxHeight = "none";
for (const each of document.querySelectorAll(".verdict .said")) each.style.maxHeight = "6rem";
for (const each of document.querySelectorAll(".verdict ol > li:nth-child(n+4), .verdict details"))
  each.hidden = true;
document.querySelector(".moment").style.position = "static";
"""

# Name of the picture, agent, environment, how the story of the question begins.
FAILURES = (
    ("failure-not-found", "lines", "amendments", "Kept but not found"),
    ("failure-overwritten", "memagent", "MemAlpha-AR-v0", "Overwritten"),
    ("failure-never-stored", "memagent", "MemAlpha-AR-v0", "Never stored"),
)


def memenv(db: Path, *words: str) -> str:
    """What a command prints."""
    command = [sys.executable, "-m", "memenv.cli.main", *words, "--db", str(db)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def prepared(folder: Path) -> tuple[Path, dict[str, str]]:
    """The site of all runs, and agent -> run."""
    db, runs = folder / "memenv.db", {}
    for arguments in RUNS:
        told = json.loads(memenv(db, "eval", *arguments, *SUITE, "--json"))
        runs[arguments[1]] = told["run"]
    wanted = [
        word for agent in sorted({each[1] for each in FAILURES}) for word in ("--run", runs[agent])
    ]
    memenv(db, "leaderboard", "site", "-o", str(folder / "site"), "--episodes", "13", *wanted)
    return folder / "site", runs


def found(site: Path, run: str, env: str, story: str) -> tuple[int, int]:
    """Episode and number of the first question of an environment with a story, briefly asked."""
    for path in sorted(site.glob(f"data/{run}/*.js"), key=lambda path: int(path.stem)):
        literal = re.fullmatch(r'memenvData\("episode", \'(.*)\'\);\n', path.read_text("utf-8"))
        assert literal is not None
        data = json.loads(literal[1].replace("\\\\", "\\"))
        if data["failure"] is not None or not data["key"].startswith(env):
            continue
        for number, question in enumerate(data["questions"]):
            if told(question) == story and len(question["support"]) <= 2:
                return int(path.stem), number
    raise SystemExit(f"no question of {env} in run {run} is one of: {story}")


def told(question: dict[str, Any]) -> str:
    """How the story of a question begins, as assets/episode.js tells it."""
    if question["answered"] is not False or not question["support"]:
        return ""
    if question["kept"]:
        return "" if question["found"] else "Kept but not found"
    fates = {each["fate"] for each in question["support"]}
    return (
        "Never stored" if "never" in fates else "Overwritten" if "updated" in fates else "Deleted"
    )


def chromium() -> Any:
    """A browser without a window."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    programs = {}
    for variable, names in (
        ("CHROMIUM", ("chromium", "chromium-browser", "google-chrome")),
        ("CHROMEDRIVER", ("chromedriver",)),
    ):
        place = os.environ.get(variable) or next(filter(None, map(shutil.which, names)), None)
        if place is None:
            raise SystemExit(f"no {names[0]} found: install it, or set {variable}")
        programs[variable] = place
    options = webdriver.ChromeOptions()
    options.binary_location = programs["CHROMIUM"]
    for argument in ("headless=new", "no-sandbox", "disable-gpu", "hide-scrollbars"):
        options.add_argument(f"--{argument}")
    return webdriver.Chrome(options=options, service=Service(programs["CHROMEDRIVER"]))


def show(
    driver: Any, address: str, size: tuple[int, int] = (1280, 860), *, dark: bool = False
) -> None:
    """Open a page."""
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    theme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [theme]})
    driver.get("about:blank")
    driver.get(address)


def keep(png: bytes, place: Path) -> None:
    """Write a picture with 256 colours, which is a third of the bytes and looks the same."""
    from PIL import Image

    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(place, optimize=True)


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("-o", type=Path, default=Path("docs"), metavar="DIR")
    folder = parser.parse_args().o
    with tempfile.TemporaryDirectory(prefix="memenv-") as temporary, chromium() as driver:
        site, runs = prepared(Path(temporary))
        show(driver, f"{site.as_uri()}/index.html")
        keep(driver.get_screenshot_as_png(), folder / "ranking.png")
        for name, agent, env, story in FAILURES:
            episode, question = found(site, runs[agent], env, story)
            page = f"{site.as_uri()}/episodes/{runs[agent]}/{episode}.html#question={question}"
            show(driver, page, (760, 1400))
            driver.execute_script(ALONE)
            item = driver.find_element("css selector", "li:has(> [aria-expanded=true])")
            keep(item.screenshot_as_png, folder / f"{name}.png")
            if name == "failure-not-found":
                show(driver, page, (1280, 1180), dark=True)
                choose = driver.find_element("id", "verdict")
                choose.find_element("css selector", "[value='not found']").click()
                driver.find_element("css selector", "[data-entry].used [data-about]").click()
                driver.execute_script("scrollTo(0, 0)")
                keep(driver.get_screenshot_as_png(), folder / "explorer.png")


if __name__ == "__main__":
    main()
