"""JavaScript applications: facts with the lines that prove them, and plans in three styles."""

import json

import pytest

from architect.plan import Family
from architect.profile import Basis, Role
from architect.profiler import profile
from architect.request import Style
from tests.support.folder_tree import TextTree
from tests.support.node import found, plan
from tests.support.stages import commands, copies, environment, installs_before_sources, packages


def test_express_with_npm_is_told_from_its_files(example):
    tickets = example("node-express-npm").components[0]
    assert (tickets.framework.value, tickets.package_manager.value, tickets.lockfile) == ("express", "npm", "package-lock.json")
    assert (tickets.runtime.value, tickets.runtime.where()) == ("22", "package.json:5")
    assert (tickets.start.value, tickets.start.where()) == (("node", "src/server.js"), "package.json:9")
    assert (tickets.port.value, tickets.port.where()) == (4100, "src/server.js:6")
    assert (tickets.health.value, tickets.health.where()) == ("/health", "src/server.js:4")
    assert [service.value for service in tickets.services] == ["postgres"]


def test_hooks_are_held_back_and_native_packages_rebuilt(example):
    text = commands(plan(example("node-express-npm").components[0]))
    assert "npm ci --no-audit --no-fund --omit=dev --ignore-scripts" in text
    assert "npm rebuild bcrypt" in text
    assert "husky" not in text


def test_hardened_runs_on_distroless_where_the_code_ends_on_sigterm(example):
    made = plan(example("node-express-npm").components[0], Style.HARDENED)
    assert made.stages[-1].image.family is Family.DISTROLESS
    assert made.start == ("/nodejs/bin/node", "src/server.js")
    assert not made.init


def test_without_a_sigterm_handler_an_init_forwards_the_signal():
    files = {"server.js": "require('express')().listen(3000);\n"}
    component = found(files, scripts={"start": "node server.js"}, dependencies={"express": "4"})
    for style in Style:
        made = plan(component, style)
        assert made.init
        assert made.stages[-1].image.family is not Family.DISTROLESS


def test_next_standalone_with_pnpm_copies_only_what_it_left(example):
    storefront = example("node-next-pnpm").components[0]
    assert (storefront.runtime.value, storefront.runtime.where()) == ("22", ".nvmrc:1")
    assert storefront.start.value == ("node", "server.js")
    made = plan(storefront)
    assert "npm install -g pnpm@9.12.3" in commands(made)
    assert "pnpm install --frozen-lockfile" in commands(made)
    assert [copy.sources[0] for copy in copies(made.stages[-1])] == ["/app/.next/standalone/", "/app/.next/static/", "/app/public/"]
    assert environment(made.stages[-1])["HOSTNAME"] == "0.0.0.0"


def test_nest_with_prisma_generates_its_client_and_reads_its_port(example):
    billing = example("node-nest-yarn").components[0]
    assert billing.start.value == ("node", "dist/main")
    assert (billing.port.value, billing.port.where()) == (3300, "src/main.ts:4")
    text = commands(plan(billing))
    assert text.index("prisma generate") < text.index("yarn run build") < text.index("--production")
    assert "openssl" in packages(plan(billing, Style.CACHED).stages[-1])


def test_vite_pages_are_served_by_nginx_from_the_configured_folder(example):
    pages = example("node-vite-static").components[0]
    assert (pages.role, pages.framework.value, pages.port.value) == (Role.STATIC, "vite-vue", 8080)
    made = plan(pages)
    assert "nginx-unprivileged" in made.stages[-1].image.reference
    assert copies(made.stages[-1])[-1].sources == ("/app/public_html/",)
    assert "/index.html" in commands(made)


SLUGS = ("node-express-npm", "node-next-pnpm", "node-nest-yarn", "node-vite-static")


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("style", Style)
def test_every_plan_builds_apart_and_installs_before_sources(example, slug, style):
    component = example(slug).components[0]
    made = plan(component, style)
    assert len(made.stages) >= 2
    assert any(stage.image.reference.startswith(f"node:{component.runtime.value}-") for stage in made.stages)
    assert installs_before_sources(made)
    assert made.port == component.port.value
    assert made.start[0] not in ("npm", "yarn", "pnpm")


