"""The report as a whole: every number on its page is from its own table."""

import base64
import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from report_cases import COMPARISON, FORECASTS, Page, pair
from report_pages import COMPARED, CONFIG, of_its_own, page

import report_run
from monkeys.figures.registry import KINDS
from monkeys.reporting.fits_in_words import forecast_sentence
from monkeys.reporting.report import family_sentences, last_rows, render, summary
from monkeys.statistics.intervals import METHODS


@pytest.fixture
def figure(tmp_path: Path) -> Path:
    path = tmp_path / "coverage.svg"
    path.write_text("<svg>picture</svg>")
    return path


ROWS = """\
model | k = 1 | k = 2 | k = 5 | k = 10 | k = 20 | k = 30
small | 2.50 2.0 – 2.9 | 5.00 4.0 – 5.7 | 12.50 10.0 – 14.3 | 25.00 20.0 – 28.6 | 50.00 40.0 – 57.1 | 75.00 60.0 – 85.7
large | 3.12 2.4 – 3.3 | 6.25 4.9 – 6.7 | 15.62 12.2 – 16.7 | 31.25 24.4 – 33.3 | 62.50 48.8 – 66.7 | 93.75 73.2 – 100.0
models | k | second - first | interval | p | p, corrected
small, large | 1 | +1.00 | -1.00 – 3.00 | 0.3 | 0.4
small, large | 30 | +20.00 | 10.00 – 30.00 | 0.002 | 0.006
model | samples | passed | wrong | no answer | out of time | out of memory
small | 90 | 33 36.7% | 45 50.0% | 1 1.1% | 7 7.8% | 4 4.4%
large | 125 | 23 18.4% | 84 67.2% | 10 8.0% | 6 4.8% | 2 1.6%
model | loss | a | interval | b | interval | mean error ± sd | largest
small | least squares on log c | -7.599 | [-9.100, -6.600] | -0.182 | [-0.200, -0.160] | 0.0052 ± 0.0072 | 0.0241 at k = 10000
small | least squares on c | not fitted: coverage is above 0 at 0 different k only
large | least squares on log c | -2.250 | [-3.500, -1.500] | -0.750 | [-0.900, -0.600] | 0.1000 ± 0.2000 | 0.3000 at k = 17
model | distribution, estimator | α | interval | β | up to | never solved | mean error ± sd
small | beta-binomial, maximum likelihood on counts | 0.296 | [0.250, 0.360] | 12.4 | 1.000 | – | 0.0049 ± 0.0031
small | beta-binomial with a share | the counts say only that it is at least 3.01 | [3.010, …] | 12.4 | 1.000 | 0.1 % (not determined, anywhere from 0 to 56 %) | 0.0049 ± 0.0031
small | scaled Beta | not fitted: no problem was solved
large | beta-binomial, maximum likelihood on counts | at least 3.5 | [3.500, …] | 7.5 | 0.500 | – | 0.3000 ± 0.4000
model | estimator | forecast | these problems | other problems of the same kind | hold-out error, mean absolute | bias
small | recommended: mean of 1 estimators | 0.800 | [0.700, 0.900] | [0.650, 0.950] | 0.023 | -0.010
small | exponentiated power law * | 0.800 | – | – | 0.023 | -0.010
large | recommended: mean of 2 estimators | 0.410 | [0.330, 0.610] | [0.230, 0.710] | 0.050 | +0.040
large | least squares * | 0.410 | – | – | 0.050 | +0.040
large | Beta | as in the row above
wanted | model | k | pass@k | cost
50.0% for the fewest FLOPs | small | 7 | 50.00 % | 1.23 kFLOP
the most for $2.50 | no model costs that little
difficulty | problems | samples that passed | problems solved at least once
1.0 | 1 | 0.0 % | 0.0 %
2.0 | 2 | 55.0 % | 100.0 %
problems solved at least once | 2 of 3
samples that passed | 33 of 90
distinct texts | 81 of 90
cut off at the limit of tokens | 7 of 90
output tokens; prompt tokens (each prompt once) | 56,789; 1,234
time of drawing; of loading the model | 1.5 min; 0.5 min
output tokens per second | 20
drawn by | engine vllm, device cpu
difficulty | problems | samples that passed | problems solved at least once
1.0 | 2 | 12.0 % | 50.0 %
3.0 | 1 | 28.0 % | 100.0 %
problems solved at least once | 2 of 3
samples that passed | 23 of 125
distinct texts | 99 of 125
cut off at the limit of tokens | 0 of 100 (of 25 more it is not known)
output tokens; prompt tokens (each prompt once) | 4,321; 77
time of drawing; of loading the model | 1.0 min; 10.0 min
output tokens per second | 50
drawn by | engine vllm, device gpu; engine vllm, device cpu
benchmark | solutions | that fail | problems unsolved | made again | verdicts changed | wrong answers | problems that pass one
HumanEval | 11 | 2 | 1 of 10 | 4 × | 3 | 28 | 5
benchmark | model | samples | made again | verdicts changed | on problems
HumanEval | small | 48 | 6 × | 8 | 7
HumanEval | large | 49 | 6 × | 8 | 7
benchmark, model | second verifier | samples | P(second passes | first passes) | P(first passes | second passes) | k | pass@k, first verifier | pass@k, second verifier
HumanEval, large | The other | 7 | 75.0% | – | 1 | 10.0% | 30.0%
 | 4 | 20.0% | 40.0%
"""
"""Cells of a report with two models, in which no two numbers are the same unless they have to be."""


