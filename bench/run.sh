#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make bench: the figures of docs/measurements.md, on this machine. Builds what
# is missing, then bench/report.py does the rest; --help tells its options.
set -eu
cd "$(dirname "$0")/.."
BUILD=${ECLUSE_BUILD:-build}
case "${1:-}" in
--help | -h) ;;
*)
	[ -f "$BUILD/build.ninja" ] || meson setup "$BUILD" >/dev/null
	ninja -C "$BUILD" -j2 --quiet >&2
	;;
esac
ECLUSE_ROOT=$PWD ECLUSE_BUILD=$(cd "$BUILD" && pwd) \
	exec /usr/bin/python3 bench/report.py "$@"