@pytest.mark.parametrize("slug", SLUGS)
def test_the_three_styles_differ(example, slug):
    component = example(slug).components[0]
    assert len({str(plan(component, style).stages) for style in Style}) == 3


@pytest.mark.parametrize(
    ("scripts", "start"),
    [
        ({"start": "PORT=4000 NODE_ENV=production node dist/index.js"}, ("node", "dist/index.js")),
        ({"start": "npm run serve", "serve": "node --enable-source-maps app.js"}, ("node", "--enable-source-maps", "app.js")),
        ({"start": "nodemon app.js", "start:prod": "node app.js"}, ("node", "app.js")),
        ({"start": "npm run build && node app.js", "build": "tsc"}, ("node", "app.js")),
        ({"start": "pm2 start app.js --no-daemon"}, ("node", "app.js")),
        ({"start": "dotenv -e .env -- node app.js"}, ("node", "app.js")),
    ],
)
def test_a_start_script_is_resolved_to_the_program_it_runs(scripts, start):
    component = found({"app.js": "require('express')().listen(3000)"}, scripts=scripts, dependencies={"express": "4"})
    assert component.start.value == start


def test_a_pm2_settings_file_is_followed_to_its_script():
    files = {
        "ecosystem.config.js": "module.exports = { apps: [{ name: 'x', script: './src/index.js' }] };",
        "src/index.js": "app.listen(1234)",
    }
    component = found(files, scripts={"start": "pm2-runtime ecosystem.config.js"}, dependencies={"express": "4"})
    assert (component.start.value, component.port.value) == (("node", "src/index.js"), 1234)


def test_typescript_started_through_a_compiler_runs_its_build_instead():
    files = {
        "src/index.ts": "app.listen(3000)",
        "tsconfig.json": '{\n  "compilerOptions": {\n    "outDir": "./out",\n    "rootDir": "./src"\n  }\n}',
    }
    scripts = {"start": "ts-node src/index.ts", "build": "tsc"}
    assert found(files, scripts=scripts, dependencies={"express": "4"}).start.value == ("node", "out/index.js")


@pytest.mark.parametrize(
    ("code", "port"),
    [
        ("app.listen(process.env.PORT || 4001);", 4001),
        ("const port = Number(process.env.PORT ?? 4002);", 4002),
        ("const PORT = 4003;\napp.listen(PORT);", 4003),
        ("fastify.listen({ host: '0.0.0.0', port: 4004 });", 4004),
        ("export default { port: 4005, fetch: app.fetch };", 4005),
        ("const env = z.object({ PORT: z.coerce.number().default(4006) });", 4006),
        ("port: process.env.APP_PORT ? parseInt(process.env.APP_PORT, 10) : 4007,", 4007),
        ("const db = process.env.DB_PORT || 5432;", 3000),
    ],
)
def test_the_port_is_read_from_the_code(code, port):
    component = found({"index.js": code}, scripts={"start": "node index.js"}, dependencies={"express": "4"})
    assert component.port.value == port


@pytest.mark.parametrize(
    ("files", "package", "version"),
    [
        ({".nvmrc": "v18.2.0\n"}, {}, "18"),
        ({".node-version": "20\n"}, {}, "20"),
        ({".nvmrc": "lts/iron\n"}, {}, "20"),
        ({}, {"volta": {"node": "16.20.0"}}, "16"),
        ({}, {"engines": {"node": ">=14"}}, "24"),
        ({}, {"engines": {"node": "18.x || 20.x"}}, "20"),
        ({}, {"engines": {"node": ">=12"}, "devDependencies": {"react-scripts": "^4.0.0"}}, "16"),
        ({}, {"devDependencies": {"@angular/core": "~13.0.0"}}, "16"),
        ({}, {}, "24"),
    ],
)
def test_the_node_release_comes_from_the_file_that_implies_it(files, package, version):
    component = found(
        {"index.js": "app.listen(3000)", **files}, scripts={"start": "node index.js"}, dependencies={"express": "4"}, **package
    )
    assert component.runtime.value == version


