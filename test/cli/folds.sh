#!/bin/sh
# Cross-validation by the command: each fold has its folder, the mean is that of the folds, a stopped one is gone on with.
# usage: folds.sh COMMAND
set -u
[ $# = 1 ] || { echo "usage: folds.sh COMMAND" >&2; exit 2; }
case $1 in
/*) adze=$1 ;;
*) adze=$PWD/$1 ;;
esac
[ -x "$adze" ] || { echo "no command at $adze" >&2; exit 77; }
folder=$(mktemp -d) || exit 77
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failures=0

fail() {
    failures=$((failures + 1))
    echo "FAILED: $*"
    tail -n 6 err | sed 's/^/    stderr: /'
}

awk 'BEGIN { srand(1); print "size,weight,kind"; for (i = 0; i < 90; i++) { k = i % 3; printf "%.3f,%.3f,%s\n", k + 2 * rand(), 5 - k + 2 * rand(), substr("abc", k + 1, 1) } }' >kinds.csv
cat >net.yaml <<'END'
data: {csv: kinds.csv, target: kind}
model: [{linear: {out: 8}}, relu, {linear: {out: 3}}]
train: {epochs: 20, batch: 16, optimizer: {method: adam, rate: 0.02}}
END
"$adze" train net.yaml --folds 3 --out run --json >out 2>err
if grep -qi libyaml err; then
    echo "skipped: built without libyaml"
    exit 77
fi
[ "$(grep -c '^{"event": "' out)" = "$(wc -l <out)" ] || fail "a line of --json is no event"
[ "$(grep -c '^{"event": "fold"' out)" = 3 ] || fail "not three folds"
grep '"event": "fold"' out | sed 's/.*"accuracy": {"value": \([-0-9.e+]*\).*/\1/' >values
tail -n 1 out >end
sed 's/"baselines.*//;s/.*"accuracy": {"value": \([-0-9.e+]*\), "low": \([-0-9.e+]*\), "high": \([-0-9.e+]*\), "deviation": \([-0-9.e+]*\).*/\1 \2 \3 \4/' end >said
awk 'NR == FNR { v[NR] = $1; n = NR; s += $1; next }
     { for (i = 1; i <= n; i++) d += (v[i] - s / n) ^ 2; d = sqrt(d / (n - 1))
       e = ($1 - s / n) ^ 2 + ($4 - d) ^ 2; exit !(n == 3 && e < 1e-12 && $2 <= $1 && $1 <= $3) }' values said || fail "mean and deviation are not those of the folds"

# ---- each is a run of its own, which knows its part
for i in 1 2 3; do
    "$adze" eval run/fold-$i --json >again 2>err || fail "eval of fold $i"
    [ "$(sed -n 's/"baselines.*//;s/.*"accuracy": {"value": \([-0-9.e+]*\).*/\1/p' again | head -n 1)" = "$(sed -n ${i}p values)" ] || fail "eval of fold $i differs"
done

# ---- a run that is there; one that was stopped, with and without the file
"$adze" train net.yaml --folds 3 --out run >out 2>err && fail "written over"
grep -q 'train net.yaml --out run --folds 3 --resume' err || fail "no advice"
for file in net.yaml ""; do
    rm -rf run/fold-2
    "$adze" train $file --folds 3 --out run --resume --json >out 2>err || fail "not gone on with"
    tail -n 1 out | cmp -s - end || fail "another end after --resume $file"
done
"$adze" train net.yaml --folds 4 --out run --resume >out 2>err && fail "gone on with other folds"

# ---- words
"$adze" train net.yaml --folds 2 --set train.epochs=2 >out 2>err || fail "folds without a folder"
grep -q '^fold 2 of 2, of 45 examples: ' out || fail "no line for a fold"
grep -q '^mean of 2 folds: .*accuracy [0-9.]* % (deviation' out || fail "no mean"
grep -q '^baseline, one linear layer: accuracy' out || fail "no baseline"
"$adze" train net.yaml --folds 1 >out 2>err && fail "one fold"
"$adze" train net.yaml --folds 2 --resume >out 2>err && fail "--resume without --out"

# ---- other data than the run's is measured whole, its own in parts, wherever it has moved
mkdir moved && cp kinds.csv moved && head -n 31 kinds.csv >other.csv
"$adze" train net.yaml --out one >out 2>err || fail "no training"
"$adze" eval one --data other.csv --json >out 2>err || fail "eval of other data"
grep -q '"part": "all", "count": 30,' out || fail "other data was cut"
"$adze" eval one --data moved/kinds.csv --json >out 2>err || fail "eval of data that has moved"
grep -q '"part": "test", "count": 18,' out || fail "data that has moved was not cut"

[ $failures = 0 ] || { echo "$failures failed"; exit 1; }
echo "folds are told, stored and gone on with"
