#!/bin/sh
# The rows of `adze bench`, and bench/beside with peers that are no PyTorch and no JAX: the table, the page, and what it says
# without a peer.
# usage: run.sh COMMAND BESIDE
set -u
[ $# = 2 ] || { echo "usage: run.sh COMMAND BESIDE" >&2; exit 2; }
adze=$1 beside=$2
peers=$(cd "$(dirname "$0")" && pwd)
unset ADZE_PEERS ADZE_PYTHON ADZE_ISA XLA_FLAGS ATEN_CPU_CAPABILITY ONEDNN_MAX_CPU_ISA MKL_ENABLE_INSTRUCTIONS
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

# The small form of each training and inference gives what the interpreter gives; where that takes seconds, with ADZE_SOAK only.
slow='^(mlp|mlp-500|lenet|resnet20|dcgan)$'
[ -z "${ADZE_SOAK:-}" ] || slow='^$'
rows=$("$adze" bench --list | grep -Ev '^(op|layer|optimizer|sgemm|conv|gelu|softmax|layer-norm|adam)-' | grep -Ev "$slow")
"$adze" bench --check naive $rows >"$folder/out" 2>"$folder/err" || fail "a row is not what the interpreter gives"
[ "$(wc -l <"$folder/out")" = "$(echo "$rows" | wc -l)" ] || fail "not all rows were compared with the interpreter"

# One row reaches what is asked, one does not; eager-cl is the faster mode, compile does not run.
run 0 --peers "$peers" --figures "$folder/figures" --write "$folder/speed.md" logistic mlp-tiny
says out '^logistic .* 2000 +eager-cl +[0-9.]+ .* % +[0-9]+ +321 .* 1750 +[0-9.]+ +[0-9.]+ +- +- +eager [0-9]+ +times 2, mib 1000 +yes$'
says out '^mlp-tiny .* 2000 +eager-cl .* not times$'
says out '^geometric mean of 2 ratios: [0-9.]+ \(asked: times 2; reached: yes\)$'
says out '^least row: mlp-tiny, [0-9]+'
says out '^below 1: none$'
says speed.md '^    bench/beside .*--rounds 1 --seconds 0.05 .* logistic mlp-tiny$'
says speed.md '^- processor: .+, [0-9]+ cores, 2 threads used$'
says speed.md '^- compiler: (GCC|clang) .*[0-9]'
says speed.md '^- PyTorch: 0\.0\.1; modes tried: eager, eager-cl, compile, compile-cl$'
says speed.md '^- instruction set: as each finds it \(ours: [a-z0-9]+\); each takes what it finds$'
says speed.md '^- date: 20[0-9]{2}-[0-9]{2}-[0-9]{2}$'
says speed.md '^\| logistic \| .* \| 2000 \| eager-cl \| .* \| 321 \| .* mib 1000 \| yes \|$'
says speed.md '^\| mlp-tiny \| .* \| not times \|$'
says speed.md '^- least row: mlp-tiny'
rows=$(grep -c '^|' "$folder/speed.md")
[ "$rows" = 4 ] || fail "the page's table has $rows lines instead of 4"

# The best of all: JAX where it has the row, PyTorch's faster mode where it has not.
echo 'logistic times 2, torch 4' >"$folder/figures.jax"
run 0 --peers "$peers" --modes eager,eager-cl --jax --figures "$folder/figures.jax" --write "$folder/jax.md" logistic mlp-tiny
says out '^logistic .* 1000 +jax +[0-9]+ .* 111 .* eager-cl [0-9]+, eager [0-9]+ +times 2, torch 4 +yes$'
says out '^mlp-tiny .* 2000 +eager-cl .* eager [0-9]+ +- +-$'
says jax.md '^- ONNX Runtime: none; JAX: 0\.0\.2$'
says jax.md '^\| logistic \| .* \| 1000 \| jax \| .* \| eager-cl [0-9]+, eager [0-9]+ \|'

# Held to AVX2: ours, PyTorch and JAX; a line of figures for it alone.
if "$adze" bench logistic --steps 1 >/dev/null 2>&1 && ADZE_ISA=avx2 "$adze" bench logistic --steps 1 >/dev/null 2>&1; then
    printf 'logistic times 1e12\nlogistic@avx2 times 2\nlogistic@avx512 times 3\n' >"$folder/figures.isa"
    run 0 --peers "$peers" --isa avx2 --modes eager,eager-cl --jax --figures "$folder/figures.isa" --write "$folder/avx2.md" logistic
    says out '^logistic .* 5000 +jax .* eager-cl [0-9]+, eager [0-9]+ +times 2 +yes$'
    says avx2.md '^# Speed beside PyTorch, JAX and ONNX Runtime: AVX2$'
    says avx2.md '^- instruction set: AVX2 \(ours: avx2\); ADZE_ISA=avx2 ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 '
fi

# Who is not held may be the fastest, and is not the best.
python3 - "$beside" >"$folder/out" 2>"$folder/err" <<'END' || fail "the best of all counts what is not held"
import importlib.util
import sys
from importlib.machinery import SourceFileLoader

sys.dont_write_bytecode = True
spec = importlib.util.spec_from_loader("beside", SourceFileLoader("beside", sys.argv[1]))
beside = importlib.util.module_from_spec(spec)
spec.loader.exec_module(beside)
eager, far, onnx = (beside.Peer(name, None, kind, held) for name, kind, held in
                    (("eager", "torch", True), ("jax", "jax", True), ("onnx", "onnx", False)))
trial = {eager: {"median_ms": 2}, far: {"median_ms": 3}, onnx: {"median_ms": 1}}
assert beside.contenders(trial) == [eager]
took = {"rss_mib": 1, "busy": 2, "import_s": 1, "warm_s": 1, "torch": "1"}
rounds = beside.Rounds([{"median_ms": 1}], {eager: [took | {"median_ms": 2}]}, [], trial)
row = beside.beside_best(rounds)
assert (row["peer"], row["ratio"], row["torch"]) == ("eager", 2, 2), row
assert row["others"] == "onnx 1.00 (not held), jax 3.00", row
rows = [{"work": "a", "ms": 20, "busy": 1.9, "peer_busy": 1.5}, {"work": "b", "ms": 20, "busy": 1.8}]
rows.append({"work": "c", "ms": 1, "busy": 0.9})
(line,) = beside.busy_line(rows)
assert line.endswith(": ours 1.80 at least (b), the best peer 1.50 at least (a)"), line
END

# A mode that does not run leaves the peer's columns empty, and says why.
run 0 --peers "$peers" --modes compile logistic
says err 'logistic: the peer compile: cannot run'
says out '^logistic .* - +times'

# Without a peer: what to install, and our columns alone.
run 0 logistic
says out 'pip install torch'
says out '^logistic +[0-9.]+ +[0-9.]+ +- +- +- +- +[0-9.]+ % +[0-9]+ +- +[0-9.-]+ +- +[0-9.]+ +- +[0-9.]+ +[0-9.]+ +- +- +- +times .* -$'
says out '^no row was compared$'

# Where it is asked how much faster two threads are, ours runs on one too; a loop by hand is named.
echo 'logistic threads 0.1, plan 1e6
softmax-8192x1024 peak 1e-9' >"$folder/figures"
run 0 --figures "$folder/figures" logistic softmax-8192x1024
says out '^logistic .* [0-9.]+ +[0-9.]+ +[0-9.]+ +- +- +threads 0.1, plan 1e\+06 +yes$'
[ "$(uname -m)" != x86_64 ] || says out '^softmax-8192x1024 .* - +[0-9.]+ +- +peak 1e-09 +yes$'

# Mistakes.
run 2 no-such-row
says err "no workload 'no-such-row'"
run 2 --isa avx3 logistic
says err 'invalid choice'
run 2 --jax logistic
says err 'want --peers'
run 2
says err '\-\-all'
echo 'logistic quick 3' >"$folder/figures"
run 1 --figures "$folder/figures" logistic
says err 'figures:1: wants'

[ $failures = 0 ] && echo "beside: all checks passed"
[ $failures = 0 ]
