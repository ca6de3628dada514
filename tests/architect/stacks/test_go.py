"""Go: which program is meant, where its port stands, what its image needs."""

from __future__ import annotations

import pytest

from architect.plan import Copy, Env, Run
from architect.profile import Basis, Role
from architect.request import Style
from architect.stacks.go import Go
from tests.support.folder_tree import TextTree

MOD = "module example.org/shop\n\ngo 1.23\n"
MAIN = 'package main\n\nimport "net/http"\n\nfunc main() {\n\thttp.ListenAndServe(":4000", nil)\n}\n'


def _found(files: dict[str, str], root: str = "", name: str = "sample"):
    return Go().detect(TextTree(files, name), root)


@pytest.mark.parametrize(
    ("line", "port"),
    [
        ('http.ListenAndServe("127.0.0.1:7001", nil)', 7001),
        ('port := flag.Int("port", 7002, "where to listen")\n\t_ = port', 7002),
        ('viper.SetDefault("server.port", 7003)', 7003),
        ('addr := getEnv("LISTEN_ADDR", ":7004")\n\t_ = addr', 7004),
        ("const defaultServerPort = 7005", 7005),
        ('srv := &http.Server{Addr: ":7006"}\n\t_ = srv', 7006),
        ('rootCmd.Flags().IntP("port", "p", 7007, "port of the server")', 7007),
    ],
)
def test_the_port_is_read_from_calls_flags_settings_and_constants(line: str, port: int) -> None:
    component = _found({"go.mod": MOD, "main.go": f"package main\n\nfunc main() {{\n\t{line}\n}}\n"})
    assert component.port.value == port
    assert str(component.port.evidence[0]) == "main.go:4"


def test_ports_of_other_servers_and_in_comments_are_not_the_programs_own() -> None:
    lines = ("redisPort := 6379", "// port := 9999", 'port := getEnv("METRICS_PORT", "9100")', 'port = "8088"')
    code = "package main\n\nfunc main() {\n\t" + "\n\t".join(lines) + "\n}\n"
    assert _found({"go.mod": MOD, "main.go": code}).port.value == 8088


def test_struct_tags_give_port_and_variables() -> None:
    code = 'package main\n\ntype c struct {\n\tPort int `env:"PORT" envDefault:"8182"`\n\tKey string `env:"API_KEY"`\n}\n\nfunc main() {}\n'
    component = _found({"go.mod": MOD, "main.go": code})
    assert component.port.value == 8182
    assert [(v.name, v.default, v.secret) for v in component.variables] == [("API_KEY", None, True), ("PORT", "8182", False)]


def test_gin_without_an_address_listens_on_its_own_default() -> None:
    code = 'package main\n\nimport "github.com/gin-gonic/gin"\n\nfunc main() {\n\tr := gin.Default()\n\tr.Run()\n}\n'
    component = _found({"go.mod": MOD + "\nrequire github.com/gin-gonic/gin v1.10.0\n", "main.go": code})
    assert (component.port.value, component.port.basis) == (8080, Basis.CONVENTION)


def test_the_toolchain_counts_where_it_is_newer_than_the_language() -> None:
    assert _found({"go.mod": "module a\n\ngo 1.22\n\ntoolchain go1.24.2\n", "main.go": MAIN}).runtime.value == "1.24"


def test_a_module_without_a_program_is_no_component() -> None:
    assert _found({"go.mod": MOD, "shop.go": "package shop\n"}) is None


def test_programs_that_a_build_tag_switches_off_do_not_count() -> None:
    assert _found({"go.mod": MOD, "gen.go": "//go:build ignore\n\npackage main\n\nfunc main() {}\n"}) is None


def test_a_server_is_preferred_to_tools_and_workers() -> None:
    files = {
        "go.mod": MOD,
        "cmd/a-cli/main.go": "package main\n\nfunc main() {}\n",
        "cmd/b-worker/main.go": "package main\n\nfunc main() {}\n",
    }
    component = _found({**files, "cmd/web/main.go": MAIN})
    assert component.start.value == ("/app/web",)
    assert [process.name for process in component.processes] == ["b-worker"]


def test_a_subcommand_is_added_where_the_root_command_does_nothing() -> None:
    root = 'var rootCmd = &cobra.Command{\n\tUse: "shop",\n}\n\n'
    serve = 'var serve = &cobra.Command{\n\tUse: "serve",\n\tRun: run,\n}\n\n'
    code = f"package main\n\n{root}{serve}func main() {{}}\n"
    assert _found({"go.mod": MOD, "main.go": code}).start.value == ("/app/shop", "serve")


def test_a_program_with_nothing_to_listen_on_is_a_job() -> None:
    component = _found({"go.mod": MOD, "main.go": "package main\n\nfunc main() {}\n"})
    assert (component.role, component.port) == (Role.JOB, None)


def test_a_route_in_a_group_gets_the_groups_prefix_and_an_unknown_group_gives_no_path() -> None:
    known = 'package main\n\nfunc main() {\n\tapi := e.Group("/v2")\n\tapi.GET("/healthz", ok)\n\te.Start(":1")\n}\n'
    unknown = 'package main\n\nfunc routes(g *echo.Group) {\n\tg.GET("/healthz", ok)\n}\n\nfunc main() { e.Start(":8080") }\n'
    assert _found({"go.mod": MOD, "main.go": known.replace(":1", ":8080")}).health.value == "/v2/healthz"
    assert _found({"go.mod": MOD, "main.go": unknown}).health is None


