#!/usr/bin/env bash
# Run the whole suite. PostgreSQL and Redis on their usual local ports are used when they answer;
# otherwise private ones are started for this run and stopped at its end.
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
cleanup() {
    [ -z "${redis_pid:-}" ] || kill "$redis_pid" 2>/dev/null || true
    [ -z "${pg_data:-}" ] || as_postgres "$pg_bin/pg_ctl" -D "$pg_data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$scratch"
}
trap cleanup EXIT

as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
free_port() { .venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

export TEST_POSTGRES_URL=${TEST_POSTGRES_URL:-postgresql://postgres@127.0.0.1:5432}
if ! .venv/bin/python -c "import psycopg; psycopg.connect('$TEST_POSTGRES_URL/postgres', connect_timeout=3)" 2>/dev/null; then
    pg_bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1); pg_data=$scratch/pg; port=$(free_port)
    mkdir -p "$pg_data"; [ "$(id -u)" != 0 ] || { chown postgres "$scratch" "$pg_data"; chmod 755 "$scratch"; }
    as_postgres "$pg_bin/initdb" -D "$pg_data" -A trust -U postgres -E UTF8 --locale=C.UTF-8 >/dev/null
    as_postgres "$pg_bin/pg_ctl" -D "$pg_data" -w -l "$pg_data/log" \
        -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$pg_data -c fsync=off" start >/dev/null
    export TEST_POSTGRES_URL=postgresql://postgres@127.0.0.1:$port
    echo "   private PostgreSQL on port $port"
fi

export TEST_REDIS_URL=${TEST_REDIS_URL:-redis://127.0.0.1:6379/7}
if ! .venv/bin/python -c "import redis; redis.Redis.from_url('$TEST_REDIS_URL').ping()" 2>/dev/null; then
    port=$(free_port)
    redis-server --bind 127.0.0.1 --port "$port" --save "" --appendonly no >/dev/null & redis_pid=$!
    export TEST_REDIS_URL=redis://127.0.0.1:$port/7
    echo "   private Redis on port $port"
fi

.venv/bin/python -m pytest -n "${TEST_WORKERS:-2}" --dist loadgroup "$@"
