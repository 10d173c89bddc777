"""iGSM: problems have the operations that were asked for, questions say all that is needed, solutions and their mistakes are told apart."""

import random
import re
from itertools import islice

import pytest

from monkeys.benchmarks import load_benchmark
from monkeys.benchmarks.igsm import BENCHMARK, igsm_problem
from monkeys.errors import InputError
from monkeys.formats.igsm.checking import Key, is_right, key_of, prefix_value, read_key, step_labels, written_key
from monkeys.formats.igsm.dependency import Definition, Problem, Settings, draw_problem
from monkeys.formats.igsm.solution import STYLES, question, solution, spoilt
from monkeys.formats.igsm.structure import draw_structure, least_edges
from monkeys.formats.igsm.words import CHAINS
from monkeys.graders import Settings as GraderSettings
from monkeys.graders import check_references
from monkeys.graders.igsm_steps import check_reference, grade
from monkeys.graders.stated_number import robust_answer
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample

PAPER = Settings(layers=4, edges=20, modulus=23, distractors=None, largest=22)
SMALL = Settings()


def drawn(count: int, settings: Settings, most: int) -> list[Problem]:
    return [draw_problem(random.Random(f"test {number}"), 1 + number % most, settings) for number in range(count)]


def answered(text: str, modulus: int) -> int:
    """The answer of a question, by its sentences alone: a reader who knows that an Oak School is a School."""
    stated = dict(re.findall(r"The number of each (.+?) equals (.+?)\.(?= |$)", text))
    thing, asked = "", ""
    found = re.search(r"How many (.+?) does each (.+?) have\?$", text)
    assert found is not None
    asked, thing = found[1], found[2]

    def value(name: str) -> int:
        if name in stated:
            return expression(stated[name])
        owner, kind = name.split("'s ")
        held = [one.split("'s ")[1] for one in stated if one.startswith(f"{owner}'s ")]
        return sum(value(f"{owner}'s {one}") * (1 if one.endswith(f" {kind}") else value(f"{one}'s {kind}")) for one in held)

    def expression(said: str) -> int:
        if said.isdigit():
            return int(said)
        if more := re.match(r"(\d+) (more than|times as much as) (.+)$", said):
            inner = expression(more[3])
            return int(more[1]) + inner if more[2] == "more than" else int(more[1]) * inner
        names = re.findall(r"each (.+?)(?=, | and |$)", said)
        if said.startswith("the difference of "):
            return value(names[0]) - value(names[1])
        return sum(value(name) for name in names)

    return value(f"{thing}'s {asked}") % modulus


@pytest.mark.parametrize(("settings", "most"), [(SMALL, 4), (PAPER, 21), (Settings(2, 4, 7, 0, 5), 3)])
def test_problems_take_the_operations_asked_for(settings: Settings, most: int) -> None:
    for number, problem in enumerate(drawn(80, settings, most)):
        assert problem.operations == 1 + number % most
        assert problem.operations == sum(max(1, len(one.needs) + (one.constant is not None) - 1) for one in problem.needed)


@pytest.mark.parametrize(("settings", "most"), [(SMALL, 4), (PAPER, 21), (Settings(3, 12, 5, 3, 4), 9)])
def test_the_question_alone_has_the_answer(settings: Settings, most: int) -> None:
    for problem in drawn(80, settings, most):
        assert answered(question(problem), settings.modulus) == problem.values[problem.query]


def test_what_is_needed_stands_before_what_needs_it_and_all_of_it_is_needed() -> None:
    for problem in drawn(60, PAPER, 21):
        seen: set[str] = set()
        for one in problem.needed:
            assert seen.issuperset(one.needs)
            seen.add(one.name)
        used = {name for one in problem.needed for name in one.needs}
        assert seen - used == {problem.query}
        assert len(seen) == len(problem.needed)


