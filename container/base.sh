#!/usr/bin/env bash
# Makes a root file system that stands in for node:22-slim where no container registry can be reached: Debian's minimal
# system from this machine's own package mirror, the Node 22 binary and npm from the npm registry, and the user node.
#
#   container/base.sh OUT.tar          then: docker import OUT.tar nanoclaw-base:latest
#
# Exit codes: 0 made, 1 failed, 2 wrong usage, 3 this machine lacks something (the message names the one command).
set -euo pipefail

fail() {
  printf 'base.sh: %s\n' "$2" >&2
  exit "$1"
}

[ $# -eq 1 ] || fail 2 'usage: container/base.sh OUT.tar'
out=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# shellcheck source=/dev/null
. /etc/os-release 2>/dev/null || true
[ "${ID:-}" = debian ] || fail 3 'this is not Debian, so there is no package mirror to build from; run: docker pull node:22-slim'
command -v mmdebstrap >/dev/null || fail 3 'mmdebstrap is missing; run: apt-get install -y mmdebstrap uidmap'
command -v npm >/dev/null || fail 3 'npm is missing; run: apt-get install -y npm'

case "$(dpkg --print-architecture)" in
  amd64) cpu=x64 ;;
  arm64) cpu=arm64 ;;
  *) fail 3 "there is no Node 22 for $(dpkg --print-architecture); run: docker pull node:22-slim" ;;
esac

# Only what apt knows to be Debian's own archive of this release: other vendors' sources have no place in the image.
sources=$(apt-get indextargets --format '$(ORIGIN)|$(REPO_URI)|$(RELEASE)' 'Identifier: Packages' 'Component: main' |
  awk -F'|' -v name="$VERSION_CODENAME" \
    '$1 == "Debian" && ($3 == name || $3 == name "-updates" || $3 == name "-security") { print "deb " $2 " " $3 " main" }' |
  sort -u)
[ -n "$sources" ] || fail 3 "apt has no list of Debian $VERSION_CODENAME; run: apt-get update"

# How this machine reaches its mirror (a proxy, a frozen snapshot) holds for the image's own apt-get too.
options=()
for key in Acquire::http::Proxy Acquire::https::Proxy Acquire::Check-Valid-Until Acquire::Check-Date; do
  while IFS= read -r line; do
    [ -n "$line" ] && options+=("--aptopt=$line")
  done < <(apt-config dump "$key" | awk '$2 != "\"\";"')
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Where mmdebstrap is not root it works as another user of its own namespace, who must be able to read this.
chmod 755 "$work"

printf 'fetching Node 22 for %s\n' "$cpu"
cp "$here/base/package.json" "$here/base/package-lock.json" "$work/"
(cd "$work" && npm ci --os=linux --cpu="$cpu" --ignore-scripts --no-audit --no-fund --loglevel=error)
export NANOCLAW_BASE_NODE="$work/node_modules/node-linux-$cpu/bin/node"
export NANOCLAW_BASE_NPM="$work/node_modules/npm"

printf 'making Debian %s\n' "$VERSION_CODENAME"
# The hooks run outside the new system; its root is their first argument.
mmdebstrap --variant=minbase --include=ca-certificates "${options[@]}" \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --customize-hook='install -D -m 755 "$NANOCLAW_BASE_NODE" "$1/usr/local/bin/node"' \
  --customize-hook='mkdir -p "$1/usr/local/lib/node_modules" && cp -R "$NANOCLAW_BASE_NPM" "$1/usr/local/lib/node_modules/npm"' \
  --customize-hook='chown -R 0:0 "$1/usr/local/lib/node_modules"' \
  --customize-hook='ln -s ../lib/node_modules/npm/bin/npm-cli.js "$1/usr/local/bin/npm"' \
  --customize-hook='ln -s ../lib/node_modules/npm/bin/npx-cli.js "$1/usr/local/bin/npx"' \
  --customize-hook='chroot "$1" groupadd --gid 1000 node' \
  --customize-hook='chroot "$1" useradd --uid 1000 --gid node --shell /bin/bash --create-home node' \
  "$VERSION_CODENAME" "$out" - <<<"$sources"
