"""Java: modules, releases, ports and health of what Maven and Gradle build."""

from __future__ import annotations

import pytest

from architect.plan import Run
from architect.profile import Basis, Role
from architect.request import Style
from architect.stacks.java import Java
from tests.support.folder_tree import TextTree

MAIN = "package a;\n@SpringBootApplication\npublic class App {\n  public static void main(String[] args) {}\n}\n"
BOOT = (
    "<parent><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-parent</artifactId><version>{}</version></parent>"
)
PLUGIN = "<build><plugins><plugin><artifactId>spring-boot-maven-plugin</artifactId></plugin></plugins></build>"


def _dependency(*artifacts: str) -> str:
    return (
        "<dependencies>"
        + "".join(f"<dependency><groupId>org.springframework.boot</groupId><artifactId>{a}</artifactId></dependency>" for a in artifacts)
        + "</dependencies>"
    )


def _pom(*parts: str, boot: str = "3.4.0") -> str:
    return f"<project>{BOOT.format(boot)}<artifactId>shop</artifactId><version>1.0</version>{''.join(parts)}{PLUGIN}</project>"


def _found(files: dict[str, str], root: str = ""):
    return Java().detect(TextTree(files), root)


def _spring(*artifacts: str, boot: str = "3.4.0", **files: str):
    names = {"yml": "src/main/resources/application.yml", "properties": "src/main/resources/application.properties"}
    extra = {names.get(name, name): text for name, text in files.items()}
    return _found(
        {"pom.xml": _pom(_dependency("spring-boot-starter-web", *artifacts), boot=boot), "src/main/java/a/App.java": MAIN, **extra}
    )


@pytest.mark.parametrize(
    ("settings", "port"),
    [
        ({"properties": "server.port=8101\n"}, 8101),
        ({"yml": "server:\n  port: ${PORT:8102}\n"}, 8102),
        ({"yml": "server.port: 8103\n"}, 8103),
        ({"yml": "server:\n  ssl:\n    enabled: false\n  # port: 1\n  port: 8104 # here\n"}, 8104),
    ],
)
def test_the_port_is_read_from_properties_and_yaml_with_defaults_of_placeholders(settings: dict[str, str], port: int) -> None:
    component = _spring(**settings)
    assert (component.port.value, component.port.basis) == (port, Basis.DECLARED)


def test_the_active_profile_wins_and_other_profiles_do_not_count() -> None:
    tree = {
        "pom.xml": _pom(_dependency("spring-boot-starter-web")),
        "src/main/java/a/App.java": MAIN,
        "src/main/resources/application.properties": "spring.profiles.active=prod\nserver.port=1111\n",
        "src/main/resources/application-prod.properties": "server.port=2222\n",
        "src/main/resources/application-dev.properties": "server.port=3333\n",
    }
    assert _found(tree).port.value == 2222


def test_a_configuration_server_of_the_same_repository_gives_the_port() -> None:
    tree = {
        "loans/pom.xml": _pom(_dependency("spring-boot-starter-web")),
        "loans/src/main/java/a/App.java": MAIN,
        "loans/src/main/resources/bootstrap.yml": "spring:\n  application:\n    name: loans\n  cloud:\n    config:\n      uri: http://config:8888\n",
        "config/src/main/resources/shared/loans.yml": "server:\n  port: 6100\n",
    }
    component = _found(tree, "loans")
    assert component.port.value == 6100
    assert component.port.evidence[0].path == "config/src/main/resources/shared/loans.yml"


def test_the_port_a_module_names_for_its_image_counts_where_its_settings_lie_elsewhere() -> None:
    pom = _pom(_dependency("spring-boot-starter-web")).replace(
        "</project>", "  <properties>\n    <docker.image.exposed.port>8888</docker.image.exposed.port>\n  </properties>\n</project>"
    )
    tree = {"pom.xml": pom, "src/main/java/a/App.java": MAIN}
    assert (_found(tree).port.value, _found(tree).port.basis) == (8888, Basis.DECLARED)
    stated = {**tree, "src/main/resources/application.properties": "server.port=8101\n"}
    assert _found(stated).port.value == 8101


