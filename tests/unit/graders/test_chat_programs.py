"""Programs in chat answers, in the shapes in which models write them: functions and programs of standard input alike."""

import pytest
from timing import fastest

from monkeys.formats.fences import blocks
from monkeys.formats.programs import first_script, function_code, script
from monkeys.graders import Settings
from monkeys.graders.input_output import grade as grade_scripts
from monkeys.graders.python_tests import grade as grade_functions
from monkeys.graders.python_tests import program_text
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample

CHAT = Settings(workers=2, response_format="chat")
F = "`" * 3
FUNCTION = Reference(
    "f",
    {
        "prompt": 'from typing import List\n\n\ndef f(n: int) -> int:\n    """Twice the number."""\n',
        "test": "def check(f):\n    assert f(4) == 8\n",
        "entry_point": "f",
    },
)
SCRIPT = Reference("s", {"tests": [["4\n", "8\n"], ["5\n", "10\n"]]})

RIGHT = "def f(n):\n    return 2 * n\n"
WRONG = "def f(n):\n    return n\n"
READS = "n = int(input())\nprint(2 * n)\n"
READS_WRONGLY = "n = int(input())\nprint(n)\n"


def fenced(code: str, name: str = "python", fence: str = F) -> str:
    return f"{fence}{name}\n{code.rstrip()}\n{fence}\n"


def indented(text: str, margin: str) -> str:
    return "".join(f"{margin}{line}\n" for line in text.splitlines())


def session(code: str) -> str:
    """Code as it stands behind the prompts of an interactive Python."""
    return "".join(f"{'... ' if line.startswith(' ') else '>>> '}{line}\n" for line in code.splitlines())


