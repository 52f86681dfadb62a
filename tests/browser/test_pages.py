"""Every page in a real browser: no fault, nothing too wide, nothing fetched, no broken link.

Without more, a small set of pages is checked. To check a rendered study, name its folder::

    RELATUM_PAGES=out/chapter .venv/bin/python -m pytest tests/browser -q
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from html.parser import HTMLParser
from pathlib import Path
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

import pytest

from relatum.pipeline.home import write_home
from relatum.pipeline.manifest import Manifest, PlanRecord
from relatum.reports import find_reports, render

PAGES = "RELATUM_PAGES"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTHS = {"desktop": (1280, 900), "phone": (360, 740)}
PATIENCE = 60

PROJECT = """project:
  type: default
lang: en-GB
number-sections: true
format:
  html:
    css: relatum.css
    embed-resources: true
    html-math-method: mathml
"""

DOCUMENT = """---
title: "A page with all that is wide"
subtitle: "Tables, code and words that do not break"
abstract: "An abstract with a [link](#sec-end)."
keywords: [one, two]
toc: true
---

# Words {#sec-words}

Averyveryverylongwordthatnothingbreaks_and_goes_on_and_on_and_on_and_on_and_on_and_on_and_on.
See @tbl-wide and [the end](#sec-end).[^note] A formula: $a^2 + b^2 = c^2$.

[^note]: A note with <https://example.org/a/very/long/address/that/goes/on/and/on/and/on/and/on>.

::: {.callout-note}
## A box
With a list:

- one
- two
:::

# A table {#sec-table}

::: {#tbl-wide}

| Case | First | Second | Third | Fourth | Fifth | Sixth | Seventh | Eighth |
|------|------:|-------:|------:|-------:|------:|------:|--------:|-------:|
| large_and_unbreakable_name | 1.2345 | 2.3456 | 3.4567 | 4.5678 | 5.6789 | 6.789 | 7.891 | 8.9 |

A wide table
:::

# The end {#sec-end}

```
a line of code that is longer than any telephone is wide, so that it has to scroll within its box
```
"""

# The browser listens on file descriptor 3 and speaks on 4.
LAUNCH = """
import os, sys
os.dup2(int(sys.argv[1]), 23)
os.dup2(int(sys.argv[2]), 24)
os.dup2(23, 3)
os.dup2(24, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""

# What the browser is asked once a page has loaded.
QUESTION = """(() => {
  const root = document.documentElement;
  const shown = node => node.offsetParent !== null
    && getComputedStyle(node).visibility !== "hidden";
  const scrolls = node => {
    for (let up = node.parentElement; up; up = up.parentElement)
      if (["auto", "scroll", "hidden"].includes(getComputedStyle(up).overflowX)) return true;
    return false;
  };
  const name = node => node.tagName + (node.className ? "." + node.className : "");
  const parts = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map(v => (v /= 255, v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = node => {
    for (let up = node; up; up = up.parentElement) {
      const found = parts(getComputedStyle(up).backgroundColor);
      if (found.length < 4 || found[3] === 1) return found;
    }
    return [255, 255, 255];
  };
  const contrast = node => {
    const pair = [light(parts(getComputedStyle(node).color)), light(ground(node))];
    return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
  };
  const all = [...document.body.querySelectorAll("*")].filter(shown);
  const texts = all.filter(node => !node.closest("svg, math") && [...node.childNodes]
    .some(child => child.nodeType === 3 && child.data.trim()));
  return JSON.stringify({
    overflow: root.scrollWidth - root.clientWidth,
    wide: all.filter(node => node.getBoundingClientRect().right > root.clientWidth + 1
      && !scrolls(node)).slice(0, 5).map(name),
    pale: texts.filter(node => contrast(node) < 4.5).slice(0, 5)
      .map(node => name(node) + " " + contrast(node).toFixed(2)),
    silent: [...document.images].filter(image => !image.hasAttribute("alt")).length,
    unnamed: [...document.links].filter(link => !link.textContent.trim()
      && !link.getAttribute("aria-label") && !link.querySelector("img[alt]")).length,
    lang: root.lang, title: document.title,
    h1: document.querySelectorAll("h1").length, main: document.querySelectorAll("main").length,
    broken: [...document.images].filter(image => !image.naturalWidth).length,
  });
})()"""


class Page(HTMLParser):
    """Links and anchors of a page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.anchors = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.anchors |= {found[key] for key in ("id", "name") if found.get(key)}
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        if tag in ("img", "script", "iframe") and found.get("src"):
            self.links.append(found["src"])
        if tag == "link" and found.get("href"):
            self.links.append(found["href"])


class Browser:
    """A headless Chromium that is spoken to through two pipes: no port, no library."""

    def __init__(self, program, folder):
        hears, self._writes = os.pipe()
        self._reads, speaks = os.pipe()
        options = (
            *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            *("--no-first-run", "--disable-extensions", "--disable-background-networking"),
            *("--remote-debugging-pipe", f"--user-data-dir={folder}", "about:blank"),
        )
        self._process = subprocess.Popen(
            [sys.executable, "-c", LAUNCH, str(hears), str(speaks), program, *options],
            pass_fds=(hears, speaks),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(hears)
        os.close(speaks)
        self._rest, self._last, self.events = b"", 0, []

    def close(self):
        with contextlib.suppress(OSError):
            self._send("Browser.close")
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._writes)
        os.close(self._reads)

    def _send(self, method, session=None, **parameters):
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        message |= {"sessionId": session} if session else {}
        os.write(self._writes, json.dumps(message).encode() + b"\0")
        return self._last

    def _message(self):
        while b"\0" not in self._rest:
            found = os.read(self._reads, 1 << 20)
            assert found, "the browser has closed"
            self._rest += found
        first, _, self._rest = self._rest.partition(b"\0")
        return json.loads(first)

    def call(self, method, session=None, **parameters):
        number = self._send(method, session, **parameters)
        while (message := self._message()).get("id") != number:
            self.events.append(message)
        assert "error" not in message, message["error"]
        return message["result"]

    def wait(self, method):
        while all(event.get("method") != method for event in self.events):
            self.events.append(self._message())

    def look(self, path, width, height):
        """Open a page at a size; return what it says of itself, and what went wrong."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable", session)
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", session, **size)
        self.events = []
        self.call("Page.navigate", session, url=path.resolve().as_uri())
        self.wait("Page.loadEventFired")
        answer = self.call("Runtime.evaluate", session, expression=QUESTION, returnByValue=True)
        found = json.loads(answer["result"]["value"])
        faults = [fault for event in self.events if (fault := fault_of(event))]
        self.call("Target.closeTarget", targetId=target)
        return found, faults


def fault_of(event):
    """Word what a browser reports: an exception, an error of the console, something fetched."""
    method, told = event.get("method", ""), event.get("params", {})
    if method == "Runtime.exceptionThrown":
        return f"exception: {told['exceptionDetails']['text']}"
    if method == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning", "assert"):
        return f"console: {told['args']}"
    if method == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
        return f"log: {told['entry']['text']}"
    if method == "Network.requestWillBeSent":
        address = told["request"]["url"]
        if not address.startswith(("file:", "data:")):
            return f"fetched: {address}"
    return ""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The rendered study that the environment names; otherwise a home page and one report."""
    named = os.environ.get(PAGES, "")
    if named:
        assert (Path(named) / "index.html").is_file(), f"{PAGES} names no rendered study: {named}"
        return Path(named)
    top = tmp_path_factory.mktemp("pages")
    project, place = top / "project", top / "study"
    project.mkdir()
    shutil.copy(find_reports() / "relatum.css", project)
    (project / "_quarto.yml").write_text(PROJECT, encoding="utf-8")
    document = project / "wide.qmd"
    document.write_text(DOCUMENT, encoding="utf-8")
    render(document, formats=["html"], engine="builtin", out_dir=place / "reports")
    write_home(place, small_manifest(place), [document])
    return place


def small_manifest(place):
    words = dict.fromkeys(PlanRecord.__dataclass_fields__, "a_word_without_any_break_" * 4)
    plan = {**words, "title": "A small study", "sample_origin": "simulated"}
    (place / "manifest.json").write_text("{}", encoding="utf-8")
    return Manifest(
        plan=PlanRecord(**{**plan, "seed": 1, "models": (), "gates": ()}),
        packages=MappingProxyType({"numpy": "2"}),
        files=(),
        reports=("wide.html",),
        engine="builtin",
    )


def pages_of(folder):
    return sorted(folder.rglob("*.html"))


def test_no_link_is_broken(folder):
    faults, parsed = [], {}
    for path in pages_of(folder):
        parsed[path.resolve()] = Page(path.read_text(encoding="utf-8"))
    for path, page in parsed.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme in ("http", "https", "mailto", "data"):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if parts.scheme or not target.is_file():
                faults.append(f"{path.name}: {link}")
            elif parts.fragment and target in parsed:
                known = unquote(parts.fragment) in parsed[target].anchors
                faults += [] if known else [f"{path.name}: {link}"]
    assert parsed
    assert faults == []


@pytest.fixture(scope="module")
def browser():
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip(f"no browser: none of {', '.join(PROGRAMS)} is on the path")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        opened = Browser(program, profile)
        yield opened
        opened.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_in_a_browser(folder, browser, width):
    faults = {}
    for path in pages_of(folder):
        found, told = browser.look(path, *WIDTHS[width])
        if found["overflow"] > 0:
            told.append(f"{found['overflow']} pixels too wide: {found['wide']}")
        told += [f"pale: {name}" for name in found["pale"]]
        counts = ("silent", "unnamed", "broken")
        told += [f"{found[name]} {name}" for name in counts if found[name]]
        told += [f"no {name}" for name in ("h1", "main", "lang", "title") if not found[name]]
        if told:
            faults[path.name] = told
    assert faults == {}


def test_the_browser_sees_faults(browser, tmp_path):
    """The check can fail: a page with one fault of each kind."""
    page = tmp_path / "bad.html"
    page.write_text(
        '<html><body><p style="width:3000px;color:#aaa">wide</p><img src="none.png">'
        '<a href="#x"></a><script>console.error("told"); undefinedName()</script></body></html>',
        encoding="utf-8",
    )
    found, told = browser.look(page, 360, 740)
    assert found["overflow"] > 1000
    assert found["wide"] == ["P"]
    assert found["pale"]
    assert (found["silent"], found["unnamed"], found["broken"]) == (1, 1, 1)
    assert (found["h1"], found["main"], found["lang"], found["title"]) == (0, 0, "", "")
    assert {fault.partition(":")[0] for fault in told} >= {"exception", "console"}
