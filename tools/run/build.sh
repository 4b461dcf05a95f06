# ./run build [--asan|--clang]: the programs in build/release (or asan, clang).
# shellcheck shell=sh
need build
mkdir -p build
case ${1:-} in
'') build_programs release ;;
--asan) need check && build_programs asan ;;
--clang) need check && build_programs clang ;;
*) run_usage "build $1" ;;
esac
