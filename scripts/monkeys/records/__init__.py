"""Records that pass from stage to stage: their columns, types and files, one module each.

Import the record that is needed from its own module (``from monkeys.records.sample import Sample``): a rule reruns when a module that it imports
changes, so a new record reruns nothing old. Prompts and references are JSON Lines, samples and verdicts Parquet.
"""
