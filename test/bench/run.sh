#!/bin/sh
# bench/beside with a peer that is no PyTorch: the table, the page, and what it says without a peer.
# usage: run.sh COMMAND BESIDE
set -u
[ $# = 2 ] || { echo "usage: run.sh COMMAND BESIDE" >&2; exit 2; }
adze=$1 beside=$2
peers=$(cd "$(dirname "$0")" && pwd)
unset ADZE_PEERS ADZE_PYTHON
python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null ||
    { echo "skipped: no python3 of 3.9 or later"; exit 77; }
[ -x "$adze" ] || { echo "skipped: no $adze"; exit 77; }
folder=$(mktemp -d) || exit 77
trap 'rm -rf "$folder"' EXIT
failures=0

fail() {
    failures=$((failures + 1))
    echo "FAILED: $*"
    cat "$folder/out" "$folder/err"
}

# run CODE ARGUMENT...: one short round, with the code it must end with.
run() {
    wanted=$1
    shift
    python3 "$beside" --adze "$adze" --rounds 1 --seconds 0.05 "$@" >"$folder/out" 2>"$folder/err"
    code=$?
    [ $code = "$wanted" ] || fail "beside $*: exit code $code instead of $wanted"
}

says() { # FILE PATTERN
    grep -Eq -e "$2" "$folder/$1" || fail "$1 has no line like: $2"
}

cat >"$folder/figures" <<'END'
mean      times 2     # fewer than the peer's two seconds will give
logistic  times 2, mib 1000
mlp-tiny  times 1e12
END

# Every workload makes a step.
for name in $("$adze" bench --list); do
    "$adze" bench "$name" --steps 1 >"$folder/out" 2>"$folder/err" || fail "bench $name --steps 1"
done

# One row reaches what is asked, one does not; eager-cl is the faster mode, compile does not run.
run 0 --peers "$peers" --figures "$folder/figures" --write "$folder/speed.md" logistic mlp-tiny
says out '^logistic .* 2000 +eager-cl +[0-9.]+ .* % +[0-9]+ +321 .* 1750 +[0-9.]+ +[0-9.]+ +- +- +- +- +times 2, mib 1000 +yes$'
says out '^mlp-tiny .* 2000 +eager-cl .* not times$'
says out '^geometric mean of 2 ratios: [0-9.]+ \(asked: times 2; reached: yes\)$'
says out '^worst row: mlp-tiny, [0-9]+'
says speed.md '^    bench/beside .*--rounds 1 --seconds 0.05 .* logistic mlp-tiny$'
says speed.md '^- processor: .+, [0-9]+ cores, 2 threads used$'
says speed.md '^- compiler: (GCC|clang) .*[0-9]'
says speed.md '^- PyTorch: 0\.0\.1; modes tried: eager, eager-cl, compile$'
says speed.md '^- date: 20[0-9]{2}-[0-9]{2}-[0-9]{2}$'
says speed.md '^\| logistic \| .* \| 2000 \| eager-cl \| .* \| 321 \| .* mib 1000 \| yes \|$'
says speed.md '^\| mlp-tiny \| .* \| not times \|$'
says speed.md '^- worst row: mlp-tiny'
rows=$(grep -c '^|' "$folder/speed.md")
[ "$rows" = 4 ] || fail "the page's table has $rows lines instead of 4"

# JAX takes part where it is asked, and only there.
echo 'logistic jax 2' >"$folder/figures.jax"
run 0 --peers "$peers" --modes eager --jax --figures "$folder/figures.jax" --write "$folder/jax.md" logistic mlp-tiny
says out '^logistic .* - +- +[0-9]{5,} +- +jax 2 +yes$'
says out '^mlp-tiny .* - +- +- +- +- +-$'
says jax.md '^- ONNX Runtime: none; JAX: 0\.0\.2$'

# A mode that does not run leaves the peer's columns empty, and says why.
run 0 --peers "$peers" --modes compile logistic
says err 'logistic: the peer in mode compile: cannot run'
says out '^logistic .* - +times'

# Without a peer: what to install, and our columns alone.
run 0 logistic
says out 'pip install torch'
says out '^logistic +[0-9.]+ +[0-9.]+ +- +- +- +- +[0-9.]+ % +[0-9]+ +- +[0-9.-]+ +- +[0-9.]+ +- +[0-9.]+ +[0-9.]+ +- +- +- +- +times .* -$'
says out '^no row was compared$'

# Where it is asked how much faster two threads are, ours runs on one too; a loop by hand is named.
echo 'logistic threads 0.1, plan 1e6
softmax-8192x1024 peak 1e-9' >"$folder/figures"
run 0 --figures "$folder/figures" logistic softmax-8192x1024
says out '^logistic .* [0-9.]+ +[0-9.]+ +[0-9.]+ +- +- +- +threads 0.1, plan 1e\+06 +yes$'
[ "$(uname -m)" != x86_64 ] || says out '^softmax-8192x1024 .* - +- +[0-9.]+ +peak 1e-09 +yes$'

# Mistakes.
run 2 no-such-row
says err "no workload 'no-such-row'"
run 2
says err '\-\-all'
echo 'logistic quick 3' >"$folder/figures"
run 1 --figures "$folder/figures" logistic
says err 'figures:1: wants'

[ $failures = 0 ] && echo "beside: all checks passed"
[ $failures = 0 ]