@pytest.mark.parametrize(
    ("files", "manager", "command"),
    [
        ({"package-lock.json": "{}"}, "npm", "npm ci"),
        ({"yarn.lock": "# yarn lockfile v1\n"}, "yarn", "yarn install --frozen-lockfile"),
        (
            {"yarn.lock": "__metadata:\n  version: 8\n", ".yarnrc.yml": "enableTelemetry: false\n"},
            "yarn",
            "yarn workspaces focus --production",
        ),
        ({"pnpm-lock.yaml": "lockfileVersion: '6.0'\n"}, "pnpm", "pnpm@8.15.9"),
        ({"bun.lock": "{}"}, "bun", "bun install --frozen-lockfile"),
        ({}, "npm", "npm install"),
    ],
)
def test_each_package_manager_installs_from_its_own_lock(files, manager, command):
    text = json.dumps({"name": "x", "private": True, "scripts": {"start": "node a.js"}, "dependencies": {"express": "4"}})
    component = profile(TextTree({"package.json": text, "a.js": "app.listen(3000)", **files})).components[0]
    assert component.package_manager.value == manager
    assert command in commands(plan(component))


def test_a_missing_lock_is_said_and_not_hidden():
    files = {"package.json": '{"name": "x", "scripts": {"start": "node a.js"}, "dependencies": {"express": "4"}}', "a.js": ""}
    result = profile(TextTree(files))
    assert any("no lock file" in question for question in result.questions)
    assert result.components[0].package_manager.basis is Basis.DEFAULT


@pytest.mark.parametrize(
    ("package", "files", "framework", "start"),
    [
        ({"dependencies": {"nuxt": "^3.12.0"}}, {}, "nuxt", ("node", ".output/server/index.mjs")),
        ({"dependencies": {"@remix-run/serve": "2", "@remix-run/dev": "2"}}, {}, "remix", ("remix-serve", "./build/server/index.js")),
        ({"devDependencies": {"@sveltejs/kit": "2", "@sveltejs/adapter-node": "5"}}, {}, "sveltekit", ("node", "build")),
        ({"dependencies": {"astro": "5", "@astrojs/node": "9"}}, {}, "astro", ("node", "./dist/server/entry.mjs")),
        ({"dependencies": {"next": "14"}, "scripts": {"start": "next start -p 3100"}}, {}, "next", ("next", "start", "-p", "3100")),
        ({"dependencies": {"@strapi/strapi": "5"}, "scripts": {"start": "strapi start"}}, {}, "strapi", ("strapi", "start")),
    ],
)
def test_meta_frameworks_start_what_their_build_leaves(package, files, framework, start):
    component = found(files, **package)
    assert (component.framework.value, component.start.value) == (framework, start)
    for style in Style:
        assert plan(component, style).port == component.port.value


@pytest.mark.parametrize(
    ("package", "files", "folder"),
    [
        (
            {"dependencies": {"react-scripts": "5"}, "scripts": {"start": "react-scripts start", "build": "react-scripts build"}},
            {},
            "/app/build/",
        ),
        ({"dependencies": {"next": "15"}}, {"next.config.js": "module.exports = {\n  output: 'export',\n}"}, "/app/out/"),
        ({"dependencies": {"astro": "5"}, "scripts": {"build": "astro build"}}, {}, "/app/dist/"),
        (
            {"dependencies": {"@angular/core": "19"}, "scripts": {"build": "ng build"}},
            {
                "angular.json": json.dumps(
                    {
                        "projects": {
                            "shop": {
                                "architect": {"build": {"builder": "@angular/build:application", "options": {"outputPath": "dist/shop"}}}
                            }
                        }
                    }
                )
            },
            "/app/dist/shop/browser/",
        ),
    ],
)
def test_pages_are_copied_from_where_the_build_leaves_them(package, files, folder):
    made = plan(found(files, **package))
    assert copies(made.stages[-1])[-1].sources == (folder,)


