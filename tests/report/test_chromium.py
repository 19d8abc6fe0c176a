"""The page in a real browser: nothing in the console, readable at every width, by mouse and by keyboard, on paper."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from chromium import Page
from test_page import attacked

from autograder.classroom.report.page import write_report

# What a keyboard stops at, and what a screen reader is told of everything that has a role of its own.
NAMELESS = """[...document.querySelectorAll('a, button, summary, svg[role], [role=img], [role=region]')]
  .filter(e => !(e.getAttribute('aria-label') || e.textContent.trim() || e.getAttribute('aria-labelledby'))).length"""
TOO_FAINT = """(() => {
  const channel = (c) => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const behind = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  const faint = new Set();
  for (const e of document.querySelectorAll('p, li, td, th, a, dd, dt, h1, h2, h3, h4, summary, code, small, caption, figcaption, button')) {
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) faint.add(`${e.tagName} ${getComputedStyle(e).color}`);
  }
  return [...faint];
})()"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_is_readable(tab: Page, page_file: Path, width: int, scheme: str) -> None:
    tab.messages.clear()
    tab.requested.clear()
    tab.open(page_file, width, scheme=scheme)
    assert tab.messages == []
    assert {url for url in tab.requested if not url.startswith("data:")} == {page_file.as_uri()}
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.evaluate(TOO_FAINT) == []
    assert tab.evaluate(NAMELESS) == 0
    paper = [int(part) for part in re.findall(r"\d+", tab.evaluate("getComputedStyle(document.body).backgroundColor"))]
    assert (sum(paper) > 600) == (scheme == "light")


def test_attacks_stay_text(tab: Page, tmp_path: Path) -> None:
    for anonymous in (True, False):
        write_report(attacked(), tmp_path / "attacked.html", anonymous=anonymous)
        tab.messages.clear()
        tab.requested.clear()
        tab.open(tmp_path / "attacked.html")
        assert tab.messages == []
        assert len(set(tab.requested)) == 1
        assert tab.evaluate("document.scripts.length") == 1
        assert tab.evaluate("document.querySelectorAll('img, b, i').length") == 0
        assert "<script>alert(1)</script>" in tab.evaluate("document.title")


COLUMN = "[...document.querySelectorAll('.questions tbody tr')].map(row => row.children[{0}].dataset.value ?? row.children[{0}].textContent)"
HEAD = "document.querySelectorAll('.questions thead button')[{0}]"


def test_tables_sort_by_keyboard_and_say_so(tab: Page, page_file: Path) -> None:
    tab.open(page_file)
    tab.evaluate(HEAD.format(3) + ".focus()")
    for order, down in (("ascending", False), ("descending", True)):
        tab.press("Enter")
        assert tab.evaluate(HEAD.format(3) + ".closest('th').getAttribute('aria-sort')") == order
        values = tab.evaluate(COLUMN.format(3))
        numbers = [float(value) for value in values if value]
        assert numbers == sorted(numbers, reverse=down)
        assert "" in values
        assert values.index("") == len(numbers), "what has no value comes last"
    assert tab.evaluate("document.querySelectorAll('.questions [aria-sort]').length") == 1
    tab.evaluate(HEAD.format(0) + ".click()")
    numbers = tab.evaluate("[...document.querySelectorAll('.questions tbody th')].map(head => head.textContent.split(' ')[0])")
    assert numbers == sorted(numbers, key=lambda number: [int(part) for part in number.split(".")])
    assert numbers.index("2.9") < numbers.index("2.10")


def test_plots_are_read_by_pointer_and_by_keyboard(tab: Page, page_file: Path) -> None:
    tab.open(page_file)
    assert tab.evaluate("document.querySelectorAll('#scores svg [tabindex=\"0\"]').length") == 1, "one stop of the tab key"
    tab.evaluate("document.querySelector('#scores svg [tabindex=\"0\"]').focus()")
    first = tab.evaluate("document.getElementById('tip').textContent")
    assert re.fullmatch(r"0 to below 5 points: \d+ submissions?", first)
    tab.press("ArrowRight")
    second = tab.evaluate("document.getElementById('tip').textContent")
    assert second.startswith("5 to below 10 points")
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == second
    tab.press("End")
    tab.press("ArrowRight")
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')").startswith("85 to 90 points")
    tab.evaluate("document.activeElement.blur()")
    assert tab.evaluate("document.getElementById('tip').hidden")
    at = tab.evaluate("""(async () => { const dot = document.querySelector('#questions .dot'); dot.scrollIntoView({block: 'center', behavior: 'instant'});
        for (let n = 0; n < 3; n++) await new Promise(requestAnimationFrame);  // a scroll hides what is shown
        const box = dot.getBoundingClientRect(); return [box.x + box.width / 2, box.y + 7, dot.dataset.says]; })()""")
    tab.call("Input.dispatchMouseEvent", type="mouseMoved", x=at[0], y=at[1])
    shown = tab.evaluate("(t => t.hidden ? '' : t.textContent)(document.getElementById('tip'))")
    assert re.search(r"of the points earned, correlation [+-]0\.\d\d$", shown)
    box = tab.evaluate("(b => [b.left, b.top, b.right, b.bottom])(document.getElementById('tip').getBoundingClientRect())")
    assert box[0] >= 0
    assert box[1] >= 0
    assert box[2] <= 1280


def test_a_screen_reader_finds_landmarks_headings_and_formulas(tab: Page, page_file: Path) -> None:
    tab.open(page_file)
    tree = tab.call("Accessibility.getFullAXTree")["nodes"]
    roles = [node["role"]["value"] for node in tree if not node.get("ignored")]
    assert {"main", "navigation", "banner", "heading", "table", "columnheader", "rowheader", "image", "MathMLMath", "article"} <= set(roles)
    names = [node.get("name", {}).get("value", "") for node in tree if node["role"]["value"] == "image"]
    assert all(names)
    assert "Histogram of scores" in [node.get("name", {}).get("value") for node in tree]


def test_it_prints_with_what_was_folded(tab: Page, page_file: Path) -> None:
    tab.open(page_file)
    folded = "document.querySelectorAll('details:not([open])').length"
    before = tab.evaluate(folded)
    assert before > 30
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert tab.evaluate(folded) == 0
    tab.call("Emulation.setEmulatedMedia", media="print")
    assert tab.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert tab.evaluate(folded) == before
    paper = tab.pdf()
    assert paper.startswith(b"%PDF")
    assert paper.count(b"/Type /Page\n") > 5
