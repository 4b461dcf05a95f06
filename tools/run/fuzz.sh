# ./run fuzz [TARGET] [--seconds N]: libFuzzer on one target or on each in turn; finds go to tests/corpus/TARGET.
# shellcheck shell=sh
seconds=60 targets=
while [ $# -gt 0 ]; do
    case $1 in
    --seconds) seconds=$2 && shift ;;
    -*) run_usage "fuzz $1" ;;
    *) targets="$targets $1" ;;
    esac
    shift
done
need build check
mkdir -p build
build_programs fuzz
[ -n "$targets" ] || targets=$(cd build/fuzz && find . -maxdepth 1 -name '*_fuzz' -type f -printf '%f ')
for target in $targets; do
    mkdir -p "build/corpus/$target" "tests/corpus/$target"
    "build/fuzz/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -close_fd_mask=1 \
        -artifact_prefix="build/corpus/$target-" "build/corpus/$target" "tests/corpus/$target" 2>&1 |
        grep -E 'ERROR|SUMMARY|Done|DONE' || true
done
