#!/bin/sh
# Do the tests pass time after time on a busy machine? A loop on every core beside them:
#     tests/benchmark/steady.sh TIMES [arguments of pytest]
# Ends at the first failure. PYTHON names another Python than that of .venv-test.
set -eu
times=$1
shift
cd "$(dirname "$0")/../.."
loops=
trap 'kill $loops 2>/dev/null' EXIT
trap 'exit 130' INT TERM
for _ in $(seq "$(getconf _NPROCESSORS_ONLN)"); do
    while :; do :; done &
    loops="$loops $!"
done
for number in $(seq "$times"); do
    echo "run $number of $times"
    "${PYTHON:-.venv-test/bin/python}" -m pytest "$@"
done
