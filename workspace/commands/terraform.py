"""Terraform: check the form, validate, and plan; nothing is applied."""

from __future__ import annotations

from workspace.command_line import Kind, Template, Tool, Value, flag, named, one_of

_PROVIDERS = "Runs the providers in .terraform, which are programs of their own."
_NUMBER = "[0-9]{1,3}"

TOOL = Tool(
    id="terraform",
    label="Terraform",
    get="Install it as developer.hashicorp.com/terraform/install says, run 'terraform init' in a terminal, and try again.",
    passes=("TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR", "AWS_PROFILE", "AWS_REGION", "GOOGLE_CLOUD_PROJECT", "HTTPS_PROXY", "NO_PROXY"),
    templates=(
        Template(
            ("fmt",),
            "Check the form of Terraform files; nothing is rewritten",
            "terraform fmt -check -diff -recursive",
            options=(flag("-check"), flag("-diff"), flag("-recursive"), flag("-no-color")),
            arguments=(Value(Kind.PATH, meant="a file or folder"),),
            most=10,
            needs=("-check",),
        ),
        Template(
            ("validate",),
            "Check the module; it must be initialised",
            "terraform validate",
            options=(flag("-json"), flag("-no-color")),
            warns=_PROVIDERS,
        ),
        Template(
            ("plan",),
            "Show what applying would change; nothing is applied",
            "terraform plan -detailed-exitcode",
            options=(
                flag("-detailed-exitcode"),
                flag("-no-color"),
                flag("-destroy"),
                one_of("-refresh", "-lock", choices="true false", joined=True),
                named(
                    "-var", expression=r"[A-Za-z_][A-Za-z0-9_-]{0,99}=[A-Za-z0-9._/:@+-]{0,200}", meant="a plain name=value", joined=True
                ),
                named("-target", expression=r"[a-z][A-Za-z0-9_.-]{0,199}", meant="an address like module.shop", joined=True),
                named("-parallelism", expression=_NUMBER, meant="a number", joined=True),
            ),
            always=("-input=false",),
            limit_s=900,
            warns=f"{_PROVIDERS} They reach your cloud with your sign-in.",
        ),
    ),
)
