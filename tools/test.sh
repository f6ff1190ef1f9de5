#!/usr/bin/env bash
# Run the whole suite, on a PostgreSQL and a Redis of its own: nobody else's databases, roles and keys are in the way, and
# nothing waits for a disk, for what these two hold ends with the run. TEST_POSTGRES_URL and TEST_REDIS_URL name others.
set -euo pipefail
cd "$(dirname "$0")/.."

# In memory where there is room: each of some hundred databases is a copy of a thousand files.
roomy() { [ "$(df --output=avail -k "$1" 2>/dev/null | tail -1)" -gt 6000000 ] && [ "$(awk '/MemAvailable/ {print $2}' /proc/meminfo)" -gt 8000000 ]; }
if roomy /dev/shm 2>/dev/null; then scratch=$(mktemp -d -p /dev/shm); else scratch=$(mktemp -d); fi
cleanup() {
    [ -z "${redis_pid:-}" ] || kill "$redis_pid" 2>/dev/null || true
    [ -z "${pg_started:-}" ] || as_postgres "$pg_bin/pg_ctl" -D "$scratch/pg" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$scratch"
}
trap cleanup EXIT

as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
free_port() { .venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

start_postgres() {
    pg_bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
    mkdir "$scratch/pg"; [ "$(id -u)" != 0 ] || { chown postgres "$scratch" "$scratch/pg"; chmod 755 "$scratch"; }
    as_postgres "$pg_bin/initdb" -D "$scratch/pg" -A trust -U postgres -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
    for _try in 1 2 3; do  # somebody else may take the port meanwhile
        pg_port=$(free_port)
        as_postgres "$pg_bin/pg_ctl" -D "$scratch/pg" -w -t 180 -l "$scratch/pg/log" -o "-p $pg_port -c listen_addresses=127.0.0.1 \
            -c unix_socket_directories=$scratch/pg -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c autovacuum=off -c jit=off \
            -c wal_level=minimal -c max_wal_senders=0" start >/dev/null && break
    done
    pg_started=1
    export TEST_POSTGRES_URL=postgresql://postgres@127.0.0.1:$pg_port
}

start_redis() {
    redis-server --port 0 --unixsocket "$scratch/redis.sock" --save "" --appendonly no >/dev/null & redis_pid=$!
    for _try in $(seq 600); do [ -S "$scratch/redis.sock" ] && break; sleep 0.1; done
    export TEST_REDIS_URL=unix://$scratch/redis.sock
}

[ -n "${TEST_POSTGRES_URL:-}" ] || start_postgres
[ -n "${TEST_REDIS_URL:-}" ] || start_redis
unset PYTHONDONTWRITEBYTECODE  # dozens of processes are started: each of them would compile the product anew
.venv/bin/python -m pytest -n "${TEST_WORKERS:-2}" --dist loadgroup --no-loadscope-reorder "$@"
