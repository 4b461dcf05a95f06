# ./run check [--yes] [--quick] [--suite NAME]...: builds with gcc (hardened), gcc (ASan+UBSan) and clang,
# then runs all tests. The last line counts them.
# shellcheck shell=sh
quick=0 arguments=
while [ $# -gt 0 ]; do
    case $1 in
    --yes) YES=1 ;;
    --quick) quick=1 arguments="$arguments --quick" ;;
    --suite) arguments="$arguments --suite $2" && shift ;;
    *) run_usage "check $1" ;;
    esac
    shift
done
need build web demo check
mkdir -p build
build_web
build_programs asan
build_programs release
[ $quick = 1 ] || build_programs clang
# shellcheck disable=SC2086 # a list of words
exec /usr/bin/python3 tools/check $arguments
