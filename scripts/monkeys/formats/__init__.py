"""Formats of other people's texts that benchmarks and graders both read."""
