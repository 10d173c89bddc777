from collections.abc import Callable
from pathlib import Path

import pytest
from project import ROOT
from sandbox_image import base_image, sandbox_image, sandbox_place
from study_fixtures import finished_study

__all__ = ["base_image", "finished_study", "sandbox_image", "sandbox_place", "shared_data"]

SHARED_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """The path of a real data set by its name below ``../shared/data``; a test that asks for one that is not there is skipped."""

    def find(name: str) -> Path:
        path = SHARED_DATA / name
        if not path.exists():
            pytest.skip(f"the data set {name} is not below ../shared/data")
        return path

    return find
