#!/bin/sh
# Python's safetensors package reads what the command stores.  ADZE_PYTHON names another Python than python3.
# usage: weights.sh COMMAND WRITE_DIGITS EXAMPLE_SOURCES
set -u
[ $# = 3 ] || { echo "usage: weights.sh COMMAND WRITE_DIGITS EXAMPLE_SOURCES" >&2; exit 2; }
python=${ADZE_PYTHON:-python3}
"$python" -c 'import safetensors.numpy' 2>/dev/null ||
    { echo "skipped: $python has no safetensors package with numpy (pip install safetensors numpy)"; exit 77; }
for program in "$1" "$2"; do
    [ -x "$program" ] || { echo "skipped: no $program"; exit 77; }
done
exec "$python" "$(dirname "$0")/weights.py" "$@"