def shapes(right: str, wrong: str) -> dict[str, str]:
    """Answers whose program is the right one, whichever kind of program it is."""
    return {
        "a block": fenced(right),
        "a block between words": f"Sure!\n\n{fenced(right)}\nIt's done.\n",
        "no language": fenced(right, ""),
        "language py": fenced(right, "py"),
        "language Python3.11": fenced(right, "Python3.11"),
        "language with attributes": fenced(right, 'python title="solution.py" linenums="1"'),
        "language in braces": fenced(right, "{.python .numberLines}"),
        "language of a file": fenced(right, "python:solution.py"),
        "blank before the language": fenced(right, " python"),
        "a wrong block, then a right one": f"{fenced(wrong)}\nThat is wrong. Corrected:\n\n{fenced(right)}",
        "wrong twice": fenced(wrong) + fenced(wrong) + fenced(right),
        "the same of another fence": fenced(wrong) + fenced(right, fence="~~~"),
        "then one that is cut off": f"{fenced(right)}\nOr:\n\n{F}python\n{right.splitlines()[0]}\n    x = (1,\n",
        "then one that is no Python": f"{fenced(right)}\nOr as pseudocode:\n{fenced(right.replace('*', 'times'), 'python')}",
        "list item": f"1. Do this:\n{indented(fenced(right), '   ')}2. Done.\n",
        "list item, deeper": f"- a\n  - b\n{indented(fenced(right), '      ')}",
        "list item with a tab": f"1.\tDo this:\n{indented(fenced(right), chr(9))}",
        "the mark of a list before the fence": f"1. {F}python\n{indented(right, '   ')}   {F}\n",
        "fences indented, code not": f"   {F}python\n{right}   {F}\n",
        "empty lines first": f"{F}python\n\n  \nfrom __future__ import annotations\n{right}{F}\n",
        "code indented, fences not": f"{F}python\n{indented(right, '    ')}{F}\n",
        "a quotation": indented(fenced(right), "> "),
        "four backticks": fenced(right, fence="`" * 4),
        "four backticks around three": fenced(f"{right}\n# {F}\n", fence="`" * 4),
        "tildes": fenced(right, fence="~~~"),
        "five tildes": fenced(right, fence="~" * 5),
        "closed by a longer fence": f"{F}python\n{right}{F}``\nDone.\n",
        "Answer: before the fence": f"Answer: {fenced(right)}",
        "**Answer:** before the fence": f"**Answer:** {fenced(right)}",
        "words before the fence": f"The corrected program is {fenced(right)}",
        "the language below the fence": f"{F}\npython\n{right}{F}\n",
        "never closed, and words behind it": f"Sure:\n{F}python\n{right}\nThis doubles the number.\n\nTime complexity: O(1).\n",
        "never closed, and a list behind it": f"{F}python\n{right}\n1. It doubles.\n2. Done.\n",
        "never closed, and bold words behind it": f"{F}python\n{right}\n**Explanation:** It doubles.\n",
        "never closed and without a language, and words behind it": f"Sure:\n\n{F}\n{right}\nThis doubles the number.\n",
        "words before a fence without a language": f"Answer:\n\nHere: {fenced(right, '')}",
        "never closed": f"{F}python\n{right}",
        "closed behind the code": f"{F}python\n{right.rstrip()}{F}\nDone.",
        "words behind the closing fence": f"{F}python\n{right}{F} is it.\n",
        "not closed before the next": f"{F}python\n{wrong}\nCorrected:\n{fenced(right)}",
        "line ends of Windows": fenced(right).replace("\n", "\r\n"),
        "shell before": fenced("pip install numpy", "bash") + fenced(right),
        "shell and output behind": fenced(right) + fenced("python solution.py", "bash") + fenced("4", "text") + fenced("8", ""),
        "another language behind": fenced(right) + fenced("int f(int n) { return 2 * n; }", "cpp"),
        "named text by mistake": f"Answer:\n{fenced(right, 'text')}",
        "no fences": right,
        "words around code without fences": f"Sure, here it is:\n\n{right}\nThis doubles it. It's linear.\n",
        "words at once behind code without fences": f"Sure:\n{right}This doubles it.\n",
        "a word behind code without fences": f"{right}\nDone\n",
        "words with a colon behind code without fences": f"{right}\nComplexity: constant\n\n- time\n",
        "words in between without fences": f"First try:\n\n{wrong}\nThat is wrong. Corrected:\n\n{right}\nThat is right.\n",
        "code indented without fences": f"Sure:\n\n{indented(right, '    ')}\nDone.\n",
        "three backticks between words": f"Use {F}x = 1{F} here.\n{fenced(right)}",
        "a docstring with a fence": fenced(f'"""Example:\n\n{F}\nf(4)\n{F}\n"""\n{right}'),
        "a docstring with a named fence": fenced(f'"""Example:\n\n{F}python\nf(4)\n{F}\n"""\n{right}'),
        "a docstring with a fence, wrong before": fenced(wrong) + fenced(f"'''\n{F}\nf(4)\n{F}\n'''\n{right}"),
        "a docstring with a fence, never closed": f'{F}python\n"""\n{F}\nf(4)\n{F}\n"""\n{right}',
        "a string with a fence": fenced(f"FENCE = '{F}'\n{right}"),
        "a docstring that never ends, then a right block": fenced(f'def g():\n    """Oh\n{wrong}') + fenced(f'"""It is right."""\n{right}'),
        "a program from the future": fenced(f"from __future__ import annotations\n{right}"),
        "a program with escapes that Python warns of": fenced(f'PATTERN = "\\d"\n{right}'),
        "a byte order mark": f"\ufeff{fenced(right)}",
        "a tag before the fence": f"<answer>{F}python\n{right}{F}</answer>\n",
        "a tag behind the code": f"<answer>{F}python\n{right.rstrip()}{F}</answer>\n",
        "tags without fences": f"[PYTHON]\n{right}[/PYTHON]\n",
        "the fence that the prompt opened": f"{right}{F}\nThis doubles it.\n",
        "tildes that are no fence": f"~~~~ Hello ~~~~\n{right}\nThat's it.\n",
        "a whole answer in Markdown": f"````markdown\n# Answer\n\n{fenced(wrong)}\nCorrected:\n{fenced(right)}````\n",
        "a whole answer between fences": f"~~~\n# Answer\n\nIt's this:\n{fenced(right)}~~~\n",
        "a whole answer in Markdown, the same fences": f"{F}markdown\n# Answer\n{fenced(right)}{F}\n",
        "null bytes elsewhere": fenced(right) + fenced("\0", ""),
        "a lone surrogate elsewhere": fenced(right) + fenced("\ud83d", ""),
        "HTML": f"<p>So:</p>\n<pre><code>{right}</code></pre>\n<p>Done.</p>\n",
        "HTML with a language": f'Here:\n<pre><code class="language-python">{right}\n</code>\n</pre>\n',
        "HTML of pre alone": f"<pre>\n{right}</pre>",
        "HTML of code alone": f"<code>{right}</code>",
        "HTML with entities": f"<pre><code>assert 1 &lt; 2 and '&amp;'\n{right}</code></pre>",
        "HTML that is indented": f"<pre><code>\n{indented(right, '    ')}</code></pre>",
        "HTML that is never closed": f"<pre><code>{right}",
        "HTML, a wrong element before": f"<pre><code>{wrong}</code></pre>\nCorrected:\n<pre><code>{right}</code></pre>",
        "HTML of another language behind": f'<pre>{right}</pre><pre><code class="language-cpp">int f(int n) {{ return n; }}</code></pre>',
        "HTML tags in a program": fenced(f'TAG = "<pre><code>"\n{right}'),
        "an interactive session": f"Sure:\n\n{session(right)}\nDone.\n",
        "an interactive session in a block": fenced(session(right)),
        "an interactive session in a block of its name": fenced(session(right), "pycon"),
    }


