"""How modules are found that define a name."""

from pathlib import Path

import pytest

from monkeys.extensions import modules_with


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def grade():\n    pass\n", True),
        ("grade = print\n", True),
        ("grade: object = print\n", True),
        ("from os import getcwd as grade\n", True),
        ("from os import *\n", True),
        ("try:\n    import heavy\nexcept ImportError:\n    def grade():\n        pass\n", True),
        ("class Some:\n    def grade(self):\n        pass\n", False),
        ("def some():\n    grade = 1\n", False),
        ("def upgrade():\n    pass\n", False),
        ("TEXT = '''\ndef grade():\n    pass\n'''\n", False),
        ("print(grade)\n", False),
        ("def grade(:\n", False),
    ],
)
def test_a_module_is_found_by_what_it_defines_and_is_not_imported(tmp_path: Path, text: str, found: bool) -> None:
    (tmp_path / "some.py").write_text(text, encoding="utf-8")
    assert modules_with([str(tmp_path)], "grade") == ["some"] * found


def test_modules_of_all_folders_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b/zeta.py", "b/alpha.py", "a/middle.py", "a/_hidden.py", "a/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("grade = None\nraise SystemExit\n", encoding="utf-8")
    assert modules_with([str(tmp_path / "a"), str(tmp_path / "b")], "grade") == ["alpha", "middle", "zeta"]
