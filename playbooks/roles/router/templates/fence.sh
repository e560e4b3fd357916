#!/bin/bash
# {{ ansible_managed }}
# medcloud-fence start|stop <asn>: the work of medcloud-fence@<asn>.service, see defaults/main.yml of the role.
set -euo pipefail
verb=$1 asn=$2

case $asn in
{% for place in announcements if place.services %}
  {{ place.asn }}) networks='{{ place.networks | join(', ') }}' lines='{{ lines | selectattr('peer_asn', 'equalto', place.asn) | map(attribute='interface') | map('to_json') | join(', ') }}' ;;
{% endfor %}
  *) echo "no centre has AS $asn" >&2; exit 2 ;;
esac

filter() {
  echo "table inet fence_$asn"
  echo "delete table inet fence_$asn"
  [ "$verb" = start ] || return 0
  echo "table inet fence_$asn {"
  echo "  chain forward {"
  echo "  type filter hook forward priority filter - 10;"
  echo "  ip saddr { {{ campus_networks | join(', ') }} } ip daddr { $networks } counter drop"
  echo "  ip daddr { {{ campus_networks | join(', ') }} } ip saddr { $networks } counter drop"
  if [ -n "$lines" ]; then
    echo "  oifname { $lines } ip daddr {{ services_network }} counter drop"
    echo "  iifname { $lines } ip saddr {{ services_network }} counter drop"
  fi
  echo '  }'
  echo '}'
}

routing() {  # FRR takes an entry that is there already, and the removal of one that is not
  local no=''
  [ "$verb" = start ] || no='no '
  vtysh -c 'configure terminal' -c "${no}bgp as-path access-list FENCED permit _$asn\$" >/dev/null 2>&1 || [ "$verb" = stop ]
  vtysh -c 'clear bgp ipv4 unicast * soft in' >/dev/null
}

filter | nft -f -
if [ "$verb $asn" = "start {{ asn }}" ]; then systemctl stop 'medcloud-service@*.service'; fi
if systemctl is-active -q frr; then routing; fi
# What was not released for good is this centre's still: without this, services that did not move would stay down.
if [ "$verb $asn" = "stop {{ asn }}" ]; then
  shopt -s nullglob
  for unit in /etc/systemd/system/multi-user.target.wants/medcloud-service@*.service; do
    systemctl start --no-block "${unit##*/}" || true  # a router that shuts down starts nothing
  done
fi
