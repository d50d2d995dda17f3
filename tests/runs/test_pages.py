import pytest

from lossbar_core.runs.pages import check_pages

PAGE = """<html><head><link rel="stylesheet" href="_static/a.css?digest=1"><script src="_static/a.js"></script></head>
<body><h1 id="top">x</h1><a href="other.html#there">in</a> <a href="#top">up</a> <a href="https://example.org">out</a>
<a href="mailto:a@b.c">mail</a> <a href="_sources/x.txt">file</a> <a href="dir/">folder</a>
<img src="data:image/png;base64,AAAA">{more}</body></html>"""


@pytest.fixture
def site(tmp_path):
    (tmp_path / "_static").mkdir()
    (tmp_path / "_sources").mkdir()
    (tmp_path / "dir").mkdir()
    (tmp_path / "_static" / "a.css").write_text("body { background: url(data:image/png;base64,AA) }")
    (tmp_path / "_static" / "a.js").write_text("")
    (tmp_path / "_static" / "skipped.html").write_text('<a href="nowhere.html">')
    (tmp_path / "_sources" / "x.txt").write_text("")
    (tmp_path / "dir" / "index.html").write_text("")
    (tmp_path / "other.html").write_text('<p id="there">')

    def write(more: str = "") -> list[str]:
        (tmp_path / "page.html").write_text(PAGE.format(more=more))
        return check_pages(tmp_path)

    return write


def test_good_page(site):
    assert site() == []


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ('<script src="https://cdn.org/x.js"></script>', "loads https://cdn.org/x.js from the network"),
        ('<link rel="preload" href="//cdn.org/x.woff">', "loads //cdn.org/x.woff from the network"),
        ('<img src="http://img.org/x.png">', "loads http://img.org/x.png from the network"),
        ('<img src="absent.png">', "loads absent.png, which is not there"),
        ('<a href="absent.html">', "links to absent.html, which is not there"),
        ('<a href="other.html#nowhere">', "links to other.html#nowhere, but that page has no such anchor"),
        ('<a href="#nowhere">', "links to #nowhere, but that page has no such anchor"),
        ("<style>@import 'https://fonts.org/x.css';</style>", "styles load https://fonts.org/x.css"),
    ],
)
def test_every_fault_is_found(site, more, problem):
    assert site(more) == [f"page.html: {problem}"]


def test_style_sheets_are_read(site, tmp_path):
    (tmp_path / "_static" / "a.css").write_text("@font-face { src: url('//fonts.org/x.woff2') }")
    assert site() == ["_static/a.css: styles load //fonts.org/x.woff2"]


def test_links_in_text_are_no_loads(site):
    assert site("<p>https://example.org</p><code>&lt;script src='http://x'&gt;</code>") == []


def test_no_pages(tmp_path):
    assert check_pages(tmp_path) == [f"no pages in {tmp_path}"]
