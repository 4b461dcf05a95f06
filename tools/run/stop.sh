# ./run stop: stops the demo by the recorded process, never by name.
# shellcheck shell=sh
. "$TREE/tools/run/town.sh"
[ "${1:-}" != --state ] || STATE=$2
town_stop
