# ./run reset: stops the demo and deletes var/demo.
# shellcheck shell=sh
. "$TREE/tools/run/town.sh"
[ "${1:-}" != --state ] || STATE=$2
town_stop
[ ! -e "$STATE" ] || [ -e "$STATE/demo" ] || fail "$STATE: ?"
rm -rf "$STATE" "$STATE.new"
