"""Statistics on counts: for each problem, n samples drawn of which c passed. Pure functions on arrays."""
