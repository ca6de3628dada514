"""C and C++: programs built with CMake or Meson, shipped with the libraries they are linked against."""

from __future__ import annotations

import re

from architect import bases, code, sockets
from architect.commands import env_examples, merged
from architect.ecosystems import cxx
from architect.finishing import finished
from architect.plan import Copy, Env, Family, Image, ImagePlan, Packages, Run, Stage, Step, Workdir
from architect.profile import Basis, Component, Evidence, Fact, Role
from architect.reading import Folder
from architect.request import Style
from architect.routes import health_route
from architect.tree import Tree

DEBIAN_TOOLS = ("build-essential", "ca-certificates", "cmake", "git", "ninja-build", "pkg-config")
ALPINE_TOOLS = ("bash", "build-base", "ca-certificates", "cmake", "git", "linux-headers", "samurai", "pkgconf")
_SYSTEM_LIBRARY = "[/](ld-|ld-musl|libc[.]|libc-|libm[.]|libdl[.]|libpthread[.]|librt[.]|linux-vdso)"


class Cpp:
    """A CMake or Meson project with a program."""

    id = "cpp"

    def detect(self, tree: Tree, root: str) -> Component | None:
        """Find the program among the targets; a project of libraries is a library."""
        folder = Folder(tree, root)
        if not folder.has("CMakeLists.txt", "meson.build"):
            return None
        return _component(self.id, folder)

    def plan(self, component: Component, style: Style) -> ImagePlan:
        """Compile in one stage, run the program with just its libraries in another."""
        return _plan(component, style)


def _component(stack: str, folder: Folder) -> Component | None:
    tool = "cmake" if folder.has("CMakeLists.txt") else "meson"
    manifest = folder.has("CMakeLists.txt", "meson.build") or "CMakeLists.txt"
    lists = cxx.cmake_files(folder) if tool == "cmake" else ()
    if tool == "cmake" and (not lists or not re.search(r"(?i)\bproject\s*\(", lists[0].text)):
        return None
    project = cxx.cmake_project(lists)
    targets = list(cxx.cmake_targets(folder, lists) if tool == "cmake" else cxx.meson_targets(folder))
    target = cxx.choose(targets, project, folder.tree.name)
    language = Fact("cpp", Basis.DECLARED, (Evidence(folder.path(manifest)),))
    if target is None:
        return Component(name=folder.label, stack=stack, root=folder.root, role=Role.LIBRARY, language=language)
    names = [name for pattern in ("*.cpp", "*.cc", "*.cxx", "*.c", "*.hpp", "*.hh", "*.h") for name in code.own_files(folder, pattern)]
    names = [name for name in names if not re.match(r"(third_?party|external|extern|deps|subprojects)/", name)]
    names.sort(key=lambda name: (code.telling(name), name.count("/"), name))
    files = code.sources(folder, names)
    framework = next(
        (Fact(name, Basis.CODE, (hit.evidence,)) for name, pattern in cxx.FRAMEWORKS if (hit := code.first(files, pattern))), None
    )
    serves = framework or code.first(files, r"\bbind\s*\(\s*\w+\s*,|\blisten\s*\(\s*\w+\s*,\s*\d+|tcp::acceptor")
    port = sockets.stated(files, cxx.PORT_RULES, named=True) if serves else None
    meson = next(iter(code.sources(folder, ["meson.build"])), None) if tool == "meson" else None
    wanted = cxx.wanted(lists, meson)
    missing = [name for name in wanted if name not in cxx.LIBRARIES and name.lower() != (project or "").lower()]
    script = cxx.installer(folder, missing)
    own, installed = cxx.compiled_paths(lists)
    managers = tuple(name for name in ("conanfile.txt", "conanfile.py", "vcpkg.json") if folder.has(name))
    questions: tuple[str, ...] = ()
    if missing and not script and not managers:
        questions = (f"{', '.join(missing)}: no distribution package is known for what {manifest} looks for; say how it is installed.",)
    return Component(
        name=folder.label,
        stack=stack,
        root=folder.root,
        role=Role.WEB if port else Role.JOB,
        language=language,
        framework=framework,
        package_manager=Fact(tool, Basis.DECLARED, (Evidence(folder.path(manifest)),)),
        build=Fact(tool, Basis.DECLARED, (target.evidence,)),
        start=Fact((f"/app/{target.name}",), Basis.DECLARED, (target.evidence,), "the program the build makes"),
        port=port,
        health=health_route(files, cxx.HEALTH_ROUTE) if port else None,
        variables=merged(code.variables(files, *cxx.VARIABLES), env_examples(folder)),
        system_packages=tuple(
            Fact(cxx.LIBRARIES[name][0], Basis.DECLARED, (line,)) for name, line in wanted.items() if name in cxx.LIBRARIES
        ),
        details={
            "tool": tool,
            "target": target.name,
            "place": target.folder,
            "libraries": tuple((name, line) for name, line in wanted.items() if name in cxx.LIBRARIES),
            "script": script.value if script else None,
            "script_argument": bool(script and re.search(r"\$1", folder.read(script.value) or "")),
            "compiled": tuple(path for path in own if folder.has_folder(path) or folder.has(path)),
            "writes": any(not folder.has_folder(path) and not folder.has(path) for path in own),
            "installed": installed,
            "conan": next((name for name in managers if name.startswith("conan")), None),
            "opened": code.opened_paths(list(folder.files("*")), files, ".cpp"),
            "questions": questions,
        },
    )


