""".NET: kinds of projects, releases, ports and solutions."""

from __future__ import annotations

import pytest

from architect.plan import Env, Packages, Run
from architect.profile import Role
from architect.request import Style
from architect.stacks.dotnet import DotNet
from tests.support.folder_tree import TextTree

REFERENCE = '<ItemGroup><ProjectReference Include="..\\Data\\Data.csproj" /></ItemGroup></Project>'
PLAIN = '<Project Sdk="Microsoft.NET.Sdk{}"><PropertyGroup><TargetFramework>net8.0</TargetFramework>{}</PropertyGroup></Project>'
WEB = '<Project Sdk="Microsoft.NET.Sdk.Web"><PropertyGroup><TargetFramework>{}</TargetFramework></PropertyGroup></Project>'


def _found(files: dict[str, str], root: str = ""):
    return DotNet().detect(TextTree(files), root)


@pytest.mark.parametrize(
    ("framework", "release", "port"),
    [("net6.0", "6.0", 80), ("net8.0", "8.0", 8080), ("net10.0", "10.0", 8080), ("netcoreapp3.1", "3.1", 80)],
)
def test_the_release_is_the_target_framework_and_decides_the_port(framework: str, release: str, port: int) -> None:
    component = _found({"App.csproj": WEB.format(framework)})
    assert (component.runtime.value, component.port.value) == (release, port)


@pytest.mark.parametrize(
    ("files", "port"),
    [
        ({"Program.cs": 'app.Run("http://0.0.0.0:5005");'}, 5005),
        ({"Program.cs": 'builder.WebHost.UseUrls("http://*:5006");'}, 5006),
        ({"Program.cs": "options.ListenAnyIP(5007);"}, 5007),
        ({"Program.cs": 'var port = Environment.GetEnvironmentVariable("PORT") ?? "5008";'}, 5008),
        ({"appsettings.json": '{\n  "Urls": "http://localhost:5009"\n}'}, 5009),
        ({"appsettings.json": '{\n  "Identity": {\n      "Url": "http://localhost:5010"\n  }\n}'}, 8080),
        ({"Properties/launchSettings.json": '{"applicationUrl": "http://localhost:5011"}'}, 8080),
    ],
)
def test_the_port_is_read_from_code_and_settings_but_not_from_launch_profiles(files: dict[str, str], port: int) -> None:
    assert _found({"App.csproj": WEB.format("net9.0"), **files}).port.value == port


def test_the_newest_of_several_target_frameworks_counts_and_old_windows_ones_do_not() -> None:
    text = WEB.replace("TargetFramework>", "TargetFrameworks>").format("net472;net8.0;net9.0")
    assert _found({"App.csproj": text}).runtime.value == "9.0"
    assert _found({"App.csproj": WEB.format("net472")}) is None


@pytest.mark.parametrize(
    ("project", "role"),
    [
        (
            PLAIN.format(".Worker", ""),
            Role.WORKER,
        ),
        (
            PLAIN.format("", "<OutputType>Exe</OutputType>"),
            Role.JOB,
        ),
        (WEB.replace(".Web", ".BlazorWebAssembly").format("net9.0"), Role.STATIC),
    ],
)
def test_the_sdk_tells_what_a_project_does(project: str, role: Role) -> None:
    assert _found({"App.csproj": project}).role is role


def test_tests_and_libraries_are_no_components() -> None:
    test = WEB.format("net9.0").replace("</Project>", '<ItemGroup><PackageReference Include="xunit" /></ItemGroup></Project>')
    library = '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup></Project>'
    assert _found({"Tests.csproj": test}) is None
    assert _found({"Lib.csproj": library}) is None


def test_a_project_on_its_own_stays_in_its_folder_and_one_with_neighbours_is_built_from_above() -> None:
    alone = {"All.sln": "", "src/App/App.csproj": WEB.format("net9.0")}
    assert _found(alone) is None
    assert _found(alone, "src/App").build_context == "src/App"
    shared = {**alone, "Directory.Build.props": "<Project />"}
    assert _found(shared, "src/App") is None
    component = _found(shared)
    assert (component.root, component.details["project"]) == ("", "src/App/App.csproj")


def test_packages_of_referenced_projects_count() -> None:
    files = {
        "App/App.csproj": WEB.format("net9.0").replace("</Project>", REFERENCE),
        "Data/Data.csproj": PLAIN.format("", "").replace(
            "</Project>", '<ItemGroup><PackageReference Include="StackExchange.Redis" /></ItemGroup></Project>'
        ),
    }
    component = _found(files, "App")
    assert [fact.value for fact in component.services] == ["redis"]
    assert component.build_context == ""


def test_a_database_that_the_code_may_swap_for_sqlite_is_no_need() -> None:
    packages = "".join(f'<PackageReference Include="Microsoft.EntityFrameworkCore.{name}" />' for name in ("Sqlite", "SqlServer"))
    files = {
        "App.csproj": WEB.format("net9.0").replace("</Project>", f"<ItemGroup>{packages}</ItemGroup></Project>"),
        "Program.cs": "if (lite) o.UseSqlite(c); else o.UseSqlServer(c);",
    }
    assert _found(files).services == ()


