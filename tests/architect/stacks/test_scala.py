"""Scala: how sbt packs, what starts, and which Java it runs on."""

from __future__ import annotations

import pytest

from architect.plan import Run
from architect.profile import Role
from architect.request import Style
from architect.stacks.scala import Scala
from tests.support.folder_tree import TextTree

SBT = 'name := "Tide Tables"\nscalaVersion := "{}"\nlibraryDependencies += "org.http4s" %% "http4s-ember-server" % "0.23"\n'
MAIN = {"src/main/scala/Main.scala": "object Main extends IOApp.Simple\n"}


def _found(files: dict[str, str], scala: str = "3.3.4"):
    return Scala().detect(TextTree({"build.sbt": SBT.format(scala), **files}), "")


def _commands(files: dict[str, str]) -> str:
    return " ".join(step.command for step in Scala().plan(_found(files), Style.LEAN).stages[0].steps if isinstance(step, Run))


def test_the_start_script_is_named_like_the_project() -> None:
    assert _found(MAIN).start.value == ("/app/bin/tide-tables",)


def test_packaging_is_brought_along_only_where_the_build_has_none() -> None:
    native = {"project/plugins.sbt": 'addSbtPlugin("com.github.sbt" % "sbt-native-packager" % "1.10.4")\n'}
    enabled = {"build.sbt": SBT.format("3.3.4") + "enablePlugins(JavaAppPackaging)\n"}
    assert "addSbtPlugin" in _commands(MAIN)
    assert "addSbtPlugin" not in _commands({**MAIN, **native})
    assert "enablePlugins" in _commands({**MAIN, **native})
    assert "enablePlugins" not in _commands({**MAIN, **native, **enabled})


def test_an_assembly_is_one_jar() -> None:
    component = _found({**MAIN, "project/assembly.sbt": 'addSbtPlugin("com.eed3si9n" % "sbt-assembly" % "2.3.0")\n'})
    assert component.start.value == ("java", "-jar", "/app/app.jar")


def test_play_listens_on_its_default_and_leaves_no_process_file() -> None:
    play = 'lazy val root = (project in file(".")).enablePlugins(PlayScala)\nname := """tide"""\n'
    component = Scala().detect(TextTree({"build.sbt": play, "app/C.scala": "class C", "conf/routes": "GET  /health  C.health\n"}), "")
    assert (component.port.value, component.health.value) == (9000, "/health")
    assert component.start.value == ("/app/bin/tide", "-Dhttp.port=9000", "-Dpidfile.path=/dev/null")


@pytest.mark.parametrize(("scala", "java"), [("2.11.12", "8"), ("2.12.10", "11"), ("2.13.8", "17"), ("2.13.14", "21"), ("3.3.4", "21")])
def test_an_old_scala_gets_a_java_it_compiles_on(scala: str, java: str) -> None:
    assert _found(MAIN, scala).runtime.value == java


def test_settings_and_code_give_the_port() -> None:
    conf = {"src/main/resources/application.conf": "http {\n  port = 8801\n  port = ${?HTTP_PORT}\n}\n"}
    coded = {"src/main/scala/Main.scala": 'object Main extends IOApp { Server.withPort(port"8802") }\n'}
    assert (_found({**MAIN, **conf}).port.value, _found(coded).port.value) == (8801, 8802)


def test_the_project_that_runs_is_found_among_several() -> None:
    build = 'lazy val core = project\nlazy val server = (project in file("modules/server"))\n'
    files = {
        "build.sbt": build,
        "core/src/main/scala/A.scala": "class A",
        "modules/server/src/main/scala/M.scala": "object M extends ZIOAppDefault",
    }
    component = Scala().detect(TextTree(files), "")
    assert (component.details["place"], component.details["project"]) == ("modules/server", "server")


def test_a_build_of_libraries_is_a_library() -> None:
    assert _found({"src/main/scala/A.scala": "class A"}).role is Role.LIBRARY


def test_a_bare_name_is_the_root_projects_own() -> None:
    build = 'name := "tide pool"\n\nlazy val root = (project in file(".")).enablePlugins(PlayScala)\n'
    found = Scala().detect(TextTree({"build.sbt": build, "app/A.scala": "class A\n"}), "")
    assert found.start.value[0] == "/app/bin/tide-pool"