def test_a_loopback_default_is_opened_by_its_variable() -> None:
    code = 'package main\n\nfunc main() {\n\taddr := getEnv("LISTEN_ADDR", "127.0.0.1:8600")\n\thttp.ListenAndServe(addr, nil)\n}\n'
    plan = Go().plan(_found({"go.mod": MOD, "main.go": code}), Style.LEAN)
    assert Env("LISTEN_ADDR", "0.0.0.0:8600") in [Env(s.name, s.value) for s in plan.stages[-1].steps if isinstance(s, Env)]


def test_c_code_keeps_the_compiler_and_the_same_c_library() -> None:
    files = {"go.mod": MOD + "\nrequire github.com/mattn/go-sqlite3 v1.14.24\n", "main.go": MAIN}
    plan = Go().plan(_found(files), Style.LEAN)
    assert plan.stages[0].image.reference == "golang:1.23-bookworm"
    assert plan.stages[-1].image.reference == "debian:bookworm-slim"


def test_without_a_shell_the_probe_is_brought_along() -> None:
    plan = Go().plan(_found({"go.mod": MOD, "main.go": MAIN}), Style.HARDENED)
    assert plan.stages[-1].image.reference.startswith("gcr.io/distroless/static")
    assert plan.health_command[:2] == ("/usr/local/bin/busybox", "nc")
    assert any(isinstance(step, Copy) and step.stage == "probe" for step in plan.stages[-1].steps)


def test_a_module_that_replaces_its_neighbour_is_built_from_their_parent() -> None:
    files = {"app/go.mod": MOD + "\nreplace example.org/lib => ../lib\n", "app/main.go": MAIN, "lib/go.mod": "module example.org/lib\n"}
    component = _found(files, "app")
    assert component.build_context == ""
    sources = [source for step in Go().plan(component, Style.LEAN).stages[0].steps if isinstance(step, Copy) for source in step.sources]
    assert sources[:2] == ["app/go.mod", "lib/go.mod"]


def test_an_embedded_front_end_is_built_first() -> None:
    files = {
        "go.mod": MOD,
        "main.go": MAIN.replace("\nfunc main", "\n//go:embed ui/dist/*\nvar pages embed.FS\n\nfunc main"),
        "ui/package.json": '{"scripts": {"build": "vite build"}}',
        "ui/package-lock.json": "{}",
    }
    component = _found(files)
    assert component.details["builds"] == ("ui",)
    plan = Go().plan(component, Style.LEAN)
    assert plan.stages[0].name == "assets"
    assert "npm run build" in [step.command for step in plan.stages[0].steps if isinstance(step, Run)]
    assert any(isinstance(step, Copy) and step.stage == "assets" for step in plan.stages[1].steps)


def test_drivers_of_several_databases_beside_sqlite_are_no_need() -> None:
    many = "\nrequire (\n\tgorm.io/driver/sqlite v1.5.7\n\tgorm.io/driver/postgres v1.5.11\n\tgorm.io/driver/mysql v1.5.7\n)\n"
    assert _found({"go.mod": MOD + many, "main.go": MAIN}).services == ()


def test_routes_that_another_file_mounts_give_no_health_path() -> None:
    mounted = 'package api\n\nfunc routes() http.Handler {\n\tr := chi.NewRouter()\n\tr.Get("/health", ok)\n\treturn r\n}\n'
    main = 'package main\n\nfunc main() {\n\tr := chi.NewRouter()\n\tr.Mount(prefix, api.Routes())\n\thttp.ListenAndServe(":8080", r)\n}\n'
    files = {"go.mod": "module a.b/c\n\ngo 1.25\n", "main.go": main, "api/routes.go": mounted}
    assert _found(files).health is None
    assert _found({**files, "main.go": main.replace("prefix", '"/"')}).health.value == "/health"


def test_a_server_in_a_shared_module_of_the_repository_counts() -> None:
    files = {
        "internal/trainer/go.mod": "module a.b/trainer\n\ngo 1.25\n\nreplace a.b/common => ../common\n",
        "internal/trainer/main.go": "package main\n\nfunc main() {\n\tserver.Run(api)\n}\n",
        "internal/common/go.mod": "module a.b/common\n\ngo 1.25\n",
        "internal/common/server/http.go": 'package server\n\nfunc Run() {\n\thttp.ListenAndServe(":"+os.Getenv("PORT"), mux)\n}\n',
    }
    found = _found(files, "internal/trainer")
    assert (found.port.value, str(found.port.evidence[0])) == (8080, "internal/common/server/http.go:4")


def test_a_tagged_command_is_given_and_generators_in_internal_are_no_programs() -> None:
    main = 'package main\n\ntype opts struct {\n\tServer cmd.Server `command:"server"`\n}\n\n'
    main += 'func main() {\n\thttp.ListenAndServe(":8080", nil)\n}\n'
    generator = "package main\n\nfunc main() {\n}\n"
    files = {"go.mod": "module a.b/c\n\ngo 1.25\n", "internal/gen/main.go": generator}
    assert _found(files) is None
    found = _found({**files, "main.go": main})
    assert (found.start.value, str(found.start.evidence[1])) == (("/app/c", "server"), "main.go:4")


def test_a_program_with_a_window_is_no_service_but_one_that_also_listens_is():
    window = "\nrequire github.com/webview/webview v0.1.1\n"
    quiet = 'package main\n\nimport "github.com/webview/webview"\n\nfunc main() {\n\twebview.New(true).Run()\n}\n'
    assert _found({"go.mod": MOD + window, "main.go": quiet}) is None
    assert _found({"go.mod": MOD + window, "main.go": MAIN}).port.value == 4000
