"""What samples cost in tokens, how many repeat each other, and what drew them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from monkeys.records import read_provenance


def count_tokens(paths: Sequence[Path]) -> dict[str, Any]:
    """Totals over files of samples.

    Returns:
        ``samples``; ``prompt_tokens`` (each problem's prompt once, as prefixes are shared) and ``output_tokens``, None where unrecorded;
        ``truncated``, samples that ended at their limit of tokens; ``distinct``, different texts of the same problem; ``provenance``, what drew
        them, each different account once.
    """
    columns = ["problem_id", "text", "prompt_tokens", "output_tokens", "finish_reason"]
    tables, provenance = [], []
    for path in paths:
        table = pq.read_table(path, columns=columns).to_pandas()
        table["text"] = pd.util.hash_array(table["text"].to_numpy(dtype=object))
        tables.append(table)
        if (account := read_provenance(path)) not in provenance:
            provenance.append(account)
    samples = pd.concat(tables)
    recorded = bool(samples["output_tokens"].notna().all())
    return {
        "samples": len(samples),
        "prompt_tokens": int(samples.groupby("problem_id")["prompt_tokens"].first().sum()) if recorded else None,
        "output_tokens": int(samples["output_tokens"].sum()) if recorded else None,
        "truncated": int((samples["finish_reason"] == "length").sum()),
        "distinct": len(samples[["problem_id", "text"]].drop_duplicates()),
        "provenance": provenance,
    }
