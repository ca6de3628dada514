#!/usr/bin/env bash
# Gets a container engine for `make prove` where there is none: Podman with what it needs, and debootstrap to make base images from.
# With root and apt-get it installs them; without, it leaves everything as it is, and the proof says what is missing.
set -eu
docker info >/dev/null 2>&1 && exit 0
missing=()
for program in podman buildah runc netavark iptables debootstrap; do
  command -v "$program" >/dev/null 2>&1 || [ -x "/usr/sbin/$program" ] || [ -x "/usr/lib/podman/$program" ] || missing+=("$program")
done
[ "${#missing[@]}" -eq 0 ] && exit 0
command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" -eq 0 ] || exit 0
echo "Installing system packages for the proofs: ${missing[*]}"
timeout 45 apt-get update -qq >/dev/null || true
DEBIAN_FRONTEND=noninteractive timeout 120 apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null || echo "They could not be installed." >&2
