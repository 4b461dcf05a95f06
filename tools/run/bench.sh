# ./run bench [NAME]...: each bench compares with a named peer in the same run and prints ratios.
# shellcheck shell=sh
need build bench
mkdir -p build
build_programs release
names=${*:-$(cd bench && ls -d -- */ | tr -d /)}
code=0
for name in $names; do
    [ -x "bench/$name/run" ] || run_usage "bench $name"
    "bench/$name/run" || code=1
done
exit $code
