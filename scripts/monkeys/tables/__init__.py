"""Tables of counts, tokens, duplicates, truncation and audits, made from records."""