def test_global_json_fixes_the_sdk_exactly_unless_it_rolls_forward() -> None:
    files = {"App.csproj": WEB.format("net8.0")}
    assert _found({**files, "global.json": '{"sdk": {"version": "8.0.404"}}'}).details["sdk"] == "8.0.404"
    assert _found({**files, "global.json": '{"sdk": {"version": "9.0.100", "rollForward": "latestMinor"}}'}).details["sdk"] == "9.0"


def test_alpine_gets_its_cultures_unless_the_project_wants_none() -> None:
    component = _found({"App.csproj": WEB.format("net9.0")})
    plain = _found(
        {
            "App.csproj": WEB.format("net9.0").replace(
                "</PropertyGroup>", "<InvariantGlobalization>true</InvariantGlobalization></PropertyGroup>"
            )
        }
    )
    packages = [
        [p for s in DotNet().plan(c, Style.LEAN).stages[-1].steps if isinstance(s, Packages) for p in s.alpine] for c in (component, plain)
    ]
    assert packages == [["icu-libs", "tzdata"], []]


def test_the_exposed_port_is_set_the_way_the_release_understands() -> None:
    names = []
    for framework in ("net6.0", "net9.0"):
        plan = DotNet().plan(_found({"App.csproj": WEB.format(framework)}), Style.CACHED)
        names.append(next(s.name for s in plan.stages[-1].steps if isinstance(s, Env) and s.name.startswith("ASPNETCORE")))
    assert names == ["ASPNETCORE_URLS", "ASPNETCORE_HTTP_PORTS"]


def test_a_locked_restore_is_enforced() -> None:
    plan = DotNet().plan(_found({"App.csproj": WEB.format("net9.0"), "packages.lock.json": "{}"}), Style.LEAN)
    assert any("dotnet restore App.csproj --locked-mode" in s.command for s in plan.stages[0].steps if isinstance(s, Run))


def test_the_release_may_stand_in_the_file_that_lists_the_packages() -> None:
    props = "<Project><PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup></Project>"
    found = _found({"Directory.Packages.props": props, "src/Web/Web.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"/>'}, "src/Web")
    assert (found.runtime.value, str(found.runtime.evidence[0])) == ("8.0", "Directory.Packages.props:1")


def test_a_console_program_that_listens_is_a_server() -> None:
    settings = "<PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net9.0</TargetFramework></PropertyGroup>"
    project = f'<Project Sdk="Microsoft.NET.Sdk">{settings}</Project>'
    found = _found({"a.csproj": project, "Program.cs": 'new WebServer("http://+:8401/").Run();\n'})
    assert (found.role, found.port.value) == (Role.WEB, 8401)


def test_pages_that_a_server_refers_to_are_no_component_of_their_own() -> None:
    release = "<PropertyGroup><TargetFramework>net9.0</TargetFramework></PropertyGroup>"
    wasm = f'<Project Sdk="Microsoft.NET.Sdk.BlazorWebAssembly">{release}</Project>'
    web = (
        f'<Project Sdk="Microsoft.NET.Sdk.Web">{release}'
        '<ItemGroup><ProjectReference Include="..\\Pages\\Pages.csproj"/></ItemGroup></Project>'
    )
    other = web.replace("Pages", "None")
    files = {"a.sln": "", "src/Pages/Pages.csproj": wasm, "src/Web/Web.csproj": web, "src/Api/Api.csproj": other}
    assert _found(files, "src/Pages") is None
    assert _found(files, "src/Web") is not None


def test_a_constant_of_a_referenced_project_gives_the_port_and_fuzzers_do_not_run() -> None:
    release = "<PropertyGroup><TargetFramework>net9.0</TargetFramework></PropertyGroup>"
    reference = '<ItemGroup><ProjectReference Include="..\\Common\\Common.csproj"/></ItemGroup>'
    files = {
        "a.sln": "",
        "Server/Server.csproj": f'<Project Sdk="Microsoft.NET.Sdk.Web">{release}{reference}</Project>',
        "Common/Common.csproj": f'<Project Sdk="Microsoft.NET.Sdk">{release}</Project>',
        "Common/Net/NetworkConfiguration.cs": "class N {\n  public const int DefaultHttpPort = 8096;\n}\n",
        "fuzz/Api/Api.csproj": f'<Project Sdk="Microsoft.NET.Sdk.Web">{release}</Project>',
    }
    found = _found(files)
    assert (found.port.value, str(found.port.evidence[0])) == (8096, "Common/Net/NetworkConfiguration.cs:2")
    assert _found(files, "fuzz/Api") is None


def test_a_benchmark_that_is_all_there_is_runs() -> None:
    project = '<Project Sdk="Microsoft.NET.Sdk.Web"><PropertyGroup><TargetFramework>net9.0</TargetFramework></PropertyGroup></Project>'
    assert _found({"a.sln": "", "benchmark/A.csproj": project}, "benchmark").port.value == 8080
