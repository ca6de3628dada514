#!/usr/bin/env bash
# Makes sure of what the tests drive beside Python: Chromium, redis-server, Node.js with npm, and aimock, which npm installs.
# With root and apt-get it installs what is missing; without, it says exactly what to install and stops.
set -eu
missing=()
command -v chromium >/dev/null 2>&1 || missing+=(chromium)
command -v redis-server >/dev/null 2>&1 || missing+=(redis-server)
command -v node >/dev/null 2>&1 || missing+=(nodejs)
command -v npm >/dev/null 2>&1 || missing+=(npm)
if [ "${#missing[@]}" -gt 0 ]; then
  if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" -eq 0 ]; then
    echo "Installing system packages for the tests: ${missing[*]}"
    apt-get update -qq >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
  else
    echo "The tests need these system packages, and installing them needs root. Please run:" >&2
    echo "    sudo apt-get install -y ${missing[*]}" >&2
    exit 1
  fi
fi
if ! node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 18 ? 0 : 1)'; then
  echo "The tests need Node.js 18 or newer; found $(node --version). Please install a newer nodejs." >&2
  exit 1
fi
here="$(cd "$(dirname "$0")" && pwd)/aimock"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/omni-architect/aimock"
if ! cmp -s "$here/package.json" "$cache/package.json" || [ ! -f "$cache/node_modules/@copilotkit/aimock/dist/cli.js" ]; then
  echo "Installing aimock for the tests into $cache"
  rm -rf "$cache"
  mkdir -p "$cache"
  (cd "$cache" && cp "$here/package.json" . && npm install --silent --ignore-scripts --no-package-lock --no-audit --no-fund >/dev/null) || { rm -rf "$cache"; exit 1; }
fi
