"""Numbers as models state them, and numbers that stand near them."""

import pytest

from monkeys.graders.numeric_answer import extract_answer
from monkeys.graders.stated_number import read_key, robust_answer


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
        ("The answer is 3 1/2.", "3.5"),
        (r"\boxed{3\frac{1}{2}}", "3.5"),
        (r"\boxed{\frac12}", "0.5"),
        (r"The answer is \frac{1}{2}.", "0.5"),
        ("The answer is 2**3 = 8.", "8"),
        ("The answer is 2^{3}.", "8"),
        ("The answer is 1.5*10**3", "1500"),
        ("The answer is (9)(2) = 18", "18"),
        ("The answer is 20% of 90 = 18", "18"),
        ("The answer is 20% of all", "20"),
        ("The answer is no longer 20 but 18.", "18"),
        ("The answer is 1'000.", "1000"),
        ("The answer is 1_000.", "1000"),
        ("The answer is 18\u2009000 USD.", "18000"),
        ("The answer is 1,5.", "1.5"),
        ("The answer is 12,345.", "12345"),
        ("The answer is \u00bd.", "0.5"),
        ("The answer is 3\u00bd.", "3.5"),
        ("The answer is \uff11\uff18.", "18"),
        ("\u7b54\u6848\uff1a18\uff0c\u56e0\u4e3a 9 * 2", "18"),
        ("The answer to the question is 18 of 20", "18"),
        ("The answer to problem 3 is 18 of 20", "18"),
        ("The answer comes out to 18 (2*9).", "18"),
        ("The answer I get is 18 after 2 days", "18"),
        ("To answer for this, we see that there is 5. She has 18", "18"),
        ("**Final Answer**\n\n18 apples for 3 people", "18"),
        ("The answer is:\n18 apples for 3 people", "18"),
        ("I can answer\n18 of 3", "3"),
        ('{"answer": 18, "steps": 3}', "18"),
        # Without a statement the last number counts, with what belongs to it.
        ("She has 1/2 left", "0.5"),
        ("She has 3 1/2 left", "3.5"),
        ("18/2 = 9", "9"),
        ("It was 10/12/2020", "2020"),
        ("It is 1e3", "1000"),
        ("It is 2 million", "2000000"),
        ("It costs $60K", "60000"),
    ],
)
def test_the_stated_number_is_read(text: str, answer: str) -> None:
    assert robust_answer(text) == extract_answer(text) == answer


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("1,5", "1.5"),
        ("1,234", "1234"),
        ("12,34,567", "1234567"),
        ("5 \u20ac", "5"),
        ("\uff15", "5"),
        ("\u00bd", "0.5"),
        ("1,2,3", None),
        ("1.000,5", None),
        ("5, 6", None),
    ],
)
def test_keys_with_commas_and_signs(key: str, value: str | None) -> None:
    assert read_key(key) == value
