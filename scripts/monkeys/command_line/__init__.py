"""Command-line arguments that several scripts share."""
