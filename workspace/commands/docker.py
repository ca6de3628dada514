"""Docker: build an image, and read, start, watch and stop what a Compose file describes."""

from __future__ import annotations

from workspace.command_line import NAME, WORD, Kind, Template, Tool, Value, at, flag, named, one_of

_FILE = at("-f", "--file")
_COMPOSE = (_FILE, named("-p", "--project-name", expression=WORD), named("--profile", expression=WORD))
_SERVICES = (Value(expression=WORD, meant="a service's name"),)
_ASSIGNED = r"[A-Za-z_][A-Za-z0-9_]{0,99}=[A-Za-z0-9._/:@+,=-]{0,200}"

TOOL = Tool(
    id="docker",
    label="Docker",
    get="Install Docker Engine or Docker Desktop from docs.docker.com/get-docker, start it, and try again.",
    passes=("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "HTTPS_PROXY", "NO_PROXY"),
    templates=(
        Template(
            ("build",),
            "Build an image from a Dockerfile",
            "docker build -t shop:dev .",
            options=(
                named("-t", "--tag", meant="an image's name"),
                _FILE,
                named("--target", expression=WORD),
                named("--platform", expression=r"[a-z0-9]+/[a-z0-9]+(/v[0-9])?", meant="a platform like linux/amd64"),
                named("--build-arg", expression=_ASSIGNED, meant="a plain NAME=value"),
                flag("--no-cache"),
                flag("--pull"),
                flag("-q", "--quiet"),
                one_of("--progress", choices="plain auto"),
            ),
            arguments=(Value(Kind.FOLDER, meant="the folder to build from"),),
            least=1,
            most=1,
            limit_s=1_800,
            warns="Building runs what the Dockerfile says, with a network.",
        ),
        Template(
            ("compose", "config"),
            "Check a Compose file and show it resolved",
            "docker compose config --quiet",
            options=(
                flag("-q", "--quiet"),
                flag("--services"),
                flag("--images"),
                flag("--profiles"),
                one_of("--format", choices="yaml json"),
            ),
            early=_COMPOSE,
            limit_s=60,
        ),
        Template(
            ("compose", "up"),
            "Start what a Compose file describes, in the background",
            "docker compose up --detach --build",
            options=(
                flag("-d", "--detach"),
                flag("--build"),
                flag("--wait"),
                flag("--no-deps"),
                flag("--no-build"),
                flag("--remove-orphans"),
            ),
            early=_COMPOSE,
            arguments=_SERVICES,
            most=20,
            needs=("-d", "--detach"),
            limit_s=1_800,
            warns="Starts containers with every mount, port and right the Compose file gives them; they go on until 'docker compose down'.",
        ),
        Template(
            ("compose", "ps"), "Show what of a Compose file runs", "docker compose ps", early=_COMPOSE, options=(flag("-a", "--all"),)
        ),
        Template(
            ("compose", "logs"),
            "Show what the services said last",
            "docker compose logs --tail=100",
            early=_COMPOSE,
            options=(named("--tail", expression="[0-9]{1,5}", meant="a number of lines"), flag("--no-color"), flag("-t", "--timestamps")),
            arguments=_SERVICES,
            most=20,
        ),
        Template(
            ("compose", "down"),
            "Stop and remove the containers of a Compose file; volumes stay",
            "docker compose down",
            early=_COMPOSE,
            options=(flag("--remove-orphans"),),
            warns="Stops the application's containers and removes them.",
        ),
        Template(("images",), "List images", "docker images", arguments=(Value(expression=NAME, meant="an image's name"),), most=1),
        Template(("ps",), "List containers", "docker ps", options=(flag("-a", "--all"),)),
    ),
)
