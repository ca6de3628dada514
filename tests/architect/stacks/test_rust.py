"""Rust: programs of packages and workspaces, toolchains, ports and C libraries."""

from __future__ import annotations

import pytest

from architect.plan import Env, Packages, Run
from architect.profile import Basis
from architect.request import Style
from architect.stacks.rust import Rust
from tests.support.folder_tree import TextTree

TOML = '[package]\nname = "ferry"\nedition = "2021"\n\n[dependencies]\naxum = "0.8"\n'
MAIN = 'fn main() { let l = TcpListener::bind("0.0.0.0:4000"); }\n'


def _found(files: dict[str, str], root: str = "", name: str = "sample"):
    return Rust().detect(TextTree(files, name), root)


@pytest.mark.parametrize(
    ("line", "port"),
    [
        ('axum::Server::bind(&"0.0.0.0:5001".parse().unwrap());', 5001),
        ("let addr = SocketAddr::from(([0, 0, 0, 0], 5002));", 5002),
        ('HttpServer::new(f).bind(("127.0.0.1", 5003))', 5003),
        ('let port = env::var("PORT").unwrap_or_else(|_| "5004".into());', 5004),
        ("const PORT: u16 = 5005;", 5005),
        ('#[arg(long, env = "PORT", default_value_t = 5006)]\n    port: u16,', 5006),
        ("#[default(5007)]\n    pub port: u16,", 5007),
        ('#[arg(long, default_value = "5008", env = "SERVER_PORT")]\n    /// Host port\n    pub port: u16,', 5008),
        ('#[builder(default = "5009")]\n    pub http_port: u16,', 5009),
        ("assert_eq!(port, 6000);\n    let port = 5010;", 5010),
    ],
)
def test_the_port_is_read_from_calls_variables_constants_and_attributes(line: str, port: int) -> None:
    code = f"fn main() {{\n    {line}\n}}\n"
    assert _found({"Cargo.toml": TOML, "src/main.rs": code}).port.value == port


def test_an_address_in_the_settings_file_gives_the_port_and_is_opened_by_a_variable() -> None:
    """The crate `config` reads the environment after the file, so the container's address needs no change of the file."""
    code = 'fn main() { Config::builder().add_source(config::Environment::default().separator("__")); }\n'
    settings = '[config]\nrate = "1s"\n\n[server]\naddress = "127.0.0.1:8123"\n'
    found = _found({"Cargo.toml": TOML, "src/main.rs": code, "config.toml": settings})
    assert (found.port.value, str(found.port.evidence[0])) == (8123, "config.toml:5")
    steps = Rust().plan(found, Style.LEAN).stages[-1].steps
    assert ("SERVER__ADDRESS", "0.0.0.0:8123") in {(step.name, step.value) for step in steps if isinstance(step, Env)}


def test_rocket_listens_on_its_own_default_and_on_every_interface() -> None:
    toml = TOML.replace("axum", "rocket")
    plain = _found({"Cargo.toml": toml, "src/main.rs": "fn main() {}\n"})
    stated = _found({"Cargo.toml": toml, "Rocket.toml": "[default]\nport = 8123\n", "src/main.rs": "fn main() {}\n"})
    assert (plain.port.value, plain.port.basis) == (8000, Basis.CONVENTION)
    assert str(stated.port.evidence[0]) == "Rocket.toml:2"
    steps = Rust().plan(stated, Style.LEAN).stages[-1].steps
    assert {("ROCKET_ADDRESS", "0.0.0.0"), ("ROCKET_PORT", "8123")} <= {(s.name, s.value) for s in steps if isinstance(s, Env)}


@pytest.mark.parametrize(
    ("files", "release"),
    [
        ({"rust-toolchain.toml": '[toolchain]\nchannel = "1.78.0"\n'}, "1.78"),
        ({"rust-toolchain": "1.71\n"}, "1.71"),
        ({".tool-versions": "rust 1.80.1\n"}, "1.80"),
        ({"Cargo.lock": '[[package]]\nname = "time"\nversion = "0.3.20"\n'}, "1.79"),
    ],
)
def test_the_release_follows_toolchain_files_and_what_the_locked_crates_can_bear(files: dict[str, str], release: str) -> None:
    assert _found({"Cargo.toml": TOML, "src/main.rs": MAIN, **files}).runtime.value == release


