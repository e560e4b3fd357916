#!/bin/bash
# {{ ansible_managed }}
# medcloud-service hold <address> [token] | release <address> | see <address> <token> | may <address> | adopt <address>
#                  tokens <address> | list
# Service addresses that this centre's router holds. BGP announces an address exactly while it lies on svc0.
# An address is held with a fencing token and never with one older than the newest seen here: `see` tells a newer one and
# lets go of what is held with an older. `may` says whether the unit may start. `adopt` holds unless another announces it.
set -euo pipefail
verb=${1:-} address=${2:-} token=${3:-0}
adopted=/etc/medcloud/adopted.d seen=/var/lib/medcloud/service

usage() { echo 'usage: medcloud-service hold|release|see|may|adopt|tokens <address> [token] | list' >&2; exit 2; }
[[ $verb = list || $address =~ ^[0-9]+(\.[0-9]+){3}$ ]] || usage
[[ $token =~ ^[0-9]+$ ]] || usage
unit="medcloud-service@$address.service"

held() { ip -o address show dev svc0 | awk '{print $4}' | grep -qxF "$address/32"; }
known() { cat "$seen/$address.$1" 2>/dev/null || echo 0; }
keep() { # <newest|held> <token>: whole or not at all, and on the disk before anything follows from it
  echo "$2" > "$seen/$address.$1.new"
  sync "$seen/$address.$1.new"
  mv "$seen/$address.$1.new" "$seen/$address.$1"
}
enabled() { [ -e "/etc/systemd/system/multi-user.target.wants/$unit" ]; }
# Nothing is asked of systemd where nothing is held, and never the reload of all its units: failovers wait for this.
let_go() {
  ! enabled || systemctl disable --quiet --no-reload "$unit"
  ! held && ! systemctl is-active --quiet "$unit" || systemctl stop "$unit"
}

announced_elsewhere() {
  vtysh -c "show bgp ipv4 unicast $address/32 json" |
    jq -e '[.paths[]? | select(.aspath.string != "Local")] | length > 0' >/dev/null
}

mkdir -p "$seen"
# `may` runs inside `hold`, which has the lock
[[ $verb = may || $verb = adopt ]] || { exec 9> "$seen/lock"; flock 9; }
newest=$(known newest)

case $verb in
  hold)
    ((token >= newest)) || { echo "$address: token $token is older than $newest, which was seen here" >&2; exit 3; }
    keep held "$token"
    keep newest "$token"
    systemctl enable --quiet --no-reload "$unit"
    systemctl start "$unit"
    held || { echo "$address is not held: is this centre fenced?" >&2; exit 1; } ;;
  release) let_go ;;
  see)
    ((token <= newest)) || keep newest "$token"
    (($(known held) >= $(known newest))) || let_go ;;
  may) (($(known held) >= newest)) || { echo "$address: held with token $(known held), $newest was seen" >&2; exit 3; } ;;
  adopt)
    announced_elsewhere || "$0" hold "$address" "$newest"
    mkdir -p "$adopted"
    touch "$adopted/$address" ;;
  tokens) echo "{\"newest\": $newest, \"held\": $(known held)}" ;;
  list) ip -o address show dev svc0 | awk '$3 == "inet" {sub("/32", "", $4); print $4}' ;;
  *) usage ;;
esac
