"""Checks of built pages: nothing from the network, every internal link leads somewhere."""

from __future__ import annotations

import re
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LOADED_LINKS = {"stylesheet", "preload", "modulepreload", "icon", "shortcut"}
_CSS_EXTERNAL = re.compile(r"""(?:@import\s+|url\()\s*["']?((?:https?:)?//[^"')\s]+)""")


class Page(HTMLParser):
    """What one page loads, links to, and can be linked at."""

    def __init__(self, path: Path):
        super().__init__()
        self.path = path
        self.loads: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.inline: list[str] = []
        self._in_style = False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect what a tag loads, links to, or can be linked by."""
        found = {name: value or "" for name, value in attrs}
        self.anchors.update(found[key] for key in ("id", "name") if found.get(key))
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        elif tag == "link" and _LOADED_LINKS & set(found.get("rel", "").split()):
            self.loads.append(found.get("href", ""))
        elif tag in ("script", "img", "iframe", "source", "audio", "video", "embed") and "src" in found:
            self.loads.append(found["src"])
        self._in_style = tag == "style"

    def handle_data(self, data: str) -> None:
        """Collect inline styles, which can load files too."""
        if self._in_style:
            self.inline.append(data)

    def handle_endtag(self, tag: str) -> None:
        """A style ends with its tag."""
        self._in_style = False


class _Site:
    def __init__(self, folder: Path):
        self.folder = folder.resolve()

    @cached_property
    def pages(self) -> dict[Path, Page]:
        return {
            path: Page(path) for path in sorted(self.folder.rglob("*.html")) if "_static" not in path.parts
        }

    def problem(self, page: Page, address: str, *, loaded: bool) -> str | None:
        """Why an address on a page does not work from disk, or None."""
        parts = urlsplit(address)
        if parts.scheme in ("http", "https") or (not parts.scheme and parts.netloc):
            return f"loads {address} from the network" if loaded else None
        if parts.scheme:  # mailto:, data:, javascript:
            return None
        target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
        if target.is_dir():
            target /= "index.html"
        if not target.is_file():
            return f"{'loads' if loaded else 'links to'} {address}, which is not there"
        known = self.pages[target].anchors if target in self.pages else None
        if parts.fragment and known is not None and unquote(parts.fragment) not in known:
            return f"links to {address}, but that page has no such anchor"
        return None


def check_pages(folder: Path) -> list[str]:
    """Problems of a built site, one line each.

    Parameters
    ----------
    folder
        The site; its pages are all ``*.html`` outside ``_static``.
    """
    site = _Site(folder)
    problems = [] if site.pages else [f"no pages in {folder}"]
    for path, page in site.pages.items():
        name = path.relative_to(site.folder).as_posix()
        found = [site.problem(page, address, loaded=True) for address in page.loads]
        found += [site.problem(page, address, loaded=False) for address in page.links]
        found += [f"styles load {address}" for text in page.inline for address in _CSS_EXTERNAL.findall(text)]
        problems += [f"{name}: {problem}" for problem in dict.fromkeys(found) if problem]
    for style in sorted(site.folder.rglob("*.css")):
        for address in _CSS_EXTERNAL.findall(style.read_text(encoding="utf-8", errors="replace")):
            problems.append(f"{style.relative_to(site.folder).as_posix()}: styles load {address}")
    return problems
