#!/bin/sh
# Installs the Debian packages of tools/packages.txt that are missing or older
# than asked for. Needs root only when something is missing, and says so.
# A program that stands in PATH by other means (node, npm) counts as there.
set -eu
cd "$(dirname "$0")"
[ -r /etc/debian_version ] || {
	echo "packages: this is not Debian: see docs/dependencies.md" >&2
	exit 0
}
missing=
while read -r name least; do
	case "$name" in '#'* | '') continue ;; esac
	case "$name" in
	nodejs) command -v node >/dev/null 2>&1 && continue ;;
	npm) command -v npm >/dev/null 2>&1 && continue ;;
	esac
	have=$(dpkg-query -W -f '${db:Status-Abbrev}${Version}' "$name" 2>/dev/null || true)
	case "$have" in
	ii*) dpkg --compare-versions "${have#ii }" ge "$least" && continue ;;
	esac
	missing="$missing $name"
done <packages.txt
[ -n "$missing" ] || exit 0
echo "packages: installing with root's rights:$missing"
run=
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null 2>&1 || {
		echo "packages: become root and run: apt-get install$missing" >&2
		exit 1
	}
	run=sudo
fi
$run apt-get update -qq
# shellcheck disable=SC2086
$run env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
	--no-install-recommends $missing >/dev/null
