#!/usr/bin/env bash
# Read the texts of the sources into app/translations and say which have no translation yet; see tools/translations.py.
set -euo pipefail
cd "$(dirname "$0")/.."
if left=$(.venv/bin/python -m tools.translations); then
    echo "== every text is translated"
else
    printf '== not translated yet; fill in app/translations/<language>/LC_MESSAGES/messages.po\n%s\n' "$left"
    exit 1
fi
