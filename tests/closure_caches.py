"""Files of a closure that a test edits after they have been read."""

from monkeys import closure, source_facts

_CACHED = (
    closure._imports,
    closure._named,
    closure._loaded_by_name,
    closure.packages_loaded_by_name,
    closure.hash_of_closure,
    source_facts.facts,
)


def forget_sources() -> None:
    """Read every file anew when a hash is asked for next."""
    for function in _CACHED:
        function.cache_clear()
