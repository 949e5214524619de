#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fuzzes one target of tests/fuzz, or all of them one after the other:
#
#   tools/fuzz.sh [-s SECONDS] TARGET|all
#
# New inputs go to build-fuzz/corpus/TARGET, what fails to build-fuzz/found.
# Afterwards the smallest set that reaches as much takes the place of
# tests/fuzz/corpus/TARGET if KEEP=1.
set -eu
cd "$(dirname "$0")/.."
seconds=600
[ "${1:-}" = -s ] && { seconds=$2; shift 2; }
[ $# = 1 ] || { sed -n '3,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ -f build-fuzz/build.ninja ] || CC=clang meson setup build-fuzz -Dfuzz=true \
    -Db_sanitize=address,undefined -Db_lundef=false -Dhardened=false \
    -Dc_args=-fsanitize=fuzzer-no-link >/dev/null
targets=$1
[ "$1" != all ] || targets=$(ls tests/fuzz/corpus)
ECLUSE_ROOT=$PWD
# files of a target that is ended before it removes them
TMPDIR=$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)/ecluse-fuzz-XXXXXX")
export ECLUSE_ROOT TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 1' HUP INT TERM

one() {
	new=build-fuzz/corpus/$1
	kept=tests/fuzz/corpus/$1
	words=tests/fuzz/$1.dict
	ninja -C build-fuzz --quiet "tests/fuzz_$1"
	mkdir -p "$new" build-fuzz/found
	set -- "build-fuzz/tests/fuzz_$1" -max_len=65536 -timeout=10 \
	    -rss_limit_mb=2048 -artifact_prefix=build-fuzz/found/"$1"-
	[ ! -f "$words" ] || set -- "$@" -dict="$words"
	"$@" -max_total_time="$seconds" -print_final_stats=1 "$new" "$kept"
	[ "${KEEP:-}" ] || return 0
	rm -rf "$new.least"
	mkdir "$new.least"
	"$@" -merge=1 "$new.least" "$kept" "$new"
	rm -rf "$kept"
	mv "$new.least" "$kept"
}

for target in $targets; do
	one "$target"
done