def test_the_program_is_the_default_one_then_the_package_s_then_the_only_one() -> None:
    bins = {"src/bin/one.rs": MAIN, "src/bin/two.rs": MAIN}
    chosen = TOML.replace("edition", 'default-run = "two"\nedition')
    assert _found({"Cargo.toml": chosen, **bins}).start.value == ("/app/two",)
    assert _found({"Cargo.toml": TOML, "src/main.rs": MAIN, **bins}).start.value == ("/app/ferry",)
    assert _found({"Cargo.toml": TOML, "src/bin/one.rs": MAIN}).start.value == ("/app/one",)


def test_a_library_is_no_component() -> None:
    assert _found({"Cargo.toml": TOML, "src/lib.rs": "pub fn a() {}\n"}) is None


def test_several_servers_of_a_workspace_are_components_of_their_own() -> None:
    member = '[package]\nname = "{}"\n[dependencies]\naxum = "0.8"\n'
    files = {
        "Cargo.toml": '[workspace]\nmembers = ["a", "b"]\n',
        "a/Cargo.toml": member.format("a"),
        "a/src/main.rs": MAIN,
        "b/Cargo.toml": member.format("b"),
        "b/src/main.rs": MAIN,
    }
    assert _found(files) is None
    component = _found(files, "b")
    assert (component.start.value, component.build_context) == (("/app/b",), "")


def test_c_libraries_of_locked_crates_are_installed_to_build_and_to_run() -> None:
    lock = '[[package]]\nname = "pq-sys"\nversion = "0.6.3"\n'
    plan = Rust().plan(_found({"Cargo.toml": TOML, "Cargo.lock": lock, "src/main.rs": MAIN}), Style.LEAN)
    names = [[p for s in stage.steps if isinstance(s, Packages) for p in s.debian] for stage in plan.stages]
    assert "libpq-dev" in names[0]
    assert "libpq5" in names[-1]


def test_the_build_is_locked_where_there_is_a_lock_file_and_offline_where_not() -> None:
    lock = '[[package]]\nname = "a"\nversion = "1.0.0"\n'
    for files, option in (({"Cargo.lock": lock}, "--locked"), ({}, "--offline")):
        plan = Rust().plan(_found({"Cargo.toml": TOML, "src/main.rs": MAIN, **files}), Style.CACHED)
        builds = [s.command for s in plan.stages[0].steps if isinstance(s, Run) and "cargo build" in s.command]
        assert option in builds[0]


def test_databases_of_crates_in_the_same_repository_count() -> None:
    files = {
        "Cargo.toml": TOML + 'store = { path = "store" }\n',
        "src/main.rs": MAIN,
        "store/Cargo.toml": '[package]\nname = "store"\n[dependencies]\nsqlx = { version = "0.8", features = ["postgres"] }\n',
    }
    assert [fact.value for fact in _found(files).services] == ["postgres"]


def test_a_subcommand_that_clap_demands_is_given_and_an_optional_one_is_not() -> None:
    cli = "#[derive(Parser)]\nenum Cmd {\n    /// Serve\n    Start {\n        port: u16,\n    },\n    Version,\n}\n"
    found = _found({"Cargo.toml": TOML, "src/main.rs": cli + MAIN})
    assert (found.start.value, str(found.start.evidence[0])) == (("/app/ferry", "start"), "src/main.rs:4")
    field = "#[derive(Parser)]\nstruct Args {\n    #[command(subcommand)]\n    cmd: {},\n}\n" + cli.replace("Parser", "Subcommand") + MAIN
    demanded, optional = (
        _found({"Cargo.toml": TOML, "src/main.rs": field.replace("{}", kind, 1)}).start.value for kind in ("Cmd", "Option<Cmd>")
    )
    assert (demanded, optional) == (("/app/ferry", "start"), ("/app/ferry",))


def test_settings_of_the_config_crate_are_opened_by_their_variable() -> None:
    code = (
        'fn s() {\n    Config::builder()\n        .set_default("host", "127.0.0.1")?\n        .set_default("port", 8888)?\n'
        '        .add_source(Environment::with_prefix("ferry").prefix_separator("_").separator("__"));\n}\nfn main() {}\n'
    )
    found = _found({"Cargo.toml": TOML, "src/main.rs": code})
    assert found.port.value == 8888
    steps = Rust().plan(found, Style.LEAN).stages[-1].steps
    assert ("FERRY_HOST", "0.0.0.0") in {(step.name, step.value) for step in steps if isinstance(step, Env)}
