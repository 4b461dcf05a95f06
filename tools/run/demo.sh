# ./run demo [--yes] [--fresh] [--bare] [--policy FILE]… [--state DIR] [--port-base N] [--no-build] [--programs DIR]
# Makes the model town once, starts everything on loopback, says where and as whom to log in.
# With --policy the town is made on these texts: read, bound as far as the binder is sure, nothing
# confirmed; so every duty reads "not verified" until the chief confirms it. A town that stands
# already is only given up with --fresh.
# shellcheck shell=sh
STATE=$TREE/var/demo
PORTS=18081
PROGRAMS=$TREE/build/release
BUILD=1 FRESH=0 BARE=0 POLICIES=
while [ $# -gt 0 ]; do
    case $1 in
    --yes) YES=1 ;;
    --fresh) FRESH=1 ;;
    --bare) BARE=1 ;;
    --no-build) BUILD=0 ;;
    --policy)
        [ -f "$2" ] || fail "--policy $2"
        POLICIES="$POLICIES$(realpath "$2")
"
        shift
        ;;
    --state) STATE=$2 && shift ;;
    --port-base) PORTS=$2 && shift ;;
    --programs) PROGRAMS=$2 && shift ;;
    *) run_usage "demo $1" ;;
    esac
    shift
done
. "$TREE/tools/run/town.sh"

if [ -n "$POLICIES" ] && [ $FRESH = 0 ] && [ -d "$STATE" ]; then
    fail "$STATE: もう町があります。--fresh を付けると消して作り直します / there is a town already, --fresh makes it anew"
fi
[ $FRESH = 0 ] || [ ! -e "$STATE" ] || [ -e "$STATE/demo" ] || fail "$STATE: ?"

if grep -qs 'VERSION_CODENAME=bookworm' /etc/os-release; then :; else
    say "注意: Debian 12 以外では試していません / only tried on Debian 12" >&2
fi
if [ $BUILD = 1 ]; then
    need build web demo
    mkdir -p build
    build_web &
    web=$!
    build_programs release
    wait $web || fail "web"
fi
[ $FRESH = 0 ] || town_stop
[ $FRESH = 0 ] || rm -rf "$STATE"
[ -d "$STATE" ] || town_make
if ! running "$STATE/sekishod.pid" >/dev/null; then
    [ $BARE = 1 ] || town_scanner
    town_start
fi
town_banner
