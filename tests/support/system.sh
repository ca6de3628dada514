#!/usr/bin/env bash
# Makes sure of what the tests drive beside Python: Chromium, redis-server, npm, and aimock, which npm installs.
# With root and apt-get it installs what is missing; without, it says exactly what to install and stops.
set -eu
missing=()
command -v chromium >/dev/null 2>&1 || missing+=(chromium)
command -v redis-server >/dev/null 2>&1 || missing+=(redis-server)
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
here="$(cd "$(dirname "$0")" && pwd)/aimock"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/omni-architect/aimock"
if ! cmp -s "$here/package.json" "$cache/package.json" || [ ! -f "$cache/node_modules/@copilotkit/aimock/dist/cli.js" ]; then
  echo "Installing aimock for the tests into $cache"
  rm -rf "$cache"
  mkdir -p "$cache"
  install=(npm install --silent --ignore-scripts --no-package-lock --no-audit --no-fund)
  (cd "$cache" && cp "$here/package.json" . && "${install[@]}" >/dev/null) || { rm -rf "$cache"; exit 1; }
  # aimock needs Node.js 20.15; where the system has an older one, npm carries a newer
  if ! node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 15) ? 0 : 1)'; then
    case "$(uname -m)" in aarch64 | arm64) machine=arm64 ;; *) machine=x64 ;; esac
    (cd "$cache" && "${install[@]}" --no-save --prefix "$cache/node" "node-linux-$machine@22" >/dev/null) || { rm -rf "$cache"; exit 1; }
  fi
fi
