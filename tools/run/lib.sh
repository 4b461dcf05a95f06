# lib: what the verbs of ./run share. Sourced by ./run; TREE is the tree's root.
# shellcheck shell=sh

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "run: $*" >&2; exit 1; }
english() { case "${LC_ALL:-${LANG:-}}" in en*) return 0 ;; *) return 1 ;; esac }

run_help() {
    say "./run demo    デモの町をつくって動かす / make the demo town and start it (--policy FILE: 別の方針の文章で / on another policy text)"
    say "./run stop    止める / stop it"
    say "./run reset   止めて消す / stop it and delete it"
    say "./run status  動いているもの / what runs"
    say "./run otp 名  デモの人の今の確認コード / current one-time code of a demo person"
    say "./run build   プログラムをつくる / build the programs (--asan, --clang)"
    say "./run web     画面をつくる / build the pages"
    say "./run check   すべての試験 / all tests (--quick, --suite NAME)"
    say "./run bench   速さを名のある相手と比べる / ratios against named peers"
    say "./run fuzz    長い乱数試験 / long fuzzing ([TARGET] [--seconds N])"
}
run_usage() {
    printf '%s\n' "run: $1 ?" >&2
    run_help >&2
    exit 2
}

# missing LIST...: names of tools/packages/LIST that are not installed. A line is "package reason".
missing() {
    for list in "$@"; do
        sed -e 's/#.*//' -e 's/[[:space:]].*//' "$TREE/tools/packages/$list"
    done | sort -u | grep . | while read -r package; do
        # Another vendor's node brings npm along; Debian's npm would clash with it.
        case $package in
        nodejs) command -v node >/dev/null 2>&1 && continue ;;
        npm) command -v npm >/dev/null 2>&1 && continue ;;
        esac
        case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true) in
        installed) ;;
        *) printf '%s ' "$package" ;;
        esac
    done
}

# need LIST...: installs what is missing, after showing it; asks unless --yes, CI or no terminal.
need() {
    lacking=$(missing "$@")
    [ -n "$lacking" ] || return 0
    command -v apt-get >/dev/null 2>&1 || { say "apt-get ?: $lacking" >&2; exit 3; }
    root=
    [ "$(id -u)" = 0 ] || root=sudo
    say "足りないパッケージ / missing packages:"
    say "  $root apt-get install --no-install-recommends $lacking"
    if [ "${YES:-}" != 1 ] && [ "${CI:-}" != true ] && [ -t 0 ]; then
        printf '入れますか / install? [y/N] '
        read -r answer
        case $answer in y | Y) ;; *) exit 3 ;; esac
    fi
    [ -z "$root" ] || command -v sudo >/dev/null 2>&1 || { say "sudo ?" >&2; exit 3; }
    mkdir -p "$TREE/build"
    DEBIAN_FRONTEND=noninteractive
    export DEBIAN_FRONTEND
    fresh=$(find /var/lib/apt/lists -name '*Packages*' -mtime -1 2>/dev/null | head -n 1)
    [ -n "$fresh" ] || $root apt-get -q -o DPkg::Lock::Timeout=300 update || exit 3
    # shellcheck disable=SC2086 # a list of names
    $root apt-get -qq -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 install \
        --no-install-recommends $lacking >"$TREE/build/apt.log" 2>&1 || {
        $root apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null 2>&1 || true
        # shellcheck disable=SC2086
        $root apt-get -qq -y -o DPkg::Lock::Timeout=300 install --no-install-recommends $lacking ||
            exit 3
    }
}

# fingerprint PATH...: one hash over names, sizes and contents.
fingerprint() {
    find "$@" -type f ! -path '*/node_modules/*' -print0 | sort -z | xargs -0 sha256sum | sha256sum |
        cut -d ' ' -f 1
}

# stamped STAMP HASH: true when build/stamp/STAMP holds HASH.
stamped() { [ "$(cat "$TREE/build/stamp/$1" 2>/dev/null || true)" = "$2" ]; }
stamp() { mkdir -p "$TREE/build/stamp" && printf '%s\n' "$2" >"$TREE/build/stamp/$1"; }

build_programs() {
    kind=${1:-release}
    make -s "$kind" >"$TREE/build/$kind.log" 2>&1 || {
        tail -n 40 "$TREE/build/$kind.log" >&2
        fail "build/$kind.log"
    }
}

build_web() {
    hash=$(fingerprint web data/pages.yaml data/messages tools/messages src/base/text/eras.def)
    if stamped web "$hash" && [ -f build/web/manifest.json ]; then return 0; fi
    if ! stamped npm "$(sha256sum <web/package-lock.json)" || [ ! -d web/node_modules ]; then
        (cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) || fail "npm ci"
        stamp npm "$(sha256sum <web/package-lock.json)"
    fi
    (cd web && node esbuild.mjs >/dev/null) || fail "web"
    stamp web "$hash"
}

# process_start PID: its start time in ticks, so that a recycled number is never mistaken for it.
process_start() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }

# running FILE: prints the pid of FILE ("PID START") when that very process lives.
running() {
    [ -f "$1" ] || return 1
    read -r pid start <"$1" || return 1
    [ -n "$start" ] && [ "$(process_start "$pid")" = "$start" ] && say "$pid"
}

remember() { printf '%s %s\n' "$1" "$(process_start "$1")" >"$2"; }

# end FILE SECONDS: asks the process of FILE to stop, kills it after SECONDS.
end() {
    pid=$(running "$1") || { rm -f "$1"; return 0; }
    kill "$pid" 2>/dev/null || true
    tries=$(($2 * 20))
    while [ $tries -gt 0 ] && running "$1" >/dev/null; do
        sleep 0.05
        tries=$((tries - 1))
    done
    running "$1" >/dev/null && kill -9 "$pid" 2>/dev/null
    rm -f "$1"
}
