"""Numbers as models state them, and numbers that stand near them."""

import pytest

from monkeys.graders.numeric_answer import extract_answer
from monkeys.graders.stated_number import robust_answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Final Answer: 18 dollars (16 - 3 - 4 = 9 eggs at $2).", "18"),
        ("The answer should be 18, not 20.", "18"),
        ("The answer is not 20 but 18.", "18"),
        ("<answer>18</answer> because 9 * 2", "18"),
        ("The answer is 1 million dollars.", "1000000"),
        ("The answer is 2.5 billion.", "2500000000"),
        ("The answer is $60K", "60000"),
        ("The answer is $1.5M.", "1500000"),
        ("#### 2 thousand", "2000"),
        ("The answer is 5 km", "5"),
        ("The answer is 7 months", "7"),
        ("The answer is \u22125.", "-5"),
        ("The answer is .5", "0.5"),
        ("The answer is 10-4 = 6", "6"),
        ("The answer is 2-3=-1", "-1"),
        ("10-4 = 6", "6"),
        ("Answer: 18\nCheck: 9 * 2", "18"),
        ("**Answer:** 42 apples for 3 people", "42"),
        ("Answer: 16 - 3 = 13. 13 * 2 = 26.", "26"),
        ("The answer is 10.", "10"),
        ("The answer is 1.5e3", "1500"),
        (r"\boxed{1.5 \times 10^3}", "1500"),
        ("The answer is 3 1/2", "3.5"),
        ("The answer is 1/2", "0.5"),
        ("The answer is 1/3", "1/3"),
        ("The answer is 50%", "50"),
        ("The answer is 1 000 000", "1000000"),
    ],
)
def test_the_stated_number_is_read(text: str, answer: str) -> None:
    assert robust_answer(text) == extract_answer(text) == answer
