#!/bin/sh
# What `adze plan` says against what `adze train` then takes: peak of memory and time, on 15 files (3 without ADZE_SOAK).
# usage: plan.sh COMMAND [FILE.yaml...]   prints a line for each file; more files are measured too
#
# Memory: growth of the process over what it has before it reads data, to be told within 10 % (or 1 MB: pages of libraries
# come and go).  Time: from start to end without checkpoints, baselines included, within 20 % (or 0.5 s); asked for with ADZE_SOAK alone, on a
# machine that does nothing else.  A third try counts: the peak itself moves while other tests run.
set -u
[ $# -ge 1 ] || { echo "usage: plan.sh COMMAND [FILE.yaml...]" >&2; exit 2; }
case $1 in
/*) adze=$1 ;;
*) adze=$PWD/$1 ;;
esac
shift
[ -x "$adze" ] || { echo "no command at $adze" >&2; exit 77; }
[ -x /usr/bin/time ] || { echo "skipped: no /usr/bin/time"; exit 77; }
folder=$(mktemp -d) || exit 77
trap 'rm -rf "$folder"' EXIT
failures=0
files=

write() { # NAME, text on stdin
    cat >"$folder/$1.yaml"
    files="$files $folder/$1.yaml"
}

mlp='model: [flatten, {linear: {out: 256}}, relu, {linear: {out: 10}}]'
conv='model: [{conv: {filters: 16, kernel: 3, padding: 1}}, relu, {max_pool: {window: 2}}, {conv: {filters: 32, kernel: 3, padding: 1}}, relu, {max_pool: {window: 2}}, flatten, {linear: {out: 64}}, relu, {linear: {out: 10}}]'
awk 'BEGIN { srand(1); for (j = 0; j < 20; j++) printf "x%d,", j; print "town,y"; for (i = 0; i < 60000; i++) { s = 0; for (j = 0; j < 20; j++) { v = rand(); s += v * (j % 3 - 1); printf "%.5f,", v } printf "t%d,%.5f\n", i % 13, s } }' >"$folder/table.csv"

write mlp <<END
data: {format: digits}
$mlp
train: {epochs: 20}
END
write conv <<END
data: {format: digits, train_count: 6000, test_count: 1000}
$conv
train: {epochs: 4}
END
write table <<END
data: {format: csv, path: table.csv, target: y}
model: [{linear: {out: 128}}, relu, {linear: {out: 64}}, relu, {linear: {out: 1}}]
train: {epochs: 8, batch: 64}
END
if [ -n "${ADZE_SOAK:-}" ]; then
    write mlp_wide <<END
data: {format: digits}
model: [flatten, {linear: {out: 2048}}, relu, {linear: {out: 1024}}, relu, {linear: {out: 10}}]
train: {epochs: 2, batch: 128}
END
    write mlp_sgd <<END
data: {format: digits, validation: 0.1}
$mlp
train: {epochs: 30, batch: 32, optimizer: {method: sgd, rate: 0.05, momentum: 0.9}}
END
    write mlp_deep <<END
data: {format: digits, train_count: 5000}
model: [flatten, {repeat: {times: 8, layers: [{linear: {out: 128}}, batch_norm, relu]}}, {linear: {out: 10}}]
train: {epochs: 15, batch: 100}
END
    write conv_large_batch <<END
data: {format: digits, train_count: 4096, test_count: 1000}
$conv
train: {epochs: 6, batch: 1024}
END
    write conv_validated <<END
data: {format: digits, train_count: 5000, test_count: 1000, validation: 0.2}
$conv
train: {epochs: 5, batch: 32, schedule: {method: cosine}}
END
    write residual <<END
data: {format: digits, train_count: 2000, test_count: 500}
model:
  - conv: {filters: 16, kernel: 3, padding: 1}
  - repeat: {times: 3, layers: [{residual: {layers: [{conv: {filters: 16, kernel: 3, padding: 1, bias: false}}, batch_norm, relu, {conv: {filters: 16, kernel: 3, padding: 1, bias: false}}, batch_norm]}}, relu]}
  - global_pool
  - linear: {out: 10}
train: {epochs: 3, batch: 50}
END
    write branches <<END
data: {format: digits, train_count: 3000, test_count: 500}
model:
  - branches: {join: concat, paths: [[{conv: {filters: 8, kernel: 3, padding: 1}}], [{conv: {filters: 8, kernel: 5, padding: 2}}]]}
  - relu
  - max_pool: {window: 2}
  - flatten
  - linear: {out: 10}
train: {epochs: 8}
END
    write wide_conv <<END
data: {format: digits, train_count: 1000, test_count: 500}
model: [{conv: {filters: 64, kernel: 3, padding: 1}}, relu, {conv: {filters: 64, kernel: 3, padding: 1}}, relu, global_pool, {linear: {out: 10}}]
train: {epochs: 2}
END
    write dropout <<END
data: {format: digits, train_count: 6000}
model: [flatten, {linear: {out: 512}}, relu, {dropout: {rate: 0.5}}, {linear: {out: 512}}, relu, {dropout: {rate: 0.5}}, {linear: {out: 10}}]
train: {epochs: 12, optimizer: {method: adamw, rate: 1e-3}}
END
    write table_small <<END
data: {format: csv, path: table.csv, target: y, test_share: 0.97}
model: [{linear: {out: 16}}, tanh, {linear: {out: 1}}]
train: {epochs: 400, batch: 16}
END
    write table_class <<END
data: {format: csv, path: table.csv, target: town, validation: 0.1}
model: [{linear: {out: 256}}, relu, {linear: {out: 256}}, relu, {linear: {out: 13}}]
train: {epochs: 4, batch: 256, optimizer: {method: rmsprop, rate: 1e-3}}
END
    write augmented <<END
data: {format: digits, train_count: 4000, test_count: 1000}
augment: [{shift: {share: 0.1}}, {turn: {degrees: 10}}]
$conv
train: {epochs: 5}
END
    write gan <<END
task: gan
data: {format: blobs, layout: ring, classes: 8, size: 2, noise: 0.1, train_count: 16384, test_count: 2000, validation: 0.1}
gan: {noise: 8, penalty: 0.1}
generator: [{linear: {out: 64}}, {leaky_relu: {slope: 0.2}}, {linear: {out: 64}}, {leaky_relu: {slope: 0.2}}, {linear: {out: 2}}]
discriminator: [{linear: {out: 64}}, {leaky_relu: {slope: 0.2}}, {linear: {out: 64}}, {leaky_relu: {slope: 0.2}}, {linear: {out: 1}}]
train: {epochs: 60, batch: 256}
END
fi

"$adze" plan "$folder/mlp.yaml" --json >"$folder/said" 2>"$folder/err"
if grep -qi libyaml "$folder/err"; then
    echo "skipped: built without libyaml"
    exit 77
fi

number() { # NAME: of what plan said
    sed -n "s/.*\"$1\": \\([-0-9.e+]*\\).*/\\1/p" "$folder/said"
}