FUNCTIONS = shapes(RIGHT, WRONG) | {
    "with its annotations": fenced("def f(n: int) -> int:\n    return 2 * n\n"),
    "what the prompt imports": fenced("def f(n: int) -> int:\n    numbers: List[int] = [n, n]\n    return sum(numbers)\n"),
    "imports in a first block": fenced("import math\nfrom functools import reduce") + "and\n" + fenced("def f(n):\n    return math.floor(2 * n)\n"),
    "a helper in a first block": fenced("def double(n):\n    return 2 * n\n") + fenced("def f(n):\n    return double(n)\n"),
    "a helper of a helper": fenced("import operator")
    + fenced("def double(n):\n    return operator.mul(2, n)\n")
    + fenced("def f(n):\n    return double(n)\n"),
    "a helper behind": fenced("def f(n):\n    return double(n)\n") + fenced("def double(n):\n    return 2 * n\n\nprint(f(3), undefined)\n"),
    "a helper in a wrong block": fenced(f"def double(n):\n    return 2 * n\n\n{WRONG}\nassert f(2) == 4\n")
    + fenced("def f(n):\n    return double(n)\n"),
    "a helper without fences": "First\n\ndef double(n):\n    return 2 * n\n\nthen\n\ndef f(n):\n    return double(n)\n\nThat's it.\n",
    "a table in a first block": fenced("table = {}\nfor n in range(9):\n    table[n] = 2 * n\n") + fenced("def f(n):\n    return table[n]\n"),
    "the future in a second block": fenced("import math")
    + fenced("from __future__ import annotations\n\ndef f(n: Unknown):\n    return math.floor(2 * n)\n"),
    "the future over several lines": fenced(
        "from __future__ import (\n    annotations,\n    division,\n)\nimport math\ndef f(n: Unknown): return 2 * n\n"
    ),
    "the future and more in a line": fenced("from __future__ import annotations; import math\ndef f(n: Unknown): return math.floor(2 * n)\n"),
    "an example of use behind": fenced(RIGHT) + "Use:\n" + fenced("print(f(3))\nresult = f(5)\n"),
    "its result under its name": fenced(RIGHT) + "Use:\n" + fenced("f = f(5)\nprint(f)\n"),
    "its signature behind": fenced(RIGHT) + "which has the signature\n" + fenced("def f(n: int) -> int:"),
    "its signature with dots behind": fenced(RIGHT) + "which has the signature\n" + fenced("def f(n: int) -> int: ..."),
    "tests behind that import it": fenced(RIGHT) + fenced("import unittest\nfrom solution import f\n\nassert f(4) == 8\n"),
    "a helper, tests that import it, the function": fenced("def double(n):\n    return 2 * n\n")
    + fenced("from solution import double\n\nassert double(2) == 4\n")
    + fenced("def f(n):\n    return double(n)\n"),
    "a stub behind": fenced(RIGHT) + fenced('def f(n):\n    """Doc."""\n    raise NotImplementedError("yours")\n'),
    "a stub before": fenced("def f(n):\n    pass") + fenced(RIGHT),
    "a lambda": fenced("f = lambda n: 2 * n"),
    "a lambda, wrong before": fenced(WRONG) + fenced("f = lambda n: 2 * n"),
    "a decorated function": fenced(f"from functools import cache\n\n@cache\n{RIGHT}"),
    "async as a name of another function": fenced("async def g():\n    pass\n") + fenced(RIGHT),
    "the body alone": "    return 2 * n\n",
    "the body in a block": fenced("    return 2 * n"),
    "the body in a list item": f"1. Do:\n{indented(fenced('    return 2 * n'), '   ')}",
    "a block of values before the body": fenced("x = 1") + fenced("    return 2 * n"),
    "code before in another language": fenced("def f(n); n; end", "ruby") + fenced(RIGHT),
    "an interactive session with an example": fenced(f"{session(RIGHT)}... \n>>> f(4) + undefined\n8\n"),
    "an interactive session with imports": session("import math\ndef f(n):\n    return math.floor(2 * n)\n"),
    "an interactive session without dots": ">>> def f(n):\n        return 2 * n\n\n>>> f(4)\n8\n",
    "between backticks": "The function is `def f(n): return 2 * n`.",
    "a lambda between backticks": "Define `def f(n):` with a body, or say `f = lambda n: 2 * n`. Then `f(4)` is `8`.",
    "blocks of values alone, the function without fences": f"{fenced('4', '')}\n{RIGHT}\n",
}

