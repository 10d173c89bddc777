"""Training of the embedded reward model: a logistic head on a small model's states, for word problems whose right steps are known by construction."""
