"""The study's configuration: read, completed, checked, and asked what a rule needs to know."""