def test_bun_runs_on_its_own_image():
    text = '{"name": "x", "private": true, "scripts": {"start": "bun src/index.ts"}, "dependencies": {"hono": "4"}}'
    files = {"package.json": text, "bun.lock": "{}", "src/index.ts": "export default { port: 3600, fetch }"}
    component = profile(TextTree(files)).components[0]
    assert component.port.value == 3600
    assert plan(component).stages[-1].image.reference == "oven/bun:1.3-alpine"


def test_a_workspace_member_is_installed_at_the_top_and_its_libraries_built_first(example):
    components = {component.name: component for component in example("monorepo").components}
    web = components["web"]
    assert (web.root, web.build_context, web.dockerfile_path) == ("apps/web", "", "apps/web/Dockerfile")
    text = commands(plan(web))
    assert text.index("npm run build --workspace=@acme/shared") < text.index("npm run build --workspace=@acme/web")
    manifests = {source for copy in copies(plan(web).stages[0]) for source in copy.sources}
    assert {"package.json", "package-lock.json", "apps/api/package.json", "packages/shared/package.json"} <= manifests


def test_commands_before_the_start_are_kept_in_a_shell_that_hands_over():
    files = {"dist/index.js": "", "index.js": "app.listen(3000)"}
    scripts = {"start": "prisma migrate deploy && node dist/index.js"}
    made = plan(found(files, scripts=scripts, dependencies={"express": "4", "prisma": "5"}))
    assert made.start == ("sh", "-c", "prisma migrate deploy && exec node dist/index.js")
    assert made.init


def test_a_published_package_is_a_library():
    files = {"package.json": '{"name": "lib", "version": "1.0.0", "main": "index.js", "files": ["index.js"]}', "index.js": ""}
    result = profile(TextTree(files))
    assert result.components == ()
    assert "library" in result.questions[-1]


def _workspace(**api):
    """A workspace whose command starts a server of another member, beside the pages that one shows."""
    packages = {
        "package.json": {"name": "all", "private": True, "workspaces": ["packages/*"]},
        "packages/api/package.json": {
            "name": "@post/api",
            "version": "1.0.0",
            "exports": "./dist/index.js",
            "scripts": {"build": "tsc"},
            "dependencies": {"fastify": "5"},
            **api,
        },
        "packages/cli/package.json": {
            "name": "post",
            "version": "1.0.0",
            "bin": {"post": "./dist/bin/post.js"},
            "scripts": {"build": "tsc"},
            "dependencies": {"@post/api": "1", "@post/ui": "1"},
        },
        "packages/ui/package.json": {
            "name": "@post/ui",
            "version": "1.0.0",
            "exports": {"./server": "./dist-server/index.js"},
            "scripts": {"build": "vite build"},
            "dependencies": {"@fastify/static": "9"},
            "devDependencies": {"vite": "7", "fastify": "5"},
        },
    }
    files = {path: json.dumps(content, indent=2) for path, content in packages.items()}
    files["packages/api/src/server.ts"] = "const port = Number(process.env.API_PORT ?? 1090);\nfastify().listen({ port });\n"
    files["packages/ui/index.html"] = '<script type="module" src="/src/main.tsx"></script>\n'
    return profile(TextTree({"package-lock.json": "{}", **files})).components


def test_a_command_that_serves_through_its_workspace_is_the_one_component():
    (post,) = _workspace()
    assert (post.root, post.role, post.framework.value) == ("packages/cli", Role.WEB, "fastify")
    assert (post.start.value, post.start.where()) == (("node", "dist/bin/post.js"), "packages/cli/package.json:5")
    assert (post.port.value, post.port.where()) == (1090, "packages/api/src/server.ts:1")
    text = commands(plan(post))
    assert text.index("--workspace=@post/api") < text.index("--workspace=@post/ui") < text.index("--workspace=post")


def test_a_member_with_a_start_of_its_own_stays_a_service_beside_a_command():
    roots = {component.root for component in _workspace(scripts={"build": "tsc", "start": "node dist/server.js"})}
    assert "packages/api" in roots
