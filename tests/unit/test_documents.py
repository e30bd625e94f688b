"""The project's pages: their links lead somewhere, and README stays an introduction."""

import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PAGES = sorted([*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/*.md"), *CHECKOUT.glob("benchmarks/*.md")])
README_LINES = 130
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Return the anchors that a Markdown viewer gives a page's headings."""
    text = _CODE.sub("", page.read_text())
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> list[str]:
    """Return the links to files and headings that don't exist."""
    broken = []
    for link in _LINK.finditer(_CODE.sub("", page.read_text())):
        target, _, anchor = link["target"].partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        place = page if not target else (page.parent / target).resolve()
        if not place.exists() or (anchor and place.suffix == ".md" and anchor not in anchors(place)):
            broken.append(link["target"])
    return broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(CHECKOUT).as_posix())
def test_links_lead_to_existing_files_and_headings(page):
    assert broken_links(page) == []


def test_a_broken_link_is_found(tmp_path):
    (tmp_path / "other.md").write_text("# One heading\n")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](other.md) [b](other.md#one-heading) [c](other.md#none) [d](missing.md) [e](https://x.y/z)\n"
    )
    assert broken_links(page) == ["other.md#none", "missing.md"]


def test_readme_stays_an_introduction():
    lines = (CHECKOUT / "README.md").read_text().splitlines()
    assert len(lines) <= README_LINES, "move details to a page in docs/"


def test_the_architecture_lists_every_part_of_the_pages():
    text = (CHECKOUT / "ARCHITECTURE.md").read_text()
    section = text.partition("## The pages\n")[2].partition("\n## ")[0]
    listed = set(re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE))
    assert listed == {folder.name for folder in (CHECKOUT / "frontend/src/features").iterdir()}
