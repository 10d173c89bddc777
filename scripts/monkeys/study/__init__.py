"""A study: what its configuration says, the files that it makes, and what each rule hands to its script. Tested without Snakemake."""
