# town: making, starting, stopping the demo town in $STATE. Sourced by the verbs that need it.
# shellcheck shell=sh
STATE=${STATE:-$TREE/var/demo}
PROGRAMS=${PROGRAMS:-$TREE/build/release}
PORTS=${PORTS:-18081}

# As root the town runs as the owner of the tree (65534 when that is root too), when that one can
# reach the programs; else as it is.
town_user() {
    [ "$(id -u)" = 0 ] || return 0
    owner=$(stat -c %u "$TREE")
    [ "$owner" != 0 ] || owner=65534
    if setpriv --reuid "$owner" --regid "$owner" --clear-groups test -x "$PROGRAMS/sekishod" \
        2>/dev/null; then
        say "$owner"
    fi
}

as_town_user() {
    if [ -n "${TOWN_USER:-}" ]; then
        setpriv --reuid "$TOWN_USER" --regid "$TOWN_USER" --clear-groups "$@"
    else
        "$@"
    fi
}

# The same for what goes on running: in the background this shell becomes the program, so that $! is
# its number and no shell keeps the caller's output open.
town_spawn() {
    if [ -n "${TOWN_USER:-}" ]; then
        exec setsid setpriv --reuid "$TOWN_USER" --regid "$TOWN_USER" --clear-groups "$@"
    fi
    exec setsid "$@"
}

town_owned() { [ -z "${TOWN_USER:-}" ] || chown -R "$TOWN_USER:$TOWN_USER" "$1"; }

port_free() { ! grep -qi ":$(printf '%04X' "$1") 00000000:0000 0A" /proc/net/tcp; }

town_ports() {
    base=$PORTS
    while ! { port_free "$base" && port_free $((base + 1)) && port_free $((base + 2)); }; do
        base=$((base + 10))
        [ $base -lt 65000 ] || fail "ports"
    done
    say "$base"
}

# The town is made beside its place and renamed last: half a town never stands there.
town_make() {
    TOWN_USER=$(town_user)
    mkdir -p "$(dirname "$STATE")"
    rm -rf "$STATE.new"
    mkdir -m 0700 "$STATE.new"
    town_owned "$STATE.new"
    as_town_user "$PROGRAMS/sekisho-town" --state "$STATE.new" --data "$TREE/data" \
        --town "$TREE/data/demo/town.yaml" >/dev/null || fail "sekisho-town"
    town_policy "$STATE.new/cored/policy"
    mv "$STATE.new" "$STATE"
}

# The town's policy, read into clauses; cored takes it in at its first start. The model's bindings are
# confirmed; other texts ($POLICIES, one a line) come without any.
town_policy() {
    as_town_user mkdir -m 0700 "$1"
    if [ -z "${POLICIES:-}" ]; then
        for document in basic standard; do
            town_read "$TREE/data/policy/model_town/$document.md" "$1/$document.json"
        done
        as_town_user cp "$TREE/data/policy/model_town/bind.yaml" "$1/bind.yaml"
        return
    fi
    number=0
    printf '%s' "$POLICIES" | while read -r file; do
        number=$((number + 1))
        town_read "$file" "$1/$number.json"
    done
}

# town_read FILE JSON: findings (exit code 1) are for a person to look at, not a failure.
town_read() {
    code=0
    as_town_user "$PROGRAMS/sekisho" policy read "$1" -o "$2" || code=$?
    [ $code -le 1 ] || fail "sekisho policy read $1"
}

town_settings() {
    base=$(town_ports)
    say "$base" >"$STATE/ports"
    {
        say "sekisho: config/1"
        say "node: {name: n1}"
        say "listen:"
        say "  - {portal: internet, address: \"127.0.0.1:$base\", host: \"internet.localhost:$base\"}"
        say "  - {portal: lgwan, address: \"127.0.0.1:$((base + 1))\", host: \"lgwan.localhost:$((base + 1))\"}"
        say "  - {portal: mynumber, address: \"127.0.0.1:$((base + 2))\", host: \"mynumber.localhost:$((base + 2))\"}"
        say "ledger: {origin: demo.sekisho.invalid/n1/1}"
        if [ -S "$STATE/clamd/socket" ]; then
            say "gate: {spool_bytes: \"${SPOOL_BYTES:-8589934592}\", clamd: \"$STATE/clamd/socket\"}"
        else
            say "gate: {spool_bytes: \"${SPOOL_BYTES:-8589934592}\"}"
        fi
    } >"$STATE/sekisho.yaml"
}

