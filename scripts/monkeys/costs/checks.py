"""Checks of the configuration's numbers that architectures and prices share."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from monkeys.errors import InputError, nearest


def check_keys(value: Mapping[str, Any], known: Sequence[str], needed: Sequence[str], where: str) -> None:
    if unknown := [name for name in value if name not in known]:
        raise InputError(f"{where}.{unknown[0]} does not exist{nearest(unknown[0], known)}; {where} knows {', '.join(known)}")
    if missing := [name for name in needed if name not in value]:
        raise InputError(f"{where}.{missing[0]} is missing; {where} needs {', '.join(needed)}")


def check_number(value: Any, where: str, positive: bool = False) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0 or (positive and value == 0):
        raise InputError(f"{where} is {json.dumps(value)}, but must be a number {'greater than' if positive else 'of at least'} 0")
