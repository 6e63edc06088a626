#!/bin/sh
# A training that is killed at random moments and gone on with ends with the bits of one that never was: weights,
# checkpoint and history, on pictures, a table, a GAN and a series, at 1 and 2 threads, with and without validation.  usage: kills.sh COMMAND [KILLS]
#
# KILLS of SIGKILL, 20 unless it is given or ADZE_SOAK is set (200), are spread over the trainings.  Each lets the process live for a
# random share of the time that an undisturbed training takes.
set -u
[ $# -ge 1 ] || { echo "usage: kills.sh COMMAND [KILLS]" >&2; exit 2; }
case $1 in
/*) adze=$1 ;;
*) adze=$PWD/$1 ;;
esac
kills=${2:-20}
[ -z "${ADZE_SOAK:-}" ] || kills=${2:-200}
[ -x "$adze" ] || { echo "no command at $adze" >&2; exit 77; }
folder=$(mktemp -d) || exit 77
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
case $(date +%s%N) in
*N) echo "skipped: no clock that is fine enough"; exit 77 ;;
esac

die() {
    echo "FAILED: $*"
    tail -n 5 err | sed 's/^/    stderr: /'
    ls -l killed
    exit 1
}

cat >net.yaml <<'END'
data: {format: digits, train_count: 480, test_count: 50}
model: [flatten, {linear: {out: 48}}, relu, {dropout: {rate: 0.3}}, {linear: {out: 10}}]
train:
  epochs: 12
  batch: 32
  optimizer: {method: adam, rate: 0.003}
  schedule: {method: cosine, warmup: 5}
  checkpoint: {steps: 7, keep: 3}
END
awk 'BEGIN {
    print "a,b,kind,label"
    for (i = 0; i < 400; i++)
        printf "%d,%s,%s,%s\n", i * 37 % 101, i % 7 ? i * 53 % 97 : "", i % 3 ? "red" : "green", (i * 37 % 101 > 60) ? "high" : "low"
}' >table.csv
cat >table.yaml <<'END'
data: {csv: table.csv, target: label}
model: [{linear: {out: 32}}, relu, {dropout: {rate: 0.2}}, {linear: {out: 2}}]
train:
  epochs: 40
  batch: 16
  balance: yes
  accumulate: 3
  optimizer: {method: rmsprop, rate: 0.003, momentum: 0.5}
  checkpoint: {steps: 5, keep: 3}
END
cat >game.yaml <<'END'
task: gan
data: {format: blobs, train_count: 4000, test_count: 50}
gan: {noise: 4, turns: 2, penalty: 0.1}
generator: [{linear: {out: 64}}, relu, {linear: {out: 2}}]
discriminator: [{linear: {out: 64}}, relu, {dropout: {rate: 0.1}}, {linear: {out: 1}}]
train:
  epochs: 12
  batch: 64
  checkpoint: {steps: 29, keep: 3}
END
awk 'BEGIN {
    print "time,load,heat"
    for (i = 0; i < 1200; i++)
        printf "2024-%02d-%02d %02d:00,%d,%s\n", 1 + int(i / 672), 1 + int(i / 24) % 28, i % 24, i * 37 % 101 + i % 24, i % 50 ? i * 53 % 97 : ""
}' >series.csv
cat >series.yaml <<'END'
task: forecast
data: {csv: series.csv, time: time}
forecast: {window: 24, horizon: 3, known: [time.hour], quantiles: [0.1, 0.5, 0.9]}
model: [{gru: {width: 16, outputs: last}}, {dropout: {rate: 0.2}}, {linear: {out: 18}}]
train:
  epochs: 6
  batch: 32
  checkpoint: {steps: 7, keep: 3}
END
files="net table game series"
"$adze" train net.yaml --out first >out 2>err
if [ $? = 2 ] && grep -qi 'libyaml' err; then
    echo "skipped: built without libyaml"
    exit 77
fi

# Numbers that are random enough, by a linear congruence (Park and Miller 1988).
seed=1
random() { # MOST: sets $number, from 0 to MOST - 1
    seed=$((seed * 16807 % 2147483647))
    number=$((seed / 7 % $1))
}

# begin ARGUMENTS...: goes on where there is a checkpoint, else begins.
begin() {
    if ls killed/step-*.safetensors >file 2>&1; then
        exec "$adze" train --out killed --resume --threads $threads >out 2>err
    else
        exec "$adze" train "$@" --out killed --threads $threads >out 2>err
    fi
}

compare() { # what has to be the same
    for name in model.safetensors $(cd whole && ls step-*.safetensors best-*.safetensors 2>/dev/null); do
        cmp -s whole/$name killed/$name || die "after kills, $name of $file.yaml differs"
    done
    [ "$(ls whole)" = "$(ls killed)" ] || die "other files than $(ls whole)"
    for run in whole killed; do
        sed 's/,[^,]*$//' $run/history.csv >$run.csv
        sed 's/, "seconds": [^,]*$//' $run/history.jsonl >$run.jsonl
    done
    cmp -s whole.csv killed.csv && cmp -s whole.jsonl killed.jsonl || die "after kills, the history differs: $(diff whole.csv killed.csv; diff whole.jsonl killed.jsonl)"
}

set -- $files
left=$kills trainings=0 resumed=0
while [ $left -gt 0 ]; do
    eval "file=\${$((trainings % $# + 1))}"
    threads=$((trainings / $# % 2 + 1))
    more=
    [ $((trainings / $# / 2 % 2)) = 0 ] || more="--set data.validation=0.2 --set train.early_stopping.patience=3"
    rm -rf whole killed
    began=$(date +%s%N)
    "$adze" train $file.yaml $more --out whole >out 2>err || die "exit code $? of a training"
    whole=$((($(date +%s%N) - began) / 1000000))
    goes=0
    while :; do
        begin $file.yaml $more &
        process=$!
        random $((whole + whole / 4 + 1))
        sleep "$(printf '%d.%03d' $((number / 1000)) $((number % 1000)))"
        if [ $goes = 5 ] || [ $left = 0 ] || ! kill -s KILL $process 2>/dev/null; then
            wait $process
            code=$?
            [ $code = 0 ] || die "exit code $code of a training gone on with after $goes kills"
            break
        fi
        wait $process 2>/dev/null
        left=$((left - 1))
        goes=$((goes + 1))
        ! ls killed/step-*.safetensors >file 2>&1 || resumed=$((resumed + 1))
    done
    compare
    trainings=$((trainings + 1))
done
[ $resumed -gt 0 ] || die "no kill left anything to go on from"
echo "$kills kills in $trainings trainings, $resumed of them after a checkpoint: the same bits"