def test_implicit_parameters_are_never_stated_and_all_others_are() -> None:
    problems = drawn(60, PAPER, 21)
    for problem in problems:
        text = question(problem)
        for one in problem.needed:
            assert (f"The number of each {one.name} equals" in text) is not one.abstract
        assert sorted(problem.stated) == sorted(one.name for one in (*problem.needed, *problem.others) if not one.abstract)
    assert sum(any(one.abstract for one in problem.needed) for problem in problems) > 20


def test_distractors_are_as_many_as_asked_and_change_nothing() -> None:
    for count in (0, 2, None):
        problems = drawn(40, Settings(4, 20, 23, count, 22), 6)
        for problem in problems:
            assert count is None or len(problem.others) <= count
            alone = Problem(problem.modulus, problem.needed, (), tuple(one.name for one in problem.needed if not one.abstract))
            assert answered(question(alone), 23) == problem.values[problem.query]
        assert any(problem.others for problem in problems) is (count != 0)


def test_sentences_are_in_no_telling_order() -> None:
    problems = [one for one in drawn(200, Settings(distractors=0), 4) if len(one.stated) > 2]
    in_order = sum(list(one.stated) == [two.name for two in one.needed if not two.abstract] for one in problems)
    assert in_order < len(problems) / 2


def test_problems_depend_on_seed_and_number_alone_and_differ() -> None:
    texts = [question(igsm_problem(0, number, (1, 4), SMALL)) for number in range(300)]
    assert texts == [question(igsm_problem(0, number, (1, 4), SMALL)) for number in range(300)]
    assert len(set(texts)) == 300
    assert question(igsm_problem(1, 3, (1, 4), SMALL)) != texts[3]


def test_structures_have_no_loose_things_and_few_enough_edges() -> None:
    for number in range(200):
        layers, edges = 2 + number % 3, least_edges(2 + number % 3) + number % 15
        structure = draw_structure(random.Random(number), layers, edges)
        assert len(structure.instances) <= edges
        held = {other for below in structure.held.values() for other in below}
        assert all(structure.held[thing] for layer in structure.layers[:-1] for thing in layer)
        assert held == {thing for layer in structure.layers[1:] for thing in layer}


def test_a_structure_that_is_too_small_is_named() -> None:
    with pytest.raises(InputError, match="no problem of 60 operations was found with at most 4 edges in 2 layers; raise edges or layers"):
        draw_problem(random.Random(0), 60, Settings(2, 4))


def test_things_have_names_of_their_own() -> None:
    names = [category for chain in CHAINS for category, _ in chain]
    assert len(set(names)) == 16
    assert all(len(set(words)) == len(words) for chain in CHAINS for _, words in chain)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("settings", "most"), [(SMALL, 4), (PAPER, 21)])
def test_right_solutions_are_right_at_every_step(settings: Settings, most: int, style: str) -> None:
    for problem in drawn(60, settings, most):
        key, text = key_of(problem), solution(problem, style)
        labels = step_labels(text, key, robust_answer)
        assert is_right(text, key, robust_answer), text
        assert len(labels) == len(problem.needed) + 1
        assert [text[: one.end].count("\n") for one in labels] == list(range(len(labels)))
        assert all(one.right for one in labels)
        for one in labels[:-2]:
            assert prefix_value(text[: one.end], key, robust_answer) == 1
            assert not is_right(text[: one.end], key, robust_answer)


@pytest.mark.parametrize("style", STYLES)
def test_spoilt_solutions_are_right_up_to_one_step_and_wrong_from_there(style: str) -> None:
    problems = [one for settings, most in ((SMALL, 4), (PAPER, 21)) for one in drawn(100, settings, most)]
    for number, problem in enumerate(problems):
        key, text = key_of(problem), spoilt(problem, random.Random(number), style)
        marks = [one.right for one in step_labels(text, key, robust_answer)]
        assert not is_right(text, key, robust_answer), text
        assert marks == sorted(marks, reverse=True)
        assert prefix_value(text, key, robust_answer) == 0


def test_a_solution_in_one_paragraph_is_read_sentence_by_sentence() -> None:
    for problem in drawn(30, PAPER, 12):
        text = solution(problem, "letters").replace("\n", " ")
        labels = step_labels(text, key_of(problem), robust_answer)
        assert len(labels) >= len(problem.needed)
        assert all(one.right for one in labels[: len(problem.needed) - 1])


