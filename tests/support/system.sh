#!/usr/bin/env bash
# Makes sure the system packages that the tests drive are there: Chromium and redis-server.
# With root and apt-get it installs what is missing; without, it says exactly what to install and stops.
set -eu
missing=()
command -v chromium >/dev/null 2>&1 || missing+=(chromium)
command -v redis-server >/dev/null 2>&1 || missing+=(redis-server)
[ "${#missing[@]}" -eq 0 ] && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" -eq 0 ]; then
  echo "Installing system packages for the tests: ${missing[*]}"
  apt-get update -qq >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
else
  echo "The tests need these system packages, and installing them needs root. Please run:" >&2
  echo "    sudo apt-get install -y ${missing[*]}" >&2
  exit 1
fi
