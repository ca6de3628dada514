"""C++: programs among the targets, ports, and libraries that no distribution packages."""

from __future__ import annotations

import pytest

from architect.plan import Packages, Run
from architect.profile import Role
from architect.request import Style
from architect.stacks.cpp import Cpp
from tests.support.folder_tree import TextTree

CMAKE = "project(lamp CXX)\nadd_executable(lamp main.cpp)\n"


def _found(files: dict[str, str], cmake: str = CMAKE):
    return Cpp().detect(TextTree({"CMakeLists.txt": cmake, **files}), "")


@pytest.mark.parametrize(
    ("code", "port"),
    [
        ('#include "httplib.h"\nserver.listen("0.0.0.0", 8701);', 8701),
        ('#include "crow.h"\napp.port(8702).run();', 8702),
        ('#include <drogon/drogon.h>\napp().addListener("0.0.0.0", 8703);', 8703),
        ('#include <oatpp/web.hpp>\ncreateShared({"0.0.0.0", 8704, oatpp::IP_4});', 8704),
        ("int s = bind(fd, a, b);\nlisten(fd, 10);\naddr.sin_port = htons(8705);", 8705),
        ("int main() { return 8706; }", None),
    ],
)
def test_the_port_is_read_from_what_each_library_calls_listening(code: str, port: int | None) -> None:
    component = _found({"main.cpp": code})
    assert (component.port.value if component.port else None) == port


@pytest.mark.parametrize(
    ("cmake", "program"),
    [
        ("project(a)\nadd_executable(${PROJECT_NAME} m.cpp)\n", "a"),
        ("project(a)\nset(APP beacon)\nadd_executable(${APP} m.cpp)\n", "beacon"),
        ("project(a)\nadd_executable(a-tests t.cpp)\nadd_executable(keeper m.cpp)\n", "keeper"),
        ("project(a)\nadd_executable(x m.cpp)\nset_target_properties(x PROPERTIES OUTPUT_NAME lens)\n", "lens"),
        ("project(a)\n# add_executable(old m.cpp)\nadd_executable(a-server m.cpp)\nadd_executable(helper h.cpp)\n", "a-server"),
    ],
)
def test_the_program_is_the_one_the_project_is_about(cmake: str, program: str) -> None:
    assert _found({}, cmake).start.value == (f"/app/{program}",)


def test_a_project_of_libraries_is_a_library() -> None:
    assert _found({}, "project(a)\nadd_library(a a.cpp)\n").role is Role.LIBRARY


def test_meson_names_the_program_too() -> None:
    component = Cpp().detect(TextTree({"meson.build": "project('tide', 'c')\nexecutable('tide', 'm.c')\n"}), "")
    plan = Cpp().plan(component, Style.LEAN)
    assert component.start.value == ("/app/tide",)
    assert any("meson setup" in step.command for step in plan.stages[0].steps if isinstance(step, Run))


def test_what_the_build_looks_for_is_installed_for_both_families() -> None:
    plan = Cpp().plan(_found({}, CMAKE + "find_package(OpenSSL REQUIRED)\n"), Style.LEAN)
    packages = next(step for step in plan.stages[0].steps if isinstance(step, Packages))
    assert "libssl-dev" in packages.debian
    assert "openssl-dev" in packages.alpine
    assert str(packages.evidence[0]) == "CMakeLists.txt:3"


def test_a_library_that_nothing_packages_is_installed_by_the_repositorys_script_or_asked_for() -> None:
    cmake = CMAKE + "find_package(oatpp REQUIRED)\n"
    scripted = _found({"utility/install-deps.sh": "git clone oatpp $1\n"}, cmake)
    commands = [step.command for step in Cpp().plan(scripted, Style.CACHED).stages[0].steps if isinstance(step, Run)]
    assert "bash utility/install-deps.sh Release" in commands
    assert "oatpp" in _found({}, cmake).details["questions"][0]


def test_paths_compiled_into_the_program_exist_where_it_runs() -> None:
    cmake = CMAKE + 'add_definitions(-DMIGRATIONS="${CMAKE_CURRENT_SOURCE_DIR}/sql" -DDATA="${CMAKE_CURRENT_SOURCE_DIR}/a.db")\n'
    component = _found({"sql/1.sql": ""}, cmake)
    plan = Cpp().plan(component, Style.LEAN)
    assert component.details["compiled"] == ("sql",)
    assert plan.writable == ("/app",)
