"""Every file of a catalogue folder is in its table."""

from pathlib import Path

import pytest

from providers import execution, strategies, vendors
from providers.errors import ConfigurationError


def files(package: object) -> set[str]:
    folder = Path(str(package.__file__)).parent  # type: ignore[attr-defined]
    return {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")}


def test_every_strategy_is_in_its_table() -> None:
    assert {entry.id for entry in strategies.STRATEGIES} | {"callable"} == files(strategies)


def test_every_execution_and_wrapper_is_in_its_table() -> None:
    assert {entry.id for entry in execution.EXECUTIONS} | set(execution.WRAPPERS) == files(execution)


def test_every_vendor_is_in_its_table() -> None:
    assert {spec.id for spec in vendors.VENDORS} == files(vendors)


def test_every_entry_has_words_for_the_page() -> None:
    for entry in (*strategies.STRATEGIES, *execution.EXECUTIONS):
        assert entry.label
        assert entry.rule.endswith(".")


def test_an_alias_is_the_same_strategy() -> None:
    assert strategies.find("majority").id == "voting"


@pytest.mark.parametrize(("find", "name"), [(strategies.find, "best_of_n"), (execution.find, "parallel")])
def test_an_unknown_name_names_the_choices(find: object, name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        find("sideways")  # type: ignore[operator]
