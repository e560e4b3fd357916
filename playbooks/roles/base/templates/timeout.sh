# {{ ansible_managed }}
TMOUT={{ baseline.idle_timeout_minutes * 60 }}
readonly TMOUT
export TMOUT