def test_every_row_of_the_report_has_its_own_numbers(figure: Path, tmp_path: Path) -> None:
    for model, usage in (("small", (30.0, 90.0, 1800)), ("large", (600.0, 60.0, 3000))):
        (tmp_path / "generate_samples" / "humaneval" / model / "repeated").mkdir(parents=True)
        names = ("seconds_loading", "seconds_drawing", "output_tokens")
        (tmp_path / "generate_samples" / "humaneval" / model / "repeated" / "0.usage.json").write_text(
            json.dumps(dict(zip(names, usage, strict=True)))
        )
    large, audit = of_its_own()
    found = page([pair(), large], figure, tmp_path, {"humaneval": audit})
    assert [" | ".join(row) for row in found.rows] == ROWS.splitlines()
    for text in (
        "3 problems, 30 to 50 samples each; sampling temperature 0.6, max_tokens 99.",
        "The curve ends at k = 30, the samples of each problem.",
        "The curve ends at k = 35: problem p/1 has no more samples, although others have up to 50.",
        "80 % intervals over problems (percentile bootstrap over problems, 2000 resamples)",
        "Coverage still rises with the samples.",
        "Coverage is flat.",
        "HumanEval: the tests have holes. A wrong answer passes p/3 (0); ….",
        "HumanEval: no solution passes of p/9.",
        "Programs written by the model ran in: sandbox bubblewrap, version 0.11.0.",
        "Analysed with numpy 2.0.",
        f"small: {forecast_sentence(FORECASTS)}large: pass@70 is forecast to be 41.0%, from 35 samples a problem; 80% intervals are"
        " [33.0%, 61.0%] for these problems and [23.0%, 71.0%] for other problems of the same kind. The same forecast from half of the samples was off"
        " by 0.050 in the mean of 20 hold-outs (bias +0.040; the interval for these problems held the truth in 19).",
    ):
        assert text in " ".join(found.text.split()), text
    assert found.text.count("Warning:") == 1 and found.text.count("small on HumanEval") == 3


