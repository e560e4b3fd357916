#!/bin/bash
# {{ ansible_managed }}
# medcloud-service hold|release|adopt <address> | list: service addresses that this centre's router holds.
# BGP announces an address exactly while it lies on svc0. `adopt` holds unless another centre announces the address.
set -euo pipefail
verb=${1:-} address=${2:-} adopted=/etc/medcloud/adopted.d

usage() { echo 'usage: medcloud-service hold|release|adopt <address> | list' >&2; exit 2; }
[[ $verb = list || $address =~ ^[0-9]+(\.[0-9]+){3}$ ]] || usage
unit="medcloud-service@$address.service"

held() { ip -o address show dev svc0 | awk '{print $4}' | grep -qxF "$address/32"; }

announced_elsewhere() {
  vtysh -c "show bgp ipv4 unicast $address/32 json" |
    jq -e '[.paths[]? | select(.aspath.string != "Local")] | length > 0' >/dev/null
}

case $verb in
  hold)
    systemctl enable --quiet --now "$unit"
    held || { echo "$address is not held: is this centre fenced?" >&2; exit 1; } ;;
  release) systemctl disable --quiet --now "$unit" ;;
  adopt)
    announced_elsewhere || "$0" hold "$address"
    mkdir -p "$adopted"
    touch "$adopted/$address" ;;
  list) ip -o address show dev svc0 | awk '$3 == "inet" {sub("/32", "", $4); print $4}' ;;
  *) usage ;;
esac