def test_an_application_without_a_web_starter_is_a_worker() -> None:
    component = _found({"pom.xml": _pom(_dependency("spring-boot-starter-amqp")), "src/main/java/a/App.java": MAIN})
    assert (component.role, component.port) == (Role.WORKER, None)


def test_a_guarded_actuator_is_probed_only_where_the_code_opens_it() -> None:
    opened = MAIN.replace("}\n", '  void c() { http.requestMatchers("/actuator/health").permitAll(); }\n}\n', 1)
    tree = {"pom.xml": _pom(_dependency("spring-boot-starter-web", "spring-boot-starter-actuator", "spring-boot-starter-security"))}
    assert _found({**tree, "src/main/java/a/App.java": MAIN}).health is None
    assert _found({**tree, "src/main/java/a/App.java": opened}).health.value == "/actuator/health"


@pytest.mark.parametrize(
    ("parts", "boot", "release"),
    [
        ("<properties><java.version>1.8</java.version></properties>", "2.1.0", "8"),
        ("<properties><maven.compiler.release>19</maven.compiler.release></properties>", "3.1.0", "21"),
        ("<properties><jdk>17</jdk><java.version>${jdk}</java.version></properties>", "3.1.0", "17"),
        ("", "3.2.0", "17"),
        ("", "2.7.0", "8"),
    ],
)
def test_the_release_is_the_supported_one_that_runs_what_is_declared(parts: str, boot: str, release: str) -> None:
    tree = {"pom.xml": _pom(parts, _dependency("spring-boot-starter-web"), boot=boot), "src/main/java/a/App.java": MAIN}
    assert _found(tree).runtime.value == release


def test_version_files_and_ci_tell_the_release_where_the_build_does_not() -> None:
    gradle = {"build.gradle": "plugins { id 'application' }\nmainClassName = 'a.App'\n", "src/main/java/a/App.java": MAIN}
    assert _found({**gradle, ".sdkmanrc": "java=17.0.9-tem\n"}).runtime.value == "17"
    assert (
        _found(
            {**gradle, ".github/workflows/ci.yml": "jobs:\n  a:\n    steps:\n      - with:\n          java-version: '11'\n"}
        ).runtime.value
        == "11"
    )


def test_an_old_wrapper_bounds_the_release() -> None:
    tree = {
        "build.gradle": "plugins { id 'application' }\nmainClassName = 'a.App'\n",
        "src/main/java/a/App.java": MAIN,
        "gradle/wrapper/gradle-wrapper.properties": "distributionUrl=https\\://services.gradle.org/distributions/gradle-7.6-bin.zip\n",
    }
    component = _found(tree)
    assert (component.runtime.value, component.runtime.basis) == ("17", Basis.DEFAULT)


def test_the_one_module_that_runs_is_the_build_s_own_component() -> None:
    modules = "<modules><module>core</module><module>app</module></modules>"
    root = f"<project><artifactId>all</artifactId><packaging>pom</packaging>{modules}</project>"
    module = "<project><parent><artifactId>all</artifactId></parent><artifactId>{}</artifactId>{}</project>"
    tree = {
        "pom.xml": root,
        "core/pom.xml": module.format("core", ""),
        "core/src/main/java/a/Part.java": "package a; class Part {}",
        "app/pom.xml": module.format("app", _dependency("spring-boot-starter-web") + PLUGIN),
        "app/src/main/java/a/App.java": MAIN,
    }
    component = _found(tree)
    assert (component.root, component.build_context, component.details["module"]) == ("", "", "app")
    assert _found(tree, "app") is None
    assert _found(tree, "core") is None
    commands = [step.command for step in Java().plan(component, Style.LEAN).stages[0].steps if isinstance(step, Run)]
    assert any("-pl app -am" in command for command in commands)


def test_quarkus_listens_and_answers_where_its_settings_say() -> None:
    pom = (
        "<project><artifactId>q</artifactId><dependencies><dependency><groupId>io.quarkus</groupId><artifactId>quarkus-smallrye-health</artifactId>"
        "</dependency></dependencies><build><plugins><plugin><artifactId>quarkus-maven-plugin</artifactId></plugin></plugins></build></project>"
    )
    settings = "quarkus.http.port=8090\nquarkus.http.root-path=/api\n"
    component = _found({"pom.xml": pom, "src/main/resources/application.properties": settings})
    assert (component.port.value, component.health.value) == (8090, "/api/q/health")
    assert component.start.value == ("java", "-jar", "/app/quarkus-run.jar")


