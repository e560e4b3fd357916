# make demo   set everything up, provision the Xiamen hospital in the lab, drill a failover, print the proof
# make test   set everything up, run every test (unit, engines, lab)
# make check  format, lint, types, layers, unit tests (the fast inner loop)
.DEFAULT_GOAL := help
.PHONY: help demo test check kill-matrix split-brain bench-loss detection-sweep bench-dr setup engine packages clean

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

# What a fresh Debian 12 needs; on the lab's machines the roles install, never this list. PostgreSQL is for tests of several
# drill workers: a server of their own, so Debian's is not started.
PACKAGES := python3-venv python3-dev build-essential mmdebstrap iproute2 nftables ethtool openssh-client e2fsprogs \
            util-linux procps libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk poppler-utils postgresql \
            qemu-utils

help:
	@sed -n 's/^# //p' $(MAKEFILE_LIST) | head -3

packages:
	@missing=$$(for p in $(PACKAGES); do dpkg-query -W -f '$${db:Status-Status}' $$p 2>/dev/null | grep -qx installed || echo $$p; done); \
	if [ -n "$$missing" ]; then \
	  [ "$$(id -u)" = 0 ] || { echo "error: these packages are missing: $$missing"; echo "  do: run make as root, or install them"; exit 1; }; \
	  [ -e /etc/postgresql-common/createcluster.conf ] || { mkdir -p /etc/postgresql-common; \
	    echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf; }; \
	  echo "installing $$missing"; apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends \
	    -o Dpkg::Options::=--force-confold $$missing >/dev/null; \
	fi

setup: packages $(VENV)/ready

$(VENV)/ready: pyproject.toml
	@echo "installing the Python environment"
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install -q -e '.[dev]'
	@touch $@

# Built once, before anything has to wait for it.
engine: setup
	@$(BIN)/medcloud doctor --prepare

demo: engine
	$(BIN)/medcloud demo xiamen

check: engine
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -m "not lab and not engine" -n auto

test: check
	$(BIN)/pytest -q -m "engine and not lab" -n auto
	$(BIN)/pytest -q -m lab --timeout 3600

# Benchmarks and proofs of drills; tables go to stdout (benchmarks/README.md).
kill-matrix: engine
	$(BIN)/python -m benchmarks.kill_matrix xiamen

# SEEDS=1-100 LABS=2: as many random fault schedules, about 40 s each, shared by two labs; a second call goes on where the
# first was interrupted
split-brain: engine
	$(BIN)/python -m benchmarks.split_brain --seeds $(or $(SEEDS),1-10) --labs $(or $(LABS),1) --careless

# An unplanned centre loss, second by second, and what a shorter detection costs in false alarms
bench-loss: engine
	$(BIN)/python -m benchmarks.centre_loss --runs $(or $(RUNS),5)

detection-sweep: engine
	$(BIN)/python -m benchmarks.detection_sweep --repeats $(or $(REPEATS),3)

bench-dr: engine
	$(BIN)/python -m benchmarks.drill_overhead

clean:
	rm -rf $(VENV) build *.egg-info
