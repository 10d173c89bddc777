"""Report, manifest and the sentences that they share."""
