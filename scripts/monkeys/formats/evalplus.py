"""The comparison in EvalPlus's published tests, made as strict as EvalPlus's own evaluator.

The texts of HumanEval+ and MBPP+ compare floating-point results by ``np.allclose`` alone. That broadcasts: an empty list is close to every number, and where an empty
list is expected any list of one number is close to it. EvalPlus's evaluator (0.3.1, ``evalplus/eval/__init__.py``) asks for equal types and
lengths first. Equal shapes are asked for here as well, so that nested lists cannot broadcast either.
"""

from monkeys.errors import InputError

LAX = "        assert np.allclose(out, exp, rtol=1e-07, atol=atol)\n"
STRICT = f"""\
        assert type(out) == type(exp)
        if isinstance(exp, (list, tuple)):
            assert len(out) == len(exp)
        assert np.shape(out) == np.shape(exp)
{LAX}"""


def compare_strictly(problem_id: str, tests: str) -> str:
    """A problem's tests with the strict comparison in place of the published one.

    Raises:
        InputError: the tests compare by ``np.allclose`` in another way, so that they cannot be made strict.
    """
    strict = tests.replace(LAX, STRICT)
    if "np.allclose" in strict.replace(STRICT, ""):
        raise InputError(f"{problem_id}: its tests call np.allclose in a way that is not EvalPlus's; take the rows of EvalPlus's release")
    return strict
