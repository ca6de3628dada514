"""Modules for five clouds: what is declared is used, and what is used is declared."""

from __future__ import annotations

import json

import pytest

from architect import render
from architect.profiler import profile
from architect.request import Request, Style, Target
from artifacts.records import Severity
from artifacts.rules import check_rules
from tests.support.folder_tree import TextTree


@pytest.mark.parametrize("cloud", ["aws", "gcp", "azure", "ibm", "oracle"])
@pytest.mark.parametrize(("driver", "variable"), [("mysql2", "MYSQL_HOST"), ("pg", "PGHOST"), ("ioredis", "REDIS_HOST")])
def test_a_database_of_which_the_program_reads_only_the_host_makes_a_whole_module(cloud: str, driver: str, variable: str) -> None:
    package = {"name": "notes", "scripts": {"start": "node server.js"}, "dependencies": {"express": "5", driver: "1"}}
    code = f"const host = process.env.{variable};\nrequire('express')().listen(3000);\n"
    found = profile(TextTree({"package.json": json.dumps(package), "package-lock.json": "{}", "server.js": code}))
    files = render(Request(profile=found, targets=(Target("terraform", {"cloud": cloud}),)), Style.LEAN).artifacts
    assert [one for file in files for one in check_rules(file, tuple(files)) if one.severity is Severity.ERROR] == []