FIRST, SECOND, THIRD = "Oak School's Blue Classroom", "Elm School's Red Classroom", "Walled City's Oak School"
BY_HAND = Problem(
    23,
    (Definition(FIRST, (), constant=17), Definition(SECOND, (), constant=13), Definition(THIRD, ((FIRST,), (SECOND,)), constant=2, sign="*")),
    (Definition("Walled City's Elm School", (), constant=5),),
    (FIRST, SECOND, THIRD, "Walled City's Elm School"),
)
KEY = key_of(BY_HAND)
START = f"{FIRST} = 17\n{SECOND} = 13\n"


def test_the_example_by_hand() -> None:
    assert KEY.answer == 2 * 30 % 23 == 14
    assert solution(BY_HAND, "plain") == f"{START}{THIRD} = 2 * (17 + 13) = 60 = 14 mod 23\nThe answer is 14."
    assert solution(BY_HAND, "letters").splitlines()[2] == f"Define {THIRD} as c; d = a + b = 17 + 13 = 7; so c = 2 * d = 2 * 7 = 14."
    assert BY_HAND.operations == 4


@pytest.mark.parametrize(
    ("rest", "right"),
    [
        (f"{THIRD} = 2 * (17 + 13) = 14", True),
        (f"{THIRD} = (13 + 17) * 2 = 60 = 14 (mod 23)", True),
        (f"- The number of each {THIRD} = 2 × (17 + 13) = 14.", True),
        (f"{THIRD.upper()} = 2 * (17 + 13) = 14", True),
        (f"{THIRD} = 2 * (17 + 13) = 60", False),
        (f"{THIRD} = 2 * (17 + 13) = 15", False),
        (f"{THIRD} = 2 * 17 + 13 = 1", False),
        (f"{THIRD} = 14", False),
        (f"{THIRD} = 2 * 7 = 14", False),
        (f"{THIRD} = 2 * (17 + 13) = 61 = 14", False),
        (f"{THIRD} = 2 * (17 + 13) = 60 = 14 mod 22", False),
        (f"{THIRD} = 2 * (x + 13) = 14", False),
        (f"{THIRD} = 2 * (17 + 13", False),
        (f"{THIRD} = {'(' * 200}14{')' * 100}", False),
        (f"{THIRD} = 2 ** 9 = 14", False),
        (f"{THIRD} = __import__('os')", False),
        (f"{THIRD} =", False),
        (f"{FIRST} = 17", False),
        ("Walled City's Elm School = 5", False),
        ("Walled City's Birch School = 14", False),
        ("17 + 13 = 30", False),
        (f"Define {THIRD} as c; d = 17 + 13 = 7; so c = 2 * d = 2 * 7 = 14.", True),
        (f"Define {THIRD} as c; d = 17 + 13 = 7; so c = 2 * d = 2 * 7 = 13.", False),
        (f"Define {THIRD} as c; d = 17 + 13 = 8; so c = 2 * d = 2 * 7 = 14.", False),
        (f"Define {THIRD} as c; so e = 2 * (17 + 13) = 14.", False),
    ],
)
def test_a_step_is_right_or_not(rest: str, right: bool) -> None:
    labels = step_labels(START + rest, KEY, robust_answer)
    assert [one.right for one in labels[:2]] == [True, True]
    assert labels[-1].right is right
    assert is_right(START + rest, KEY, robust_answer) is right


def test_what_is_used_must_be_defined_before() -> None:
    assert not is_right(f"{FIRST} = 17\n{THIRD} = 2 * (17 + 13) = 14", KEY, robust_answer)
    assert not is_right(f"{THIRD} = 2 * (17 + 13) = 14\n{START}", KEY, robust_answer)


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "I do not know.", "The answer is 14.", "=", "'s =", "Define as ; so = .", "\u0000", "Define " * 500, "a = " * 400, "9" * 5000],
)
def test_odd_texts_are_no_solutions(text: str) -> None:
    assert not is_right(text, KEY, robust_answer)


