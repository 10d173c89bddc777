import hashlib

from monkeys.seeds import sample_seed


def test_a_seed_is_the_first_63_bits_of_a_hash() -> None:
    digest = hashlib.sha256(b"7\x1fHumanEval/3\x1f12").hexdigest()
    assert sample_seed(7, "HumanEval/3", 12) == int(digest[:16], 16) // 2


def test_seeds_are_stable() -> None:
    assert sample_seed(0, "HumanEval/0", 0) == 2609595429557269556


def test_seeds_of_a_large_study_are_different_and_fit_a_signed_64_bit_number() -> None:
    seeds = {sample_seed(run, f"p/{problem}", index) for run in range(2) for problem in range(50) for index in range(200)}
    assert len(seeds) == 2 * 50 * 200
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert max(seeds) > 2**62


def test_parts_of_the_key_do_not_run_into_each_other() -> None:
    assert len({sample_seed(1, "1", 11), sample_seed(11, "1", 1), sample_seed(1, "11", 1), sample_seed(11, "", 11)}) == 4
