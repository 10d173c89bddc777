"""When counts do not determine a number, and how that is said: in reports, JSON and figures alike."""

LARGEST_FACTOR = 4.0
"""Where an interval spans more than this factor, the counts do not determine the number."""
LARGEST_SHARE = 0.05
"""The same for a share whose interval reaches from 0 to more than this."""


def doubt(low: float | None, high: float | None) -> str | None:
    """That counts do not determine a number that is not zero, in words; None where they do.

    Args:
        low, high: the ends of its interval, of one sign; None where the interval is open.
    """
    if low is None and high is None:
        return "not determined by the counts"
    if low is None:
        return f"the counts say only that it is at most {high:.3g}"
    if high is None:
        return f"the counts say only that it is at least {low:.3g}"
    near, far = sorted((abs(low), abs(high)))
    return f"not determined, anywhere from {low:.3g} to {high:.3g}" if far > LARGEST_FACTOR * near else None


def doubt_of_share(low: float, high: float) -> str | None:
    """The same for a share that may be zero."""
    return f"not determined, anywhere from 0 to {high * 100:.0f} %" if low == 0 and high > LARGEST_SHARE else None
