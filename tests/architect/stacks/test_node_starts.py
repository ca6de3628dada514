"""JavaScript applications whose start, port or pages stand elsewhere than in their own package.json."""

import json

from architect.profile import Role
from architect.profiler import profile
from tests.support.folder_tree import TextTree
from tests.support.node import found, plan
from tests.support.stages import commands, copies


def test_a_start_handed_to_another_script_is_followed_through_it():
    scripts = {
        "with:env": "dotenv -e ../.env -e ../.env.local --",
        "start": "npm run with:env -- cross-env NODE_ENV=production node build/main.js",
    }
    assert found({"build/main.js": ""}, scripts=scripts).start.value == ("node", "build/main.js")


def test_sveltekit_with_both_adapters_is_the_server_its_configuration_makes_by_default():
    files = {
        "svelte.config.js": (
            'import node from "@sveltejs/adapter-node";\nimport pages from "@sveltejs/adapter-static";\n'
            'export default { kit: { adapter: process.env.ADAPTER === "static" ? pages({ fallback: "index.html" }) : node() } };\n'
        )
    }
    adapters = {"@sveltejs/kit": "2", "@sveltejs/adapter-node": "5", "@sveltejs/adapter-static": "3", "vite": "7"}
    chat = found(files, scripts={"build": "vite build"}, devDependencies=adapters, dependencies={"mongodb": "6"})
    assert (chat.role, chat.start.value, chat.port.value) == (Role.WEB, ("node", "build"), 3000)
    assert [service.value for service in chat.services] == ["mongodb"]


def test_a_member_needs_what_the_members_it_depends_on_prove():
    packages = {
        "package.json": {"name": "shop", "private": True, "workspaces": ["apps/*", "packages/*"]},
        "apps/web/package.json": {
            "name": "@shop/web",
            "private": True,
            "scripts": {"start": "node server.js"},
            "dependencies": {"express": "5", "@shop/orders": "*"},
        },
        "packages/orders/package.json": {"name": "@shop/orders", "version": "1.0.0", "dependencies": {"@shop/store": "*"}},
        "packages/store/package.json": {"name": "@shop/store", "version": "1.0.0", "dependencies": {"pg": "8"}},
        "packages/cache/package.json": {"name": "@shop/cache", "version": "1.0.0", "dependencies": {"redis": "5"}},
    }
    files = {path: json.dumps(content, indent=2) for path, content in packages.items()}
    files["apps/web/server.js"] = "require('express')().listen(3100);\n"
    web = profile(TextTree({"package-lock.json": "{}", **files})).component("web")
    assert [(service.value, service.where()) for service in web.services] == [("postgres", "packages/store/package.json:5")]


def test_a_group_in_an_install_script_is_not_cut_in_two():
    scripts = {"start": "node app.js", "postinstall": "cd ui && npm install && cd .. && (npm run --silent build:all || node tools/late.js)"}
    files = {"app.js": "require('express')().listen(3000);\n"}
    text = commands(plan(found(files, scripts=scripts, dependencies={"express": "5"})))
    assert text.count("(") == text.count(")")
    assert "npm run --silent" not in text


def test_pages_that_a_task_runner_bundles_are_served_from_where_its_settings_put_them():
    files = {
        "Gruntfile.js": (
            "module.exports = grunt => grunt.initConfig({ webpack: { web: {\n"
            '  output: {\n    path: __dirname + "/build/prod",\n  },\n'
            '  plugins: [new HtmlWebpackPlugin({ template: "./src/web/html/index.html" })],\n} } });\n'
        ),
        "src/web/html/index.html": "<html></html>\n",
    }
    tools = {"grunt": "1", "webpack": "5", "html-webpack-plugin": "5"}
    chef = found(files, scripts={"start": "npx grunt dev", "build": "npx grunt prod"}, devDependencies=tools)
    assert (chef.role, chef.framework.value) == (Role.STATIC, "webpack")
    assert ("/app/build/prod/",) in [copy.sources for copy in copies(plan(chef).stages[-1])]


def test_variables_taken_apart_from_the_environment_are_read_with_their_defaults_and_lines():
    code = "const {\n  MYSQL_HOST: HOST,\n  MYSQL_HOST_FILE: FILE,\n  MYSQL_PASSWORD,\n  MYSQL_DB: db = 'todos',\n} = process.env;\n"
    files = {"server.js": code + "require('express')().listen(3000);\n"}
    component = found(files, scripts={"start": "node server.js"}, dependencies={"express": "5", "mysql2": "3"})
    read = {variable.name: (variable.default, variable.secret, variable.evidence[0].line) for variable in component.variables}
    assert read == {"MYSQL_HOST": (None, False, 2), "MYSQL_PASSWORD": (None, True, 4), "MYSQL_DB": ("todos", False, 5)}