def test_figures_are_in_order_with_captions(tmp_path: Path) -> None:
    names = ["diversity", "coverage", "failure"]
    for name in names:
        (tmp_path / name).write_text(name)
    figures = {"humaneval": {name: tmp_path / name for name in names}}
    html = render(CONFIG, [pair()], {"humaneval": COMPARED}, figures, {}, {}, {}, tmp_path)
    shown = re.findall(
        r'alt="HumanEval: ([^"]*)" src="data:image/svg\+xml;base64,([^"]*)"><figcaption><strong>Figure (\d)\.</strong> (.*?)</figcaption>', html
    )
    method = {"intervals": METHODS["percentile"], "confidence": "80%"}
    captions = {name: KINDS[name].caption.format(**method) for name in ("coverage", "failure", "diversity")}
    assert [(alt, base64.b64decode(image).decode(), int(number)) for alt, image, number, _ in shown] == [
        (caption, name, number) for number, (name, caption) in enumerate(captions.items(), 1)
    ]
    assert all(said.startswith(alt) for alt, _, _, said in shown)
    assert "Programs written by the model" not in html and "The verifiers" not in html


def test_the_script_reports_every_pair_with_its_audit_and_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    large, audit = of_its_own()
    for one in (pair(), large):
        folder = tmp_path / one.folder
        folder.mkdir(parents=True)
        one.coverage.to_csv(folder / "coverage.csv", index=False)
        one.coverage.assign(dollars=None, flops=None, output_tokens=one.coverage["k"]).to_csv(folder / "cost.csv", index=False)
        one.counts.to_csv(folder / "counts.csv", index=False)
        tables = {"scaling_laws": one.laws, "tokens": one.tokens, "forecasts": one.forecasts, "diversity": one.diversity, "truncated": one.truncated}
        for name, content in tables.items():
            (folder / f"{name}.json").write_text(json.dumps(content))
    COMPARED.differences.to_csv(tmp_path / "humaneval" / "differences.csv", index=False)
    pairs = [{"model": name, "benchmark": "humaneval", "strategy": "repeated"} for name in ("small", "large")]
    contents = {
        "humaneval/budget": COMPARISON.budget,
        "humaneval/families": COMPARISON.families,
        "versions": {"numpy": "2.0"},
        "sandbox": {"sandbox": "bubblewrap", "version": "0.11.0"},
        "audit": {"humaneval": audit},
        "config": CONFIG | {"pairs": pairs},
    }
    for name, content in contents.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    (tmp_path / "figures").mkdir()
    for name in KINDS:
        (tmp_path / "figures" / f"{name}-humaneval.svg").write_text(name)
    words = [word for name in ("config", "versions", "sandbox", "audit") for word in (f"--{name}", f"{tmp_path}/{name}.json")]
    words += ["--titles", '{"humaneval": "HumanEval"}', "--results", str(tmp_path)]
    words += ["--report", f"{tmp_path}/report.html", "--summary", f"{tmp_path}/summary.csv"]
    monkeypatch.setattr(sys, "argv", ["report_run", *words])
    report_run.main()
    found = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    without_time = [row for row in ROWS.splitlines() if not row.startswith(("time of", "output tokens per second"))]
    assert [" | ".join(row) for row in found.rows] == without_time
    assert family_sentences(COMPARISON.families)[0] in found.text and "bubblewrap, version 0.11.0" in found.text and "numpy 2.0" in found.text
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "summary.csv"), summary([pair(), large]).reset_index(drop=True))


def test_the_last_difference_is_that_of_each_pair() -> None:
    one = COMPARISON.differences
    both = pd.concat([one, one.assign(second="tiny").iloc[:2]])
    assert [(row["second"], row["k"]) for row in last_rows(both)] == [("large", 1), ("large", 30), ("tiny", 1), ("tiny", 10)]


def test_the_summary_says_how_far_each_curve_goes() -> None:
    one = pair()
    found = summary([one, replace(one, model="short", coverage=one.coverage.head(20))])
    assert found.groupby("model")["samples"].unique().map(list).to_dict() == {"short": [20], "small": [30]}
