# SPDX-License-Identifier: Apache-2.0
# The same names everywhere; each target sets up what it needs.
#
#   make run      everything: install, build, invented people, start, the story
#   make demo     the story of `run`, then exit
#   make build    the programs, in build/
#   make check    every test; ends with "N passed, N failed"
#   make bench    the figures of docs/measurements.md, on this machine
#   make soak     an instance under mixed load for SECONDS (3600): nothing grows
#   make sabotage N=numbers: leaves checks out, and attacks must succeed
#   make fuzz     T=name or all: a target of tests/fuzz, S=600 seconds each
#   make tcb      lines of the trusted path, neither blank nor comment
#   make coverage branches of permit, count and journal; ALL=1 lists each
#
# FRESH=1 makes `run` and `demo` start with a new instance; DRILL=folder says
# where the instance and its people are kept (default: drill/).

DRILL ?= drill
NINJA ?= ninja

.PHONY: run demo build build-asan build-clang check check-long bench tcb coverage fuzz \
	sabotage soak \
	packages node clean

packages:
	@tools/packages.sh

node: packages
	@tools/node_setup.sh

build/build.ninja: | packages
	@meson setup build >/dev/null

build: packages build/build.ninja
	@$(NINJA) -C build -j2 --quiet

build-asan: packages
	@test -f build-asan/build.ninja || meson setup build-asan \
	    -Db_sanitize=address,undefined -Db_lundef=false \
	    -Dhardened=false >/dev/null
	@$(NINJA) -C build-asan -j2 --quiet

build-clang: packages
	@test -f build-clang/build.ninja || CC=clang meson setup build-clang \
	    -Dwerror=true >/dev/null
	@$(NINJA) -C build-clang -j2 --quiet

run: build
	@tools/drill.sh run $(DRILL)

demo: build
	@tools/drill.sh demo $(DRILL)

check: build build-asan build-clang node
	@/usr/bin/python3 tests/run.py

check-long: build build-asan node
	@/usr/bin/python3 tests/run.py --long

bench: build
	@bench/run.sh

soak: build
	@ECLUSE_BUILD=build bench/soak.py --seconds $(or $(SECONDS),3600)

sabotage: build node
	@ECLUSE_BUILD=build ECLUSE_LONG=1 /usr/bin/python3 \
	    tests/attack/test_sabotage.py $(N)

fuzz: packages
	@tools/fuzz.sh -s $(or $(S),600) $(or $(T),all)

tcb: build
	@tools/tcb.py $(firstword $(wildcard build/ecluse-keeper-apart) \
	    build/ecluse-keeper)

# gcc's counters; gcov comes with the compiler.
coverage: build
	@test -f build-cov/build.ninja || meson setup build-cov \
	    -Db_coverage=true -Db_ndebug=true -Dhardened=false \
	    -Doptimization=0 >/dev/null
	@$(NINJA) -C build-cov -j2 --quiet
	@tools/coverage.py build-cov $(if $(ALL),--all)

clean:
	@rm -rf build build-asan build-clang build-sabotage
