# ./run status: the processes and addresses of the demo.
# shellcheck shell=sh
. "$TREE/tools/run/town.sh"
pid=$(running "$STATE/sekishod.pid") || { say "動いていません / not running"; exit 1; }
say "sekishod $pid  $([ -e "$STATE/ready" ] && say ready || say degraded)"
ps -o pid,rss,etime,args --ppid "$pid" | cut -c 1-100
say "http://internet.localhost:$(cat "$STATE/ports")/"
