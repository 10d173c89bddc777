"""The page of samples: it needs nothing else, obeys no sample, and shows a fair part of a large study."""

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from chromium import Browser, chromium
from small_results import HOSTILE, MODELS, PROBLEMS, SAMPLES, outcome, small_results

import draw_samples_page
from monkeys.records.verdict import read_verdicts, write_verdicts
from monkeys.reporting import samples_page
from monkeys.reporting.samples_page import choose, fitting, harmless_json, page_data, render, shortened, source_hash
from monkeys.tables.joined import find_draws

ALL = len(MODELS) * PROBLEMS * SAMPLES + 8


class Elements(HTMLParser):
    """A page's elements with their attributes, and the texts of scripts and styles as a browser takes them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag
        if tag in ("script", "style"):
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside in ("script", "style"):
            self.texts[-1] += data


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_results(tmp_path_factory.mktemp("page") / "demo")


@pytest.fixture(scope="module")
def path(results: Path) -> Path:
    words = ["--results", results, "--config", results / "config.yaml", "--output", results / "samples.html"]
    draw_samples_page.main([str(word) for word in words])
    return results / "samples.html"


def test_page_has_every_sample_with_its_verdict(path: Path) -> None:
    data = json.loads(Elements(path.read_text(encoding="utf-8")).texts[1])
    assert data["sentence"] == f"All {ALL} samples of the study."
    assert len(data["samples"]) == ALL
    names = {draw["title"]: number for number, draw in enumerate(data["draws"])}
    assert sorted(names) == ["code, large", "code, small", "quiz, small"]
    found = {(sample["d"], sample["p"], sample["i"]): sample for sample in data["samples"]}
    for model in MODELS:
        for problem in range(PROBLEMS):
            for index in range(SAMPLES):
                sample = found[names[f"code, {model}"], f"Code/{problem}", index]
                assert sample["o"] == outcome(model, problem, index)
                assert sample["s"] == str(100 * problem + index)
                assert sample["v"] == {"prm": pytest.approx(problem / 10 + index / 100)}
                assert (sample.get("r") == f"AssertionError: assert f(1) == '{problem}'") == (sample["o"] == "failed")
    assert found[names["quiz, small"], "quiz/1", 2]["a"] == "42"
    assert data["problems"]["code"]["Code/3"]["reference"] == {"test": "def check(f):\n    assert f(1) == '3'\n"}
    assert data["problems"]["code"]["Code/3"]["chat"] == "[user]\nWrite f3. <b>Quickly</b>"
    assert data["draws"][names["code, small"]]["passes"]["Code/0"] == [4, 8]


def test_page_needs_nothing_else(path: Path) -> None:
    elements = Elements(path.read_text(encoding="utf-8")).elements
    addresses = [
        value for _, attributes in elements for name, value in attributes.items() if name in ("src", "href", "action", "srcset", "data", "poster")
    ]
    assert addresses == ["report.html"]
    assert not {"link", "iframe", "object", "embed", "base", "img"} & {tag for tag, _ in elements}


def test_policy_allows_the_pages_own_script_and_style_alone(path: Path) -> None:
    page = Elements(path.read_text(encoding="utf-8"))
    policy = next(
        attributes["content"] for tag, attributes in page.elements if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    style, _, script = page.texts
    assert policy == f"default-src 'none'; style-src {source_hash(style)}; script-src {source_hash(script)}; base-uri 'none'; form-action 'none'"
    assert [attributes for tag, attributes in page.elements if tag == "script"] == [{"type": "application/json", "id": "data"}, {}]
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on") or name == "style"]


def test_hostile_texts_stay_texts(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    texts = Elements(page).texts
    assert len(texts) == 3, "a sample's text ended the element that holds it"
    assert not set("<>&\u2028") & set(texts[1])
    assert sum(sample["t"] == HOSTILE for sample in json.loads(texts[1])["samples"]) == len(MODELS)


@pytest.mark.parametrize("text", [HOSTILE, "<!--<script>", "]]>", "\ud83d", "\u2028\u2029", "&lt;", '"\\'])
def test_json_ends_no_element_and_means_the_same(text: str) -> None:
    written = harmless_json({"t": text, text: 1})
    assert not set("<>&\u2028\u2029") & set(written) and json.loads(written) == {"t": text, text: 1}


def test_hostile_names_stay_texts(results: Path) -> None:
    config = yaml.safe_load((results / "config.yaml").read_text()) | {"run": HOSTILE}
    page = Elements(render(page_data(config, find_draws(results), 3000, 20)))
    assert len(page.texts) == 3 and "img" not in {tag for tag, _ in page.elements}


def test_script_makes_no_html_of_texts() -> None:
    script = (Path(draw_samples_page.__file__).parent / "monkeys" / "reporting" / "samples.js").read_text(encoding="utf-8")
    assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser|srcdoc|setAttribute", script)


def test_part_of_a_larger_study_is_fair(results: Path) -> None:
    draws = find_draws(results, benchmark="code")
    part = choose(draws, 72)
    assert (part.shown, part.total, part.each, part.left_out) == (72, 192, 3, 0)
    assert part.sentence.startswith("72 of the study's 192 samples: 3 of each problem, model and strategy at most. They are drawn by a hash")
    by_model = [{place for (draw, _), places in part.places.items() if draw == number for place in places} for number in range(2)]
    assert by_model[0] == by_model[1]
    assert set(Counter(name for name, _ in by_model[0]).values()) == {3}
    # The counts are of the whole study, whatever is shown.
    assert part.passes[0]["Code/7"] == (4, 8)


def test_a_part_is_drawn_and_not_the_first_of_all(results: Path) -> None:
    """By a hash: other numbers of each problem, and problems from everywhere."""
    draws = find_draws(results, benchmark="code")
    some = choose(draws, 72)
    shown: dict[str, set[int]] = {}
    for places in some.places.values():
        for name, index in places:
            shown.setdefault(name, set()).add(index)
    assert len(set(map(frozenset, shown.values()))) > PROBLEMS / 2
    left = {name for places in choose(draws, 10).places.values() for name, _ in places}
    assert len(left) == 5 and left != {f"Code/{number}" for number in range(5)} and left != set(sorted(shown)[:5])


def test_where_one_of_each_is_too_many_problems_are_left_out(results: Path) -> None:
    part = choose(find_draws(results, benchmark="code"), 10)
    assert (part.shown, part.each, part.left_out) == (10, 1, 7)
    assert "and none of 7 problems" in part.sentence


def test_long_texts_make_fewer_samples(results: Path) -> None:
    draws = find_draws(results, benchmark="code")
    whole = sum(len(json.dumps(entry)) for entry in fitting(draws, 3000, 20)[1])
    part, samples = fitting(draws, 3000, whole / 2e6)
    assert len(samples) == part.shown < 192 and "of the study's 192 samples" in part.sentence
    assert whole / 8 < sum(len(json.dumps(entry)) for entry in samples) <= whole / 2


def test_one_problem_is_shown_whatever_its_size(results: Path) -> None:
    part, samples = fitting(find_draws(results, benchmark="code"), 3000, 1e-6)
    assert part.left_out == PROBLEMS - 1 and len(samples) == part.shown == len(MODELS)
    assert len({sample["p"] for sample in samples}) == 1


def test_samples_stand_model_by_model_and_problems_by_their_numbers(results: Path) -> None:
    _, samples = fitting(find_draws(results, benchmark="code"), 3000, 20)
    assert [(one["d"], one["p"], one["i"]) for one in samples] == [
        (draw, f"Code/{problem}", index) for draw in range(len(MODELS)) for problem in range(PROBLEMS) for index in range(SAMPLES)
    ]


def test_long_texts_are_shown_in_part_wherever_they_stand(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples_page, "TEXT_LIMIT", 12)
    monkeypatch.setattr(samples_page, "REFERENCE_LIMIT", 8)
    data = page_data({}, find_draws(results, benchmark="code"), 3000, 20)
    problem = data["problems"]["code"]["Code/3"]
    assert problem["chat"] == "[user]\n[… 19 characters are left out here …]\nly</b>"
    assert problem["text"] == "def f3(n):" and problem["reference"]["test"].startswith("def \n[… ")
    assert all("characters are left out here" in one["t"] for one in data["samples"])


def test_failures_of_the_machinery_are_no_samples_of_a_problem(results: Path, tmp_path: Path) -> None:
    shutil.copytree(results, tmp_path / "demo")
    place = tmp_path / "demo" / "code" / "small" / "verdicts" / "0000-0000.parquet"
    verdicts = read_verdicts(place)
    write_verdicts(place, [replace(one, outcome="infrastructure_error") if one.sample_index == 2 else one for one in verdicts])
    draws = find_draws(tmp_path / "demo", benchmark="code", model="small")
    assert choose(draws, 3000).passes[0]["Code/0"] == (3, 7) and choose(draws, 3000).total == PROBLEMS * SAMPLES


def test_middle_of_a_long_text_is_left_out() -> None:
    assert shortened("a" * 50 + "b" * 50, 20) == "a" * 10 + "\n[… 80 characters are left out here …]\n" + "b" * 10
    assert shortened("a" * 20, 20) == "a" * 20


def test_files_of_an_earlier_cut_are_left_out(results: Path, tmp_path: Path) -> None:
    verdicts = results / "code" / "large" / "verdicts" / "0001-0000.parquet"
    words = ["--results", results, "--config", results / "config.yaml", "--output", tmp_path / "s.html", "--verdicts", verdicts]
    draw_samples_page.main([str(word) for word in words])
    assert json.loads(Elements((tmp_path / "s.html").read_text(encoding="utf-8")).texts[1])["sentence"] == "All 48 samples of the study."


def test_same_inputs_give_the_same_page(results: Path, path: Path, tmp_path: Path) -> None:
    words = ["--results", results, "--config", results / "config.yaml", "--output", tmp_path / "s.html"]
    draw_samples_page.main([str(word) for word in words])
    assert (tmp_path / "s.html").read_bytes() == path.read_bytes()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("browser")) as found:
        yield found


COUNT = "document.getElementById('count').textContent"
SHOWN = "document.getElementById('sample').innerText"


def choose_by(browser: Browser, **filters: str) -> str:
    """Fill in filters as a person does, and read how many samples are left."""
    for name, value in filters.items():
        browser.value(
            f"{{ const one = document.getElementById({name!r}); one.value = {value!r}; one.dispatchEvent(new Event('input', {{bubbles: true}})); }}"
        )
    return str(browser.value(COUNT))


def test_browser_filters_samples(browser: Browser, path: Path) -> None:
    browser.open(path.as_uri())
    assert browser.value(COUNT) == f"{ALL} samples, 50 passed"
    assert choose_by(browser, outcome="passed") == "50 samples, 50 passed"
    assert choose_by(browser, problem="Code/1") == "8 samples, 8 passed"
    assert choose_by(browser, scorer="prm", least="0.12") == "6 samples, 6 passed"
    assert choose_by(browser, words="BY SMALL") == "3 samples, 3 passed"
    browser.open(path.as_uri())
    assert choose_by(browser, answer="42") == "2 samples, 2 passed"
    browser.open(path.as_uri())
    assert choose_by(browser, scorer="prm", least="0.25", most="0.25") == "2 samples, 0 passed"


def test_browser_shows_text_reference_and_failed_assertion(browser: Browser, path: Path) -> None:
    browser.open(f"{path.as_uri()}#code/large/repeated/3/Code%2F10")
    text = browser.value(SHOWN)
    assert text.startswith("code, large: Code/10, sample 3\n") and "AssertionError: assert f(1) == '10'" in text
    assert browser.value("document.querySelector('#sample mark').textContent.trim()") == "assert f(1) == '10'"
    assert browser.value("[...document.querySelectorAll('#sample .keyword')].map((one) => one.textContent)")[:4] == ["def", "return", "if", "else"]
    browser.value("data.samples.find((one) => one.d === chosen.d && one.p === 'Code/10' && one.i === 5).r = 'AssertionError: (line 1 of the tests)'")
    browser.value("location.hash = '#code/large/repeated/5/Code%2F10'; follow()")
    assert browser.value("document.querySelector('#sample mark').textContent") == "def check(f):\n"
    assert "Write f10. <b>Quickly</b>" in browser.value("document.querySelector('#sample details').textContent")
    marked = "(text, reason) => [...referenceOf(text, reason).querySelectorAll('mark')].map((one) => one.textContent.trim())"
    tests = "def same(a, b):\n    assert a == b\ndef check(f):\n    for x in 1, 2:\n        same(f(x), x)  # of each\n"
    assert browser.value(f"({marked})({json.dumps(tests)}, 'AssertionError: same(f(x), x) with x=2')") == ["same(f(x), x)  # of each"]
    assert browser.value(f"({marked})({json.dumps(tests)}, 'IndexError: same(f(x), x)')") == []


def test_browser_follows_the_links_of_the_report(browser: Browser, path: Path) -> None:
    browser.open(f"{path.as_uri()}#code/small/repeated")
    assert browser.value(COUNT) == "96 samples, 16 passed"
    browser.open(f"{path.as_uri()}#code/large/repeated/timeout")
    assert browser.value(COUNT) == "12 samples, 0 passed"
    browser.open(f"{path.as_uri()}#code/large/repeated//Code%2F7")
    assert browser.value(COUNT) == "8 samples, 4 passed"
    assert browser.value(SHOWN).startswith("code, large: Code/7, sample 0\n")


def test_browser_obeys_no_sample_and_asks_for_nothing(browser: Browser, path: Path) -> None:
    browser.open(f"{path.as_uri()}#code/large/repeated/1/Code%2F5")
    assert browser.value("document.title") == "demo: samples"
    assert "x = \"</script><script>document.title='owned'" in browser.value(SHOWN)
    assert browser.value("document.querySelectorAll('#sample img, #sample script, #sample b').length") == 0
    assert {address.partition(":")[0] for address in browser.requests} <= {"file", "about"}


def test_page_is_as_wide_as_a_telephone(browser: Browser, path: Path) -> None:
    browser.open(path.as_uri(), width=400)
    assert browser.value("document.documentElement.scrollWidth") <= 400
