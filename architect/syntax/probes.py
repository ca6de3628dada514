"""Health probes with the tools an image really has."""

from __future__ import annotations

from architect.plan import Family, Image, ImagePlan

TIMEOUT_S = 4


def probe(plan: ImagePlan, image: Image) -> tuple[str, ...] | None:
    """Return the health check in exec form, or None where there is nothing to ask or nothing to ask with.

    A path other than `/` was found in the code, so a 4xx from it is a failure; `/` is a convention, where only a
    server error or no answer at all means trouble.
    """
    if plan.health_command:
        return plan.health_command
    if plan.health_path is None or plan.port is None:
        return None
    strict = plan.health_path != "/"
    return _command(image, plan.port, "/" + plan.health_path.lstrip("/"), 400 if strict else 500)


def _command(image: Image, port: int, path: str, limit: int) -> tuple[str, ...] | None:
    url = f"http://127.0.0.1:{port}{path}"
    match image.probe:
        case "curl":
            fail = ("--fail",) if limit == 400 else ()
            return ("curl", "--silent", "--show-error", *fail, "--max-time", str(TIMEOUT_S), "--output", "/dev/null", url)
        case "wget":
            return ("wget", "-q", "-T", str(TIMEOUT_S), "-O", "/dev/null", url)
        case "python":
            query = "u.path + '?' + u.query" if "?" in path else "u.path"
            return (
                "python3" if image.family is Family.DISTROLESS else "python",
                "-c",
                f"import http.client, sys, urllib.parse; u = urllib.parse.urlsplit('{_js(url)}'); "
                f"c = http.client.HTTPConnection(u.netloc, timeout={TIMEOUT_S}); c.request('GET', {query}); "
                f"sys.exit(c.getresponse().status >= {limit})",
            )
        case "node":
            return (
                "/nodejs/bin/node" if image.family is Family.DISTROLESS else "node",
                "-e",
                f"require('http').get('{_js(url)}', {{timeout: {TIMEOUT_S}000}}, "
                f"r => process.exit(r.statusCode < {limit} ? 0 : 1)).on('error', () => process.exit(1))",
            )
        case "bun":
            return ("bun", "-e", f"fetch('{_js(url)}').then(r => process.exit(r.status < {limit} ? 0 : 1), () => process.exit(1))")
        case "deno":
            return ("deno", "eval", f"fetch('{_js(url)}').then(r => Deno.exit(r.status < {limit} ? 0 : 1), () => Deno.exit(1))")
        case "ruby":
            return ("ruby", "-rnet/http", "-e", f"exit Net::HTTP.get_response(URI('{_js(url)}')).code.to_i < {limit}")
        case "php":
            if limit == 400:
                return ("php", "-r", f"exit(@file_get_contents('{_js(url)}') === false ? 1 : 0);")
            return ("php", "-r", f"exit(@fsockopen('127.0.0.1', {port}) ? 0 : 1);")
        case "bash":
            return ("bash", "-c", _bash(port, path, limit))
        case _:
            return None


def _bash(port: int, path: str, limit: int) -> str:
    good = "[23]" if limit == 400 else "[234]"
    return (
        f"exec 3<>/dev/tcp/127.0.0.1/{port} && printf 'GET {_js(path)} HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 "
        f'&& read -r _ status _ <&3 && [[ "$status" == {good}* ]]'
    )


def _js(text: str) -> str:
    """Return a path or URL without characters that would end the quoted text around it."""
    return "".join(character for character in text if character.isprintable() and character not in "'\"\\`$%\n ")
