"""What a person sees of a run while it runs: its state, drawn on a terminal or line by line."""