# measure FILE: a line; 1 where it is not told well.
measure() {
    "$adze" plan "$1" --json >"$folder/said" 2>"$folder/err" || { cat "$folder/err"; return 1; }
    /usr/bin/time -f '%M %e' -o "$folder/took" "$adze" train "$1" >/dev/null 2>"$folder/err" || { cat "$folder/err"; return 1; }
    read -r kilobytes seconds <"$folder/took"
    awk -v name="$(basename "$1" .yaml)" -v b="$(number bytes)" -v base="$(number base_bytes)" -v s="$(number seconds)" -v k="$kilobytes" -v t="$seconds" -v soak="${ADZE_SOAK:-}" 'BEGIN {
        said = (b - base) / 1e6; was = (k * 1024 - base) / 1e6; off = 100 * (said / was - 1); late = 100 * (s / t - 1)
        good = (off < 10 && off > -10) || (said - was < 1 && was - said < 1)
        time = !soak || (late < 20 && late > -20) || (s - t < 0.5 && t - s < 0.5)
        printf "%-18s memory %8.1f MB, was %8.1f: %+6.1f %%   time %6.2f s, was %6.2f: %+6.1f %%%s\n", name, said, was, off, s, t, late, good && time ? "" : "  MISSED"
        exit !(good && time) }'
}

for file in $files "$@"; do
    measure "$file" || measure "$file" || measure "$file" || failures=$((failures + 1))
done
[ $failures = 0 ] || { echo "$failures files were not told well"; exit 1; }
