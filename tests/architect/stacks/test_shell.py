"""Shell scripts: the shell their first line names."""

from __future__ import annotations

import pytest

from architect.plan import Packages
from architect.request import Style
from architect.stacks.shell import Shell
from tests.support.folder_tree import TextTree


@pytest.mark.parametrize(
    ("text", "shell"),
    [
        ("#!/bin/bash\n", "bash"),
        ("#!/usr/bin/env zsh\n", "zsh"),
        ("echo a\n", "sh"),
        ("#!/bin/sh -e\n", "sh"),
        ("#!/usr/bin/python\n", "sh"),
    ],
)
def test_the_first_line_names_the_shell(text: str, shell: str) -> None:
    component = Shell().detect(TextTree({"start.sh": text}), "")
    assert component.start.value == (shell, "start.sh")
    plan = Shell().plan(component, Style.LEAN)
    assert plan.init
    assert [step.alpine for step in plan.stages[-1].steps if isinstance(step, Packages)] == ([] if shell == "sh" else [(shell,)])


def test_other_scripts_are_not_taken_for_a_start() -> None:
    assert Shell().detect(TextTree({"release.sh": "echo\n"}), "") is None