def test_gradle_lines_for_tests_are_no_dependencies_of_the_program() -> None:
    script = (
        "plugins { id 'org.springframework.boot' version '3.3.0' }\n"
        "dependencies {\n  implementation 'org.springframework.boot:spring-boot-starter-web'\n"
        "  testImplementation 'org.testcontainers:mysql:1.20.0'\n  runtimeOnly 'org.postgresql:postgresql'\n}\n"
    )
    component = _found({"build.gradle": script, "src/main/java/a/App.java": MAIN})
    assert [fact.value for fact in component.services] == ["postgres"]
    assert component.start.value == ("java", "-jar", "/app/app.jar")


def test_the_application_plugin_makes_a_start_script_named_like_the_project() -> None:
    tree = {
        "settings.gradle.kts": 'rootProject.name = "tide"\n',
        "build.gradle.kts": 'plugins {\n    application\n}\napplication {\n    mainClass = "a.App"\n}\n',
        "src/main/java/a/App.java": MAIN,
    }
    assert _found(tree).start.value == ("/app/bin/tide",)


def test_a_library_is_no_component() -> None:
    assert _found({"pom.xml": "<project><artifactId>l</artifactId></project>", "src/main/java/a/L.java": "package a; class L {}"}) is None


def test_layers_are_taken_from_spring_boots_own_tool_where_it_has_one() -> None:
    new, old = _spring(), _spring(boot="2.2.0")
    commands = " ".join(step.command for step in Java().plan(new, Style.CACHED).stages[0].steps if isinstance(step, Run))
    assert "jarmode=tools" in commands
    assert not old.details["layers"]


def test_an_archive_for_a_servlet_container_runs_in_tomcat() -> None:
    pom = (
        "<project><artifactId>w</artifactId><packaging>war</packaging><dependencies><dependency><groupId>javax.servlet</groupId>"
        "<artifactId>javax.servlet-api</artifactId></dependency></dependencies></project>"
    )
    component = _found({"pom.xml": pom, "src/main/webapp/index.jsp": "x", "src/main/java/a/S.java": "package a; class S {}"})
    plan = Java().plan(component, Style.LEAN)
    assert plan.stages[-1].image.reference.startswith("tomcat:9.0-jre")
    assert plan.start == ("catalina.sh", "run")


def _plain(code: str, dependency: str = "", plugin: str = "maven-shade-plugin", packaging: str = "jar", **files: str):
    pom = (
        f"<project><artifactId>shop</artifactId><version>1.0</version><packaging>{packaging}</packaging><dependencies>{dependency}</dependencies>"
        f"<build><plugins><plugin><artifactId>{plugin}</artifactId></plugin></plugins></build></project>"
    )
    return _found({"pom.xml": pom, "src/main/java/a/App.java": code, **files})


def test_an_archive_listens_where_tomcat_does_and_old_packages_get_an_old_tomcat() -> None:
    old = _plain("import javax.servlet.http.HttpServlet;\nclass App extends HttpServlet {}\n", packaging="war", plugin="maven-war-plugin")
    new = _plain("import jakarta.servlet.http.HttpServlet;\nclass App extends HttpServlet {}\n", packaging="war", plugin="maven-war-plugin")
    assert (old.port.value, old.start.value) == (8080, ("catalina.sh", "run"))
    images = [Java().plan(found, Style.LEAN).stages[-1].image.reference for found in (old, new)]
    assert [image.split(":")[1].split("-")[0] for image in images] == ["9.0", "10.1"]


def test_dropwizard_starts_with_its_settings_and_takes_port_and_health_from_them() -> None:
    code = "public class App {\n  public static void main(String[] args) {}\n}\n"
    dependency = "<dependency><groupId>io.dropwizard</groupId><artifactId>dropwizard-core</artifactId></dependency>"
    settings = "server:\n  type: simple\n  connector:\n    type: http\n    port: 9090\n"
    found = _plain(code, dependency, **{"config.yml": settings, "docker-compose.yml": "server:\n  image: a\n"})
    assert found.start.value == ("java", "-jar", "/app/app.jar", "server", "/app/config.yml")
    assert (found.port.value, str(found.port.evidence[0]), found.health.value) == (9090, "config.yml:5", "/admin/healthcheck")
    assert any("config.yml" in getattr(step, "sources", ()) for step in Java().plan(found, Style.LEAN).stages[-1].steps)