# The real clamd with one own signature: the digest of the standard test string (68 bytes).
town_scanner() {
    clamd=$(command -v clamd || true)
    [ -n "$clamd" ] || [ ! -x /usr/sbin/clamd ] || clamd=/usr/sbin/clamd
    [ -n "$clamd" ] || return 0
    TOWN_USER=$(town_user)
    mkdir -p "$STATE/clamd/db"
    say '44d88612fea8a8f36de82e1278abb02f:68:Sekisho.Test.EICAR' >"$STATE/clamd/db/sekisho.hdb"
    {
        say "Foreground yes"
        say "LocalSocket $STATE/clamd/socket"
        say "FixStaleSocket yes"
        say "DatabaseDirectory $STATE/clamd/db"
        say "LogFile $STATE/clamd/log"
        say "StreamMaxLength 2000M"
        say "MaxFileSize 2000M"
        say "MaxScanSize 2000M"
        say "AlertExceedsMax yes"
        say "AlertEncrypted yes"
        say "MaxThreads 4"
    } >"$STATE/clamd/clamd.conf"
    town_owned "$STATE/clamd"
    end "$STATE/clamd.pid" 5
    rm -f "$STATE/clamd/socket"
    town_spawn "$clamd" --config-file "$STATE/clamd/clamd.conf" \
        >>"$STATE/clamd/out" 2>&1 </dev/null &
    remember $! "$STATE/clamd.pid"
    town_wait "$STATE/clamd/socket" 100 || say "clamd: $STATE/clamd/log" >&2
}

# town_wait FILE TENTHS: until FILE is there.
town_wait() {
    tries=$(($2 * 2))
    while [ ! -e "$1" ] && [ $tries -gt 0 ]; do
        sleep 0.05
        tries=$((tries - 1))
    done
    [ -e "$1" ]
}

town_start() {
    TOWN_USER=$(town_user)
    rm -f "$STATE/ready"
    town_settings
    town_spawn "$PROGRAMS/sekishod" --state "$STATE" --data "$TREE/data" \
        --programs "$PROGRAMS" --web "$TREE/build/web" --config "$STATE/sekisho.yaml" --demo \
        >>"$STATE/log" 2>&1 </dev/null &
    remember $! "$STATE/sekishod.pid"
    town_wait "$STATE/ready" 300 || {
        tail -n 20 "$STATE/log" >&2
        fail "$STATE/log"
    }
    # The key as the operator saw it at the first start: what `sekisho ledger verify` trusts here.
    [ -f "$STATE/ledger.trust" ] || {
        sed 's/^/log /' "$STATE/ledgerd/log/vkey"
        say "quorum none"
    } >"$STATE/ledger.trust"
}

town_stop() {
    end "$STATE/sekishod.pid" 15
    end "$STATE/clamd.pid" 5
}

town_banner() {
    base=$(cat "$STATE/ports")
    state=${STATE#"$TREE/"}
    if english; then
        say "Sekisho demo: the fictional town of Sekino is running (stop: ./run stop)"
        inside=internet within=LGWAN closed="My Number"
    else
        say "関所 デモ: 架空の「関乃町」が動いています (停止 ./run stop)"
        inside=インターネット接続系 within=LGWAN接続系 closed=マイナンバー利用事務系
    fi
    say "  http://internet.localhost:$base/   $inside"
    say "  http://lgwan.localhost:$((base + 1))/      $within"
    say "  http://mynumber.localhost:$((base + 2))/   $closed"
    say ""
    as_table "$STATE/logins.txt"
    say ""
    if english; then
        say "Three things to try:"
        say "  1 as sato, drop $state/samples/案内.docx on the internet portal"
        say "  2 as yamazaki, log in to the LGWAN portal, see what was removed, approve; as sato, take it"
        say "  3 build/release/sekisho ledger verify $state/ledgerd/log"
    else
        say "三つの試し:"
        say "  1 佐藤(sato)で外側の入り口に $state/samples/案内.docx を置く"
        say "  2 山﨑(yamazaki)で内側に入り、取り除かれたものを見て承認し、佐藤で受け取る"
        say "  3 build/release/sekisho ledger verify $state/ledgerd/log"
    fi
}

# One line per login of the JSON lines in $1; the one-time code comes from `./run otp NAME`.
as_table() {
    /usr/bin/python3 - "$1" <<'PY'
import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    p = json.loads(line)
    print(f'  {p["login"]:<11} {p["password"]:<20} {p["totp"]}  {p["name"]} {p["post"]}   (./run otp {p["login"]})')
PY
}