SCRIPTS = shapes(READS, READS_WRONGLY) | {
    "samples behind": f"{fenced(READS)}\nInput:\n{fenced('4', '')}\nOutput:\n{fenced('8', '')}\n",
    "samples before": f"Input:\n{fenced('4', '')}\nOutput:\n{fenced('8', '')}\n{fenced(READS, '')}",
    "samples of words": f"{fenced(READS, '')}\nOutput:\n{fenced('YES', '')}\n{fenced('[1, 2]', '')}\n",
    "an example of use behind": fenced("def double(n):\n    return 2 * n\n\nprint(double(int(input())))\n") + fenced("print(double(3))\n"),
    "an example of use behind, whole": fenced("n = int(input())\nanswer = 2 * n\nprint(answer)\n") + fenced("print(answer)\n"),
    "a snippet behind": fenced(READS) + "For speed:\n" + fenced("import sys\ninput = sys.stdin.readline\n"),
    "another snippet behind": fenced(READS) + "where\n" + fenced("m = 2 * 4\n"),
    "a helper first": fenced("def double(n):\n    return 2 * n\n") + fenced("n = int(input())\nprint(double(n))\n"),
    "a helper behind": fenced("n = int(input())\nprint(double(n))\n") + fenced("def double(n):\n    return 2 * n\n"),
    "in steps": fenced("n = int(input())\nnumbers = [n]\n") + fenced("numbers.append(n)\ntotal = sum(numbers)\n") + fenced("print(total)\n"),
    "in the line of its fence": f"{F}n = int(input())\nprint(2 * n){F}",
    "in the line of a named fence": f"{F}python n = int(input())\nprint(2 * n)\n{F}",
    "one line with its fences": f"{F}python print(2 * int(input())){F}",
    "one line behind a word": f"Answer: {F}print(2 * int(input())){F}",
    "by sys.stdin": fenced("import sys\n") + fenced("n = int(sys.stdin.read())\nsys.stdout.write(str(2 * n))\n"),
    "a main function": fenced("def main():\n    n = int(input())\n    print(2 * n)\n\nif __name__ == '__main__':\n    main()\n"),
    "a main function, called in a second block": fenced("def main():\n    n = int(input())\n    print(2 * n)\n")
    + "and\n"
    + fenced("if __name__ == '__main__':\n    main()\n"),
    "a function, its use in a second block": fenced("def double(n):\n    return 2 * n\n") + fenced("print(double(int(input())))\n"),
    "tests behind": fenced("def main():\n    print(2 * int(input()))\n\nmain()\n")
    + fenced("import io, sys\nsys.stdin = io.StringIO('3')\nmain()\nprint('expected 6')\n"),
    "tests behind that import": fenced("def main():\n    print(2 * int(input()))\n\nmain()\n") + fenced("from solution import main\nassert main\n"),
    "a corrected main part": fenced("def double(n):\n    return 2 * n\n\nn = int(input())\nprint(n)\n")
    + fenced("n = int(input())\nprint(double(n))\n"),
    "between backticks": "The program is `print(2 * int(input()))`, where `print(x)` writes.",
    "by open": fenced("n = int(open(0).read())\nprint(2 * n)\n"),
}