def test_a_program_without_a_framework_states_its_port_in_code_or_in_settings_of_another_name() -> None:
    code = (
        "public class App {\n  public static void main(String[] args) {\n    int port = args.length > 0 ? 1 : 8301;\n"
        "    Server server = new Server(port);\n  }\n}\n"
    )
    assert _plain(code).port.value == 8301
    assert _plain(code.replace("8301", "0"), **{"src/main/resources/app.properties": "server.port=8302\n"}).port.value == 8302


def test_numbers_in_the_code_of_spring_are_no_ports() -> None:
    code = MAIN.replace("{}", '{ String port = "x"; port = 9999; }')
    found = _found({"pom.xml": _pom(_dependency("spring-boot-starter-web")), "src/main/java/a/App.java": code})
    assert (found.port.value, found.port.basis) == (8080, Basis.CONVENTION)


def test_gradle_resolves_a_main_class_by_its_variable_and_the_jar_by_its_classifier() -> None:
    script = (
        'plugins {\n  java\n  application\n  id("com.gradleup.shadow") version "9.3.0"\n}\n'
        'val launcher = "io.vertx.launcher.application.VertxApplication"\napplication {\n  mainClass.set(launcher)\n}\n'
        'dependencies { implementation("io.vertx:vertx-core:5.0.0") }\ntasks.withType<ShadowJar> { archiveClassifier.set("fat") }\n'
    )
    code = "public class App extends AbstractVerticle {\n  void start() { vertx.createHttpServer().listen(8888); }\n}\n"
    found = _found({"build.gradle.kts": script, "settings.gradle.kts": 'rootProject.name = "shop"\n', "src/main/java/a/App.java": code})
    assert (found.port.value, found.start.value) == (8888, ("java", "-jar", "/app/app.jar"))
    runs = [step.command for step in Java().plan(found, Style.LEAN).stages[0].steps if isinstance(step, Run)]
    assert "build/libs/*-fat.jar" in runs[-1]


def test_a_module_that_others_build_on_is_no_program_of_its_own_and_controllers_make_a_server() -> None:
    parent = "<parent><groupId>a</groupId><artifactId>mall</artifactId><version>1</version></parent>"
    root = f"<project>{BOOT.format('3.4.0')}<groupId>a</groupId><artifactId>mall</artifactId><version>1</version><packaging>pom</packaging>"
    admin = f"<project>{parent}<artifactId>admin</artifactId><dependencies><dependency><groupId>a</groupId><artifactId>mbg</artifactId>"
    main = "package a;\npublic class Generator {\n  public static void main(String[] args) {}\n}\n"
    files = {
        "pom.xml": root + "<modules><module>mbg</module><module>admin</module><module>portal</module></modules></project>",
        "mbg/pom.xml": f"<project>{parent}<artifactId>mbg</artifactId></project>",
        "mbg/src/main/java/a/Generator.java": main,
    }
    for name in ("admin", "portal"):
        files[f"{name}/pom.xml"] = admin.replace("admin", name) + f"</dependency></dependencies>{PLUGIN}</project>"
        files[f"{name}/src/main/java/a/App.java"] = MAIN
        files[f"{name}/src/main/java/a/Shop.java"] = "package a;\n@RestController\nclass Shop {}\n"
    assert _found(files, "mbg") is None
    assert (_found(files, "admin").role, _found(files, "admin").port.value) == (Role.WEB, 8080)


def test_an_empty_script_above_a_project_is_no_trouble() -> None:
    files = {
        "settings.gradle": "include 'a'\ninclude 'b'\n",
        "build.gradle": "",
        "a/build.gradle": "plugins {\n  id 'application'\n}\n",
        "a/src/main/java/a/App.java": MAIN,
    }
    assert _found(files).start.value[0] == "/app/bin/a"
