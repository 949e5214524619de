#!/bin/sh
# make run, make demo: an instance with invented people, and the story of
# Optique du Quai. tools/drill.sh run|demo FOLDER; FRESH=1 starts anew.
set -eu
cd "$(dirname "$0")/.."
exec /usr/bin/python3 tools/story.py "$1" "${2:-drill}" ${FRESH:+--fresh}