def test_functions_of_every_shape_pass() -> None:
    verdicts = grade_functions(
        [Sample("f", number, None, text) for number, text in enumerate(FUNCTIONS.values())], {"f": FUNCTION}, CHAT, Progress("test")
    )
    assert {name: verdict.detail for name, verdict in zip(FUNCTIONS, verdicts, strict=True) if verdict.outcome != "passed"} == {}


def test_programs_of_every_shape_pass() -> None:
    verdicts = grade_scripts([Sample("s", number, None, text) for number, text in enumerate(SCRIPTS.values())], {"s": SCRIPT}, CHAT, Progress("test"))
    assert {name: verdict.detail for name, verdict in zip(SCRIPTS, verdicts, strict=True) if verdict.outcome != "passed"} == {}


def test_wrong_programs_of_every_shape_fail() -> None:
    """So that the tests above do not pass for any program that is found."""
    for kind, grade, reference, answers in (
        ("f", grade_functions, FUNCTION, shapes(WRONG, RIGHT)),
        ("s", grade_scripts, SCRIPT, shapes(READS_WRONGLY, READS)),
    ):
        samples = [Sample(kind, number, None, text) for number, text in enumerate(answers.values())]
        verdicts = grade(samples, {kind: reference}, CHAT, Progress("test"))
        assert {name: verdict.outcome for name, verdict in zip(answers, verdicts, strict=True) if verdict.outcome != "failed"} == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot.",
        "Use f(n) for it.",
        "Call `f(n)`, whose header is `def f(n):`.",
        "As in the question:\n\n>>> f(4)\n8\n",
        "<code>f(4)</code> is <pre>8</pre>",
        "x = 5 would be the answer.",
        fenced("def g(n):\n    return 2 * n\n") + fenced("f(3)"),
        fenced("return 2 * n"),
        fenced("f = 4"),
        fenced("int f(int n) { return 2 * n; }", "cpp"),
        fenced("pip install numpy", "bash"),
        f"{F}python",
        "Done",
    ],
)
def test_an_answer_without_the_function_has_no_program(text: str) -> None:
    assert function_code(text, "f") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I would print 8.",
        "Use `print(x)` for `x`.",
        "<pre>8</pre>",
        ">>> 4\n4\n",
        "n = 4",
        fenced("int main() { return 0; }", "cpp"),
        fenced("8", "text"),
        fenced(""),
        "Done",
    ],
)
def test_an_answer_without_a_program_has_none(text: str) -> None:
    assert script(text) is None


