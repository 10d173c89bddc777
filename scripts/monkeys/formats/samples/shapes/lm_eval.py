"""lm-eval's samples (``--log_samples``): ``samples_<task>_<time>.jsonl``, a line a document and filter.

``resps`` has a list for each request of a document, with an entry for each of the task's ``repeats``. A task with several filters writes each document once
for each of them, always with the same ``resps``: those behind the first filter are the same samples again. A document's number (``doc_id``) counts the
task's split from 0; where the document names itself (``task_id`` and the like), its name goes first.
"""

from collections.abc import Iterator

from monkeys.formats.samples import Found, Row, RowError, Shape, name_of, question_of

NEEDS = "doc_id and resps"


def samples(row: Row, _position: int) -> Iterator[Found | str]:
    number = row.get("doc_id")
    if not isinstance(number, int) or isinstance(number, bool):
        raise RowError(f"has no number under 'doc_id'; each needs {NEEDS}")
    resps, doc = row.get("resps"), row.get("doc")
    if not isinstance(resps, list) or not resps or not all(isinstance(one, list) for one in resps):
        raise RowError(f"has no list of lists of texts under 'resps'; each needs {NEEDS}")
    texts = [text for one in resps for text in one]
    if not all(isinstance(text, str) for text in texts):
        raise RowError(
            "has log-likelihoods and not texts under 'resps': the task compares given answers; log samples of a task that generates (output_type: generate_until)"
        )
    document = doc if isinstance(doc, dict) else {}
    name = name_of(document, ("problem_id", "task_id", "unique_id", "question_id", "name"))
    for repeat, text in enumerate(texts):
        yield Found(number if name is None else name, text, question_of(document), key=repeat, variant=f"the filter {row.get('filter')}")


SHAPE = Shape("lm_eval", "lm-eval --log_samples", NEEDS, lambda row: "doc_id" in row and "resps" in row, samples)
