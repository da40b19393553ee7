from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from evals import RunError, write_report
from evals.plots import round_ticks
from evals.report import write_risk_curve
from tests.evals.village import case_result, run_of

HOSTILE = "<script>alert(1)</script><img src=http://example.org/x.png onerror=alert(2)> \"quoted\" & 'more'"


class Page(HTMLParser):
    """The tags, attributes and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def results():
    return [
        case_result(
            "q1", question=HOSTILE, answer=HOSTILE, scores={"right": 1.0, "first citation right": 1.0, "recall@1": 1.0}
        ),
        case_result(
            "q2",
            answer="Long. " * 200,
            confidence=0.4,
            scores={"right": 0.0, "first citation right": 0.0, "recall@1": 0.0},
        ),
        case_result("q3", answerable=False, status="refused", confidence=0.1, scores={"right": 1.0}),
    ]


@pytest.fixture
def page(results, tmp_path):
    write_report(run_of(results), tmp_path / "deep" / "report.html")
    return (tmp_path / "deep" / "report.html").read_text(encoding="utf-8")


def test_a_report_shows_documents_words_as_words(page):
    parsed = Page(page)
    assert not {"script", "img", "iframe", "link"} & set(parsed.tags)
    assert not {name for name in parsed.attributes if name.startswith("on")}
    assert parsed.text.count(HOSTILE) == 2


def test_a_report_loads_nothing(page):
    assert not {"src", "href", "srcset", "action"} & Page(page).attributes
    assert "default-src 'none'" in page
    assert "url(" not in page
    assert "@import" not in page


def test_a_report_has_the_plots_and_they_are_well_formed(page):
    plots = [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL)]
    assert [plot.get("aria-label") for plot in plots] == [
        "Recall at k",
        "Reliability",
        "Risk and coverage",
        "Latency",
    ]
    counts = [title.text for title in plots[3].iter("title")]
    assert sum(int(text.rsplit(": ", 1)[1]) for text in counts) == 3


def test_the_risk_coverage_plot_marks_where_the_assistant_stands(page):
    assert "as it stands: 67% answered, 50% of them wrong" in Page(page).text


def test_cases_that_went_wrong_come_first(page):
    text = Page(page).text
    assert text.index("q2") < text.index("q1") < text.index("q3")


def test_long_answers_are_cut(page):
    assert "Long. " * 60 in page
    assert "Long. " * 80 not in page


def test_a_search_alone_is_reported_without_plots_of_confidence(tmp_path):
    searched = case_result(status=None, confidence=None, answer="", scores={"recall@1": 1.0})
    write_report(run_of([searched]), tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert re.findall(r'aria-label="([^"]*)"', text) == ["Recall at k", "Latency"]
    assert "searched only" in text


@pytest.mark.parametrize(
    ("end", "ticks"),
    [
        pytest.param(0.9, [0, 0.2, 0.4, 0.6, 0.8], id="below one"),
        pytest.param(1.0, [0, 0.2, 0.4, 0.6, 0.8, 1.0], id="one"),
        pytest.param(6.1, [0, 2, 4, 6], id="units"),
        pytest.param(604, [0, 200, 400, 600], id="hundreds"),
        pytest.param(120, [0, 50, 100], id="a little over a power of ten"),
    ],
)
def test_axes_have_round_numbers(end, ticks):
    assert round_ticks(end) == pytest.approx(ticks)


def test_the_risk_curve_is_a_picture_that_follows_the_theme(results, tmp_path):
    write_risk_curve(run_of(results), tmp_path / "deep" / "risk.svg")
    drawn = (tmp_path / "deep" / "risk.svg").read_text(encoding="utf-8")
    picture = ElementTree.fromstring(drawn)
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert picture.find("{*}polyline[@class='line']") is not None
    assert "prefers-color-scheme: dark" in picture.findtext("{*}style")


def test_a_run_that_only_searched_has_no_risk_curve(tmp_path):
    searched = [case_result("q1", status=None, confidence=None, scores={"recall@1": 1.0})]
    with pytest.raises(RunError, match="has no answers to judge"):
        write_risk_curve(run_of(searched), tmp_path / "risk.svg")
    assert not (tmp_path / "risk.svg").exists()
