"""kubectl: try manifests without applying them, see the difference to the cluster, and look at what runs; never at secrets."""

from __future__ import annotations

from workspace.command_line import WORD, Kind, Template, Tool, Value, at, flag, named, one_of

_WHERE = (named("-n", "--namespace", expression=WORD), named("--context", expression=r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,199}"))
_FILES = (at("-f", "--filename", kind=Kind.PATH), flag("-R", "--recursive"))
# A list of kinds, or kind/name; whatever a kind of secret is called, its values have no place in an output.
_KINDS = r"(?!.*secret)[a-z][a-z0-9.]{0,99}(?:,[a-z][a-z0-9.]{0,99}){0,9}(?:/[a-z0-9][a-z0-9.-]{0,252})?"

TOOL = Tool(
    id="kubectl",
    label="kubectl",
    get="Install it as kubernetes.io/docs/tasks/tools says (macOS: brew install kubectl), and set up a context.",
    passes=("KUBECONFIG", "HTTPS_PROXY", "NO_PROXY"),
    templates=(
        Template(
            ("apply",),
            "Try manifests without applying them",
            "kubectl apply --dry-run=server -f k8s",
            options=(
                one_of("--dry-run", choices="client server", joined=True),
                *_FILES,
                *_WHERE,
                one_of("-o", "--output", choices="yaml json name"),
            ),
            needs=("--dry-run",),
        ),
        Template(
            ("diff",),
            "Show what applying would change in the cluster",
            "kubectl diff -f k8s",
            options=(*_FILES, *_WHERE),
            needs=("-f", "--filename"),
        ),
        Template(
            ("get",),
            "List what runs in the cluster",
            "kubectl get pods -n shop",
            options=(
                *_WHERE,
                flag("-A", "--all-namespaces"),
                one_of("-o", "--output", choices="wide name yaml json"),
                named("-l", "--selector", expression=r"[A-Za-z0-9][A-Za-z0-9._/=!, -]{0,199}", meant="a selector like app=shop"),
                flag("--show-labels"),
            ),
            arguments=(
                Value(expression=_KINDS, meant="a kind of resource like pods or deployments/shop (secrets are not shown)"),
                Value(expression=r"[a-z0-9][a-z0-9.-]{0,252}", meant="a resource's name"),
            ),
            least=1,
            most=5,
            limit_s=60,
        ),
    ),
)