def test_talk_is_as_right_as_what_stands_before_it_and_an_early_answer_is_wrong() -> None:
    assert prefix_value("Let us see.", KEY, robust_answer) == 1
    assert prefix_value("", KEY, robust_answer) == 1
    assert prefix_value(f"{START}The answer is 14.", KEY, robust_answer) == 0
    done = solution(BY_HAND, "plain")
    assert not is_right(f"{done}\nThe answer is 15.", KEY, robust_answer)


def test_keys_are_read_back_and_wrong_ones_refused() -> None:
    value = written_key(KEY)
    assert read_key(value) == KEY
    for wrong in ({**value, "query": "x"}, {**value, "modulus": 1}, {**value, "parameters": value["parameters"][::-1]}):
        with pytest.raises((ValueError, KeyError)):
            read_key(wrong)
    assert isinstance(KEY, Key)


def test_the_grader_tells_lucky_answers() -> None:
    reference = Reference("p", {"answer": "14", "problem": written_key(KEY)})
    texts = [solution(BY_HAND, "plain"), "The answer is 14.", f"{START}The answer is 3.", "no idea"]
    verdicts = grade([Sample("p", index, 0, text) for index, text in enumerate(texts)], {"p": reference}, GraderSettings(1), Progress("test"))
    assert [(one.outcome, one.process) for one in verdicts] == [("passed", True), ("passed", False), ("failed", False), ("no_answer", False)]


def test_references_that_cannot_be_read_are_refused() -> None:
    good = {"answer": "14", "problem": written_key(KEY)}
    check_reference(good)
    with pytest.raises(InputError, match="has a problem that comes to 14 under 'problem', but must have one that comes to the answer 15"):
        check_reference({**good, "answer": "15"})
    with pytest.raises(InputError, match="under 'problem', but must have a modulus"):
        check_reference({"answer": "14"})


def test_the_benchmark_makes_problems_that_its_grader_reads() -> None:
    made = list(islice(load_benchmark("igsm").problems([], BENCHMARK.options), 60))
    check_references("igsm_steps", [reference for _, reference in made], "igsm")
    for number, (prompt, reference) in enumerate(made):
        assert reference.metadata["difficulty"] == 1 + number % 4
        text = prompt.messages[-1]["content"].split("\n\n")[1]
        assert str(answered(text, 23)) == reference.reference["answer"]
        assert prompt.prompt.endswith(f"Question: {text}\nAnswer:\n")
        assert [one["role"] for one in prompt.messages] == ["user", "assistant"] * 2 + ["user"]


@pytest.mark.parametrize("style", STYLES)
def test_worked_examples_are_right(style: str) -> None:
    prompt, _ = next(BENCHMARK.problems([], {**BENCHMARK.options, "style": style, "examples": 4}))
    for asked, told in zip(prompt.messages[0:8:2], prompt.messages[1:8:2], strict=True):
        assert told["content"].endswith(f"The answer is {answered(asked['content'].split(chr(10) * 2)[1], 23)}.")


@pytest.mark.parametrize(
    ("option", "value", "must"),
    [
        ("operations", [0, 3], "two whole numbers from 1, such as"),
        ("operations", 4, "two whole numbers from 1, such as"),
        ("layers", 5, "a whole number from 2 to 4"),
        ("edges", 3, "a whole number from 4"),
        ("modulus", 1, "a whole number from 2"),
        ("distractors", "many", "a whole number from 0 or all"),
        ("largest", True, "a whole number from 2"),
        ("style", "long", "plain or letters"),
        ("examples", 9, "a whole number from 0 to 8"),
    ],
)
def test_impossible_option_is_named(option: str, value: object, must: str) -> None:
    with pytest.raises(InputError, match=rf"config key benchmarks\.igsm\.options\.{option} is .+, but must be {must}"):
        next(BENCHMARK.problems([], {**BENCHMARK.options, option: value}))
