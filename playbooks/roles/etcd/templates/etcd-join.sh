#!/bin/bash
# {{ ansible_managed }}
# Before etcd starts without data: if the other members already form a cluster, this is a lost member that comes back
# empty (a new instance). It must be replaced in the cluster's list, for etcd refuses an old name without its data.
set -euo pipefail
export ETCDCTL_API=3
join=/etc/default/etcd-join peer=http://{{ instance_address }}:2380
others={{ members | rejectattr('name', 'equalto', inventory_hostname) | map(attribute='address') | map('regex_replace', '^(.*)$', 'http://\\1:2379') | join(',') }}

[ -d /var/lib/etcd/default/member ] && exit 0
rm -f "$join"
etcd() { etcdctl --endpoints="$others" --dial-timeout=2s --command-timeout=4s "$@"; }

listed=$(etcd member list 2>/dev/null) || exit 0  # no cluster yet: this is its birth
id=$(awk -F', ' -v peer="$peer" '$4 == peer {print $1}' <<< "$listed")
[ -z "$id" ] || etcd member remove "$id"
etcd member add {{ inventory_hostname }} --peer-urls="$peer"
echo ETCD_INITIAL_CLUSTER_STATE=existing > "$join"