def test_programs_that_are_not_complete_fail_for_what_they_are() -> None:
    assert script(f"Use `print(8)`.\n{F}python\nprint(2 *") == "print(2 *"
    assert script(fenced("print(2 *") + fenced("8", "")) == "print(2 *"
    assert function_code(fenced("def f(n):\n    return 2 *"), "f") == "def f(n):\n    return 2 *"
    assert function_code("Sure:\n\ndef f(n):\n    return 2 *", "f") == "def f(n):\n    return 2 *"


def test_what_the_prompt_has_is_not_taken_from_other_blocks() -> None:
    text = fenced("def double(n):\n    return n\n") + fenced("def f(n):\n    return double(n)\n")
    assert function_code(text, "f", {"double"}) == "def f(n):\n    return double(n)"
    assert function_code(text, "f") == "def double(n):\n    return n\ndef f(n):\n    return double(n)"


def test_prompt_precedes_code_without_docstring() -> None:
    reference = Reference("f", {"prompt": "def f(n: int) -> int:\n", "test": "", "entry_point": "f"})
    program = program_text(fenced(RIGHT), reference, "chat")
    assert program == f"def f(n: int) -> int:\n    pass\n\n{RIGHT}"
    compile(program, "<test>", "exec")


def test_imports_from_the_future_come_first_of_all() -> None:
    program = program_text(fenced(f"from __future__ import annotations\n{RIGHT}"), FUNCTION, "chat")
    assert program is not None
    assert program.startswith("from __future__ import annotations\nfrom typing import List\n")
    compile(program, "<test>", "exec")


@pytest.mark.parametrize(
    ("text", "program"),
    [
        (f"{READS}{F}\nDone.", READS.rstrip()),
        (fenced(READS) + fenced("print(1)"), READS.rstrip()),
        (f"{F}\n{READS}", READS.rstrip()),
        (indented(fenced(READS), "  "), READS.rstrip()),
        (fenced(READS, fence="~~~"), READS.rstrip()),
        (f"s = '{F}'\nprint(s + '{F}')", f"s = '{F}'\nprint(s + '{F}')"),
        (READS.replace("\n", "\r\n"), READS.rstrip()),
    ],
)
def test_the_first_block_of_a_completion_counts(text: str, program: str) -> None:
    assert first_script(text) == program


@pytest.mark.parametrize(
    "line",
    [
        *(
            "`",
            "~",
            "```\n",
            "```python\n",
            "``` ",
            "```\nx\n",
            "```python\nf = 1\n",
            '```\n"""\n',
            "```python\n'''a\n```\n",
            "```\ndef f(n): return 1\n```\n",
        ),
        *("x = 1 y\n", "def f(n):\n", "> ", "1. ", "a ", 'f("', "- ", "(", "\n", "{", "f(", "if x:\n", "x = [\n", "print(f)\n", "```f = 1``` "),
    ],
    ids=repr,
)
def test_long_texts_of_anything_are_read_in_linear_time(line: str) -> None:
    text = line * (300_000 // len(line))
    for find in (lambda: function_code(text, "f"), lambda: script(text), lambda: first_script(text)):
        assert fastest(find) < 5, "its time grows faster than the text"


@pytest.mark.parametrize(
    "code", ["-" * 50_000 + "1", "1+" * 50_000 + "1", "(" * 5_000, "f" + "()" * 50_000, "x = " + "lambda: " * 20_000 + "0", "9" * 5000]
)
def test_code_that_python_cannot_read_is_only_not_complete(code: str) -> None:
    assert function_code(fenced(RIGHT) + fenced(f"def f(n):\n    return {code}"), "f") in (RIGHT.rstrip(), f"def f(n):\n    return {code}")
    assert script(fenced(READS) + fenced(code)) is not None


def test_blocks_say_their_language_and_place() -> None:
    found = blocks(f"a\n{fenced('x', 'Python3')}b\n{fenced('y', 'bash')}{F}\nz")
    assert [(block.language, block.text, block.is_other, block.first, block.last) for block in found] == [
        ("python", "x", False, 1, 3),
        ("bash", "y", True, 5, 7),
        ("", "z", False, 8, 10),
    ]
