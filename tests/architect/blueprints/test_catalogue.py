"""The table of blueprints and the folder agree."""

from __future__ import annotations

from pathlib import Path

import architect.blueprints
from architect.blueprints import BLUEPRINTS, COMPANIONS


def test_every_file_is_in_the_table_under_its_name() -> None:
    """To add a target: one file, one line in the table, one test."""
    folder = Path(architect.blueprints.__file__).parent
    names = {
        path.stem if path.is_file() else path.name
        for path in folder.iterdir()
        if not path.name.startswith("__") and path.suffix in ("", ".py")
    }
    assert names == set(BLUEPRINTS)
    for name, blueprint in BLUEPRINTS.items():
        assert blueprint.id == name
        assert blueprint.label


def test_companions_are_blueprints() -> None:
    """What comes along unasked exists."""
    assert {name for names in COMPANIONS.values() for name in names} <= set(BLUEPRINTS)
