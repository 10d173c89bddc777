"""What graders share whose answers are normal forms."""

from monkeys.graders import compared
from monkeys.progress import Progress
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict


def test_an_answer_is_right_if_it_is_the_same_text_and_none_where_there_is_none() -> None:
    samples = [Sample("p", 0, None, "7"), Sample("p", 1, None, "8"), Sample("q", 0, None, ""), Sample("q", 1, None, "8")]
    steps = {"7": True, "8": False, "": None}
    verdicts = compared(samples, {"p": "7", "q": None}, lambda sample: sample.text or None, Progress("test"), lambda sample: steps[sample.text])
    assert verdicts == [
        Verdict("p", 0, "passed", "7", process=True),
        Verdict("p", 1, "failed", "8", process=False),
        # No answer is not the right one, even where that is not known.
        Verdict("q", 0, "no_answer", None, process=None),
        Verdict("q", 1, "failed", "8", process=False),
    ]
