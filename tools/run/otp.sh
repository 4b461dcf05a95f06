# ./run otp NAME: the current one-time code of a demo person.
# shellcheck shell=sh
. "$TREE/tools/run/town.sh"
[ $# -ge 1 ] || run_usage "otp"
exec "$PROGRAMS/sekisho-town" --otp "$1" --state "$STATE"
