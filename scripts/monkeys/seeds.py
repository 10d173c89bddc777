"""Seeds: one per sample, a function of what the sample is and of nothing else."""

import hashlib


def sample_seed(run_seed: int, problem_id: str, sample_index: int) -> int:
    """The seed of one sample, in [0, 2**63).

    It depends on neither the shard nor the number of samples, so that a study can grow, or be cut into other shards, and keep every
    sample it has. Hashing keeps the ranges of neighbouring problems apart, which ``seed + index`` does not.
    """
    key = f"{run_seed}\x1f{problem_id}\x1f{sample_index}".encode()
    return int.from_bytes(hashlib.sha256(key).digest()[:8], "big") >> 1
