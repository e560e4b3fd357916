#!/bin/bash
# {{ ansible_managed }}
# medcloud-fence add|remove <place> | list | apply: see defaults/main.yml of the role. State: one file per fenced place.
set -euo pipefail
state=/etc/medcloud/fenced.d places=/etc/medcloud/places here={{ place }} itself=/etc/medcloud/fenced

known() { grep -q "^$1 " "$places" || { echo "no such place: $1" >&2; exit 2; }; }

filter() {  # the kernel's set is replaced in one transaction
  {
    [ "${1:-}" = flush ] && echo 'flush set inet medcloud fenced'
    while read -r name _ networks; do
      [ -e "$state/$name" ] && echo "add element inet medcloud fenced { ${networks// /, } }"
    done < "$places"
    true
  }
}

routing() {  # an entry that is there already, or gone already, is no error
  local commands=(-c 'configure terminal')
  while read -r name asn _; do
    [ -e "$state/$name" ] && no='' || no='no '
    commands+=(-c "${no}bgp as-path access-list fenced permit _$asn\$")
  done < "$places"
  vtysh "${commands[@]}" >/dev/null
  vtysh -c 'clear bgp ipv4 unicast * soft in' >/dev/null
  for file in "$state"/*; do
    [ -e "$file" ] || continue
    asn=$(awk -v name="${file##*/}" '$1 == name {print $2}' "$places")
    vtysh -c 'show bgp as-path-access-list fenced' | grep -q "_$asn\\$"
  done
}

apply() {
  filter > /etc/medcloud/fenced.nft
  if nft list set inet medcloud fenced >/dev/null 2>&1; then filter flush | nft -f -; fi
  if [ -e "$state/$here" ]; then touch "$itself"; systemctl stop 'medcloud-service@*.service'; else rm -f "$itself"; fi
  if vtysh -c 'show version' >/dev/null 2>&1; then routing; elif [ "${1:-}" = must ]; then echo 'FRR does not answer' >&2; exit 1; fi
}

case ${1:-} in
  add) known "${2:-}"; touch "$state/$2"; sync "$state"; apply must ;;
  remove) known "${2:-}"; rm -f "$state/$2"; sync "$state"; apply must ;;
  list) ls "$state" ;;
  apply) apply ;;
  *) echo 'usage: medcloud-fence add|remove <place> | list | apply' >&2; exit 2 ;;
esac