def _plan(component: Component, style: Style) -> ImagePlan:
    details = component.details
    musl = style is Style.LEAN and not details.get("conan")
    image = (
        bases.ALPINE if musl else Image("debian:bookworm-slim", Family.DEBIAN, why="the compiler, on the Debian release of the final image")
    )
    build = _build(component, style, image)
    port = component.port.value if component.port else None
    more: tuple[Stage, ...] = ()
    steps: list[Step] = [Workdir("/app")]
    if style is Style.HARDENED and port is not None:
        final, more = bases.DISTROLESS_CC, (bases.PROBE,)
        steps.append(bases.probe_copy())
        health = bases.probe_command(component)
    else:
        final = bases.ALPINE if musl else bases.BOOKWORM
        health = bases.health_command(final, component)
    steps += [
        Env("LD_LIBRARY_PATH", "/app/lib", why="the libraries the program was linked against lie beside it"),
        Copy(("/out/lib/",), "/app/lib/", stage="build", why="exactly the shared libraries the program needs"),
        Copy((f"/out/{details['target']}",), "/app/", stage="build", why="the program"),
    ]
    if details.get("installed"):
        steps.append(Copy(("/out/root/",), "/", stage="build", why="files of libraries whose place is compiled into the program"))
    for path in details.get("compiled", ()):
        folder = not re.search(r"\.\w+$", path)
        steps.append(Copy((path,), f"/app/{path}" + ("/" if folder else ""), owned=True, why="its place is compiled into the program"))
    for path, line in (details.get("opened") or {}).items():
        if path not in details.get("compiled", ()) and path != "CMakeLists.txt":
            folder = not re.search(r"\.\w+$", path)
            steps.append(
                Copy(
                    (path,), f"/app/{path}" + ("/" if folder else ""), owned=True, why="the program opens it at run time", evidence=(line,)
                )
            )
    return finished(
        component,
        (build, *more, Stage("runtime", final, tuple(steps))),
        health,
        start=(f"/app/{details['target']}",),
        start_period=5,
        writable=("/app",) if details.get("writes") else (),
    )


def _build(component: Component, style: Style, image: Image) -> Stage:
    details = component.details
    cached = style is Style.CACHED
    libraries = details.get("libraries", ())
    debian = [*DEBIAN_TOOLS, *(cxx.LIBRARIES[name][0] for name, _ in libraries)]
    alpine = [*ALPINE_TOOLS, *(cxx.LIBRARIES[name][1] for name, _ in libraries)]
    if any(name in ("protobuf", "grpc") for name, _ in libraries):
        debian += ["protobuf-compiler", "protobuf-compiler-grpc"]
        alpine += ["protoc", "grpc-plugins"]
    debian += ["meson"] if details.get("tool") == "meson" else ["ccache"] if cached else []
    alpine += ["meson"] if details.get("tool") == "meson" else []
    debian += ["pipx", "python3-venv"] if details.get("conan") else []
    steps: list[Step] = [
        Workdir("/app"),
        Packages(
            tuple(dict.fromkeys(debian)),
            tuple(dict.fromkeys(alpine)),
            why="compilers, and the libraries the build looks for",
            evidence=tuple(line for _, line in libraries),
        ),
    ]
    if details.get("script"):
        script = details["script"]
        folder = script.rpartition("/")[0]
        steps.append(Copy((script,), f"./{folder}/" if folder else "./", why="libraries change less often than code"))
        argument = " Release" if details.get("script_argument") else ""
        steps.append(Run(f"bash {script}{argument}", why="the repository's own script for libraries that no distribution packages"))
    if details.get("conan"):
        steps.append(
            Run("pipx install conan==2.21.0 && /root/.local/bin/conan profile detect", why="the package manager of the repository")
        )
        steps.append(Copy((details["conan"],), "./", why="libraries change less often than code"))
        steps.append(
            Run(
                "/root/.local/bin/conan install . --output-folder=/conan --build=missing",
                caches=("/root/.conan2/p",) if cached else (),
                why="the libraries it names",
            )
        )
    steps.append(Copy((".",), "./", why="the source code"))
    target = details["target"]
    place = f"{details['place']}/" if details.get("place") else ""
    if details.get("tool") == "meson":
        commands = ["meson setup /build --buildtype=release", "ninja -C /build"]
    else:
        options = "-DCMAKE_TOOLCHAIN_FILE=/conan/conan_toolchain.cmake " if details.get("conan") else ""
        options += "-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache " if cached else ""
        commands = [
            f"cmake -S . -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release {options}".rstrip(),
            f"cmake --build /build --target {target}",
        ]
    program = f"/build/{place}{target}"
    programs = (
        f"cp {program} /out/"
        if details.get("tool") == "meson"
        else f"find /build -type f -name '{target}' -perm -100 -exec cp {{}} /out/ \\;"
    )
    commands += [
        "mkdir -p /out/lib",
        programs,
        f"{{ ldd /out/{target} || true; }} | awk '$3 ~ /^\\// && $3 !~ /{_SYSTEM_LIBRARY}/ {{print $3}}' | xargs -r -I@ cp -L @ /out/lib/",
    ]
    if details.get("installed"):
        found = " -o ".join(f"-path '*{path}'" for path in details["installed"])
        commands += ["mkdir -p /out/root", f"find /usr/local \\( {found} \\) -exec cp -r --parents {{}} /out/root/ \\;"]
    caches = ("/root/.cache/ccache",) if cached and details.get("tool") != "meson" else ()
    steps.append(
        Run(
            " && ".join(commands),
            caches=caches,
            why="a release build, and the shared libraries it is linked against",
            evidence=component.build.evidence if component.build else (),
        )
    )
    return Stage("build", image, tuple(steps))
