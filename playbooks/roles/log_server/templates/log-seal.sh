#!/bin/bash
# {{ ansible_managed }}
# Today's records can only be added to; a closed day's are compressed, listed by hash and cannot be changed or removed,
# not by the account that wrote them and not by a slip of an administrator; after {{ log_server_days }} days they go.
set -euo pipefail
shopt -s nullglob
umask 027
cd /var/log/central
today=$(date +%F) oldest=$(date -d '{{ log_server_days }} days ago' +%F)

for file in */*.log; do
  day=$(basename "$file" .log) sums=$(dirname "$file")/SHA256SUMS
  if [[ ! $day < $today ]]; then
    chattr +a "$file"
    continue
  fi
  chattr -a "$file"
  gzip -9 "$file"
  (cd "$(dirname "$file")" && sha256sum "$day.log.gz") >> "$sums"
  chattr +i "$file.gz"
  chattr +a "$sums"
done
for file in */*.log.gz; do
  if [[ $(basename "$file" .log.gz) < $oldest ]]; then
    chattr -i "$file"
    rm "$file"
  fi
done
