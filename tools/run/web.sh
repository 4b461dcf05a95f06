# ./run web: the pages in build/web.
# shellcheck shell=sh
need web
mkdir -p build
build_web
