#!/bin/sh
# Every command that a message of adze tells a person to run is run, and makes nothing worse.
# usage: remedies.sh COMMAND REMEDIES.DEF WRITE_DIGITS
#
# Messages print such commands on lines of their own, four spaces in. Each is run by a shell, in a copy of the folder that
# the message spoke of, whose name needs quoting; it has to end well, and where it trains, its accuracy may be no lower
# than it was. At the end every row of the table has been run.
set -u
[ $# = 3 ] || { echo "usage: remedies.sh COMMAND REMEDIES.DEF WRITE_DIGITS" >&2; exit 2; }
case $3 in
/*) write_digits=$3 ;;
*) write_digits=$PWD/$3 ;;
esac
case $1 in
/*) adze=$1 ;;
*) adze=$PWD/$1 ;;
esac
case $2 in
/*) table=$2 ;;
*) table=$PWD/$2 ;;
esac
[ -x "$adze" ] || { echo "no command at $adze" >&2; exit 77; }
top=$(mktemp -d) || exit 77
trap 'rm -rf "$top"' EXIT
mkdir "$top/it's here" "$top/bin" && cd "$top/it's here" || exit 1
ln -s "$adze" "$top/bin/my adze"
adze="$top/bin/my adze"
: >"$top/executed"
failures=0

fail() {
    failures=$((failures + 1))
    echo "FAILED: $*"
    tail -n 6 "$top/err" | sed 's/^/    stderr: /'
}

"$adze" train --set train.epochs=1 --set data.train_count=1 --set data.test_count=1 >out 2>"$top/err"
if [ $? = 2 ] && grep -qi 'libyaml' "$top/err"; then
    echo "skipped: built without libyaml"
    exit 77
fi
rm -f out

# accuracy FILE: of its last line, in hundredths of a percent; 0 where there is none.
accuracy() {
    found=$(sed -n 's/^test accuracy \([0-9]*\)\.\([0-9]*\) %$/\1\2/p' "$1" | tail -n 1)
    echo "${found:-0}" | sed 's/^0*\(.\)/\1/'
}

# heed LEAST COMMAND: runs a printed command in a copy of this folder.
heed() {
    rm -rf "$top/copy" && mkdir "$top/copy" && cp -r . "$top/copy/it's here"
    printf '%s\n' "$2" >>"$top/executed"
    (cd "$top/copy/it's here" && sh -c "$2") >"$top/heeded" 2>"$top/err"
    code=$?
    [ $code = 0 ] || { fail "exit code $code of advice: $2"; return; }
    case $2 in
    *" train "*)
        [ "$(accuracy "$top/heeded")" -ge "$1" ] ||
            fail "accuracy $(accuracy "$top/heeded") instead of $1 by advice: $2"
        ;;
    esac
}

# try CODE LEAST ARGUMENTS...: runs the command, and then whatever it advises.  LEAST is the accuracy that advice has to
# reach, in hundredths of a percent; "same": that of this run.
try() {
    wanted=$1 least=$2
    shift 2
    "$adze" "$@" >"$top/out" 2>"$top/err"
    code=$?
    [ $code = "$wanted" ] || fail "adze $*: exit code $code instead of $wanted"
    [ "$least" != same ] || least=$(accuracy "$top/out")
    cat "$top/out" "$top/err" >"$top/said"
    sed -n 's/^    //p' "$top/said" | grep -F "my adze'" | sed -e "s/ IMAGE\$/ one.pgm/" -e "s/ COLUMN\$/ kind/" -e "s/ DIR\$/ 'moved data'/" >"$top/advice"
    [ -s "$top/advice" ] || fail "adze $*: no advice"
    while IFS= read -r advice <&3; do
        heed "$least" "$advice"
    done 3<"$top/advice"
}

# says WORDS: the last try printed them.
says() {
    grep -q -e "$1" "$top/said" || fail "no '$1'"
}

{
    printf 'P2 28 28 255\n'
    awk 'BEGIN { for (i = 0; i < 784; i++) print (i % 28 > 12 && i % 28 < 16) ? 255 : 0 }'
} >one.pgm
cat >net.yaml <<'END'
data: {format: digits, train_count: 600, test_count: 300}
model: [flatten, {linear: {out: 32}}, relu, {linear: {out: 10}}]
train: {epochs: 3, batch: 50, optimizer: {method: sgd, rate: 0.05}}
END
cat >norm.yaml <<'END'
data: {format: digits, train_count: 601, test_count: 300}
model: [flatten, {linear: {out: 32}}, batch_norm, relu, {linear: {out: 10}}]
train: {epochs: 3, batch: 60}
END

# ---- what there is
try 2 0
try 2 0 elephants_walking_by
try 2 0 train --zzzzzzzzzzzz
try 2 0 ops elephants_walking_by
for list in tasks readers augmentations transforms layers losses optimizers metrics schedules; do
    try 2 0 $list elephants_walking_by
done
try 2 0 bench elephants_walking_by
try 2 0 explain elephants_walking_by
try 2 0 eval nowhere

# ---- a table whose target is not named
awk 'BEGIN { print "x,kind"; for (i = 0; i < 40; i++) print i % 7 + i / 100 "," (i % 2 ? "a" : "b") }' >table.csv
try 2 0 init table.csv

# ---- a file whose data is not there
echo 'data: {format: csv, path: gone.csv, target: x}
model: [{linear: {out: 1}}]' >"gone's.yaml"
try 3 0 check "gone's.yaml"

# ---- after a training
try 0 same train net.yaml --set train.optimizer.rate=0.2
try 0 same train net.yaml --set train.optimizer.rate=0.2 --out "a run"
says 'still falls'
try 0 same train net.yaml --set train.optimizer.rate=0.2 --set train.epochs=6 --out longer
says 'still falls'
try 0 same train net.yaml --set train.optimizer.rate=0.5 --set train.batch=10 --set train.epochs=8 --out noisy
says 'the rate is constant'
try 0 same train net.yaml --set train.optimizer.rate=1e-5 --out slow
says 'a higher rate'
try 0 same train net.yaml --set train.optimizer.rate=10 --out fast
says 'a lower rate'
try 0 same train net.yaml --out over --set data.validation=0.3 --set train.epochs=40 --set 'train.optimizer={method: adam, rate: 0.01}'
says 'the weights are those of epoch [0-9]*, of the lowest validation loss'
try 0 same train net.yaml --out rose --set train.epochs=4 --set train.optimizer.rate=1.5
says 'rose'
cat >game.yaml <<'END'
task: gan
data: {format: blobs, train_count: 200, test_count: 100}
generator: [{linear: {out: 2}}]
discriminator: [{linear: {out: 1}}]
train: {epochs: 1}
END
try 0 0 train game.yaml --out game
says ' sample '
i=0
while [ $i -lt 200 ]; do
    echo "the cat sat on the mat and ran"
    i=$((i + 1))
done >cats.txt
cat >cats.yaml <<'END'
task: language_model
data: {format: text, path: cats.txt, form: corpus}
text: {tokens: characters}
language: {length: 16}
model: [embedding: {width: 4}, gru: {width: 8}, linear]
train: {epochs: 1}
END
try 0 0 train cats.yaml --out cats
says ' sample cats$'

# ---- a run that is there
reached=$("$adze" eval "a run" 2>"$top/err" >"$top/out"; accuracy "$top/out")
try 2 "$reached" train net.yaml --out "a run"
try 2 "$reached" train net.yaml --out "a run" --resume
says 'another configuration'
cp -r "a run" broken
head -c 3000 "a run/model.safetensors" >broken/model.safetensors
try 1 "$reached" eval broken
rm broken/model.safetensors
try 2 "$reached" eval broken

# ---- folds
"$adze" train net.yaml --folds 2 --out folds >"$top/out" 2>"$top/err" || fail "folds"
rm -rf folds/fold-2
try 2 0 train net.yaml --folds 2 --out folds

# ---- a cosine is planned for the epochs of its run
cosine="--set train.schedule.method=cosine --set train.optimizer.momentum=0.9 --set train.optimizer.rate=0.2"
try 0 same train net.yaml $cosine --out cosine
reached=$(accuracy "$top/out")
try 2 "$reached" train --out cosine --resume --set train.epochs=6
says 'the rate of the next step would be 0.1 instead of 0'
try 2 0 train --out cosine --resume --set train.epochs=2

# ---- divergence: the last sound network is kept, named and used
cat >deep.yaml <<'END'
data: {format: digits, train_count: 600, test_count: 300}
model: [flatten, {linear: {out: 32}}, {linear: {out: 32}}, {linear: {out: 32}}, {linear: {out: 10}}]
train: {epochs: 3, batch: 50, optimizer: {method: sgd, rate: 0.05}}
END
steep="--set train.optimizer.rate=20 --set train.schedule.warmup=200 --set train.epochs=9"
try 4 1500 train deep.yaml $steep --out steep
says 'steep is back at the end of epoch 1, the last with finite and falling losses'
"$adze" eval steep >"$top/out" 2>"$top/err" || fail "what a divergence left cannot be used"
try 4 1500 train deep.yaml --set train.optimizer.rate=1000 --out lost
[ ! -e lost/step-00000012.safetensors ] || fail "a checkpoint of a training that diverged in its first epoch"
try 4 1500 train deep.yaml --set train.optimizer.rate=1000

# ---- an image alone in its batch
for batch in 1 60; do
    try 2 4000 train norm.yaml --set train.batch=$batch --out alone
    says 'batch_norm in line 2'
done

# ---- data that has moved
if [ -x "$write_digits" ]; then
    mkdir data && "$write_digits" data 600 300
    try 0 same train net.yaml --data data --out files
    reached=$(accuracy "$top/out")
    mv data "moved data"
    try 3 0 eval files
    says 'where it has moved'
    try 3 "$reached" train --out files --resume --set train.epochs=4
    says 'where it has moved'
fi

# ---- fields of the configuration, written as options
try 2 0 train net.yaml --epochs 2 --learning-rate=0.01 --out "written so"
says 'no option .--epochs.'

# ---- a training that never stored anything
try 2 4000 train net.yaml --set train.optimizer.rate=0.2 --out "not there" --resume
says 'no checkpoint to go on from'
mkdir begun && cp "a run/config.yaml" "a run/data.txt" begun
try 2 0 train --out begun --resume
says 'no checkpoint to go on from'

# ---- stopped
"$adze" train net.yaml --set train.epochs=2000 --out stopped >"$top/out" 2>"$top/err" &
process=$!
sleep 0.5
kill -s INT $process 2>/dev/null
wait $process
[ $? = 130 ] || fail "not stopped by a signal"
grep -q -- "--out stopped --resume" "$top/err" || fail "no advice on how to go on"

# ---- all of the table was run
sed -n 's/^REMEDY(\([A-Z]*\), *"\(.*\)")$/\1 \2/p' "$table" >"$top/rows"
[ "$(wc -l <"$top/rows")" -gt 10 ] || fail "no table of remedies at $table"
while read -r name command; do
    pattern=$(printf '%s' "$command" | sed -e 's/[.]/\\./g' -e 's/{words}/.*/g' -e 's/{[a-z]*}/[^ ]*/g' -e 's/\[^ \]\*/.*/' -e 's/ IMAGE/ one.pgm/' -e 's/ COLUMN/ kind/' -e "s/ DIR/ 'moved data'/")
    grep -q -e "^$pattern\$" "$top/executed" || fail "no scenario for the advice $name: $command"
done <"$top/rows"

[ $failures = 0 ] || { echo "$failures failed"; exit 1; }
echo "all $(wc -l <"$top/executed") pieces of advice do good"
