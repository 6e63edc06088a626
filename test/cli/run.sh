#!/bin/sh
# Tests of the command: results, exit codes, exact resume.  usage: run.sh COMMAND
set -u
[ $# = 1 ] || { echo "usage: run.sh COMMAND" >&2; exit 2; }
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
    sed 's/^/    stderr: /' err | tail -n 5
}

# finished CODE WANTED COMMAND: a failure leaves words and a cure, an indented line, on stderr.
finished() {
    [ "$1" = "$2" ] || fail "adze $3: exit code $1 instead of $2"
    case $2 in
    0) return ;;
    esac
    [ -s err ] || fail "adze $3: nothing on stderr"
    grep -q '^ *  [a-z]' err || fail "adze $3: no cure"
}

# expect CODE ARGUMENTS...: stdout to out, stderr to err.
expect() {
    wanted=$1
    shift
    "$adze" "$@" >out 2>err
    finished $? "$wanted" "$*"
}

# limited LETTER SIZE CODE ARGUMENTS...: the same under ulimit.
limited() {
    letter=$1 size=$2 wanted=$3
    shift 3
    (ulimit "-$letter" "$size" && exec "$adze" "$@") >out 2>err
    finished $? "$wanted" "$* (ulimit -$letter $size)"
}

# kept FOLDER: it holds what its copy FOLDER.copy holds, no file more and none less.
kept() {
    diff -r "$1" "$1.copy" >/dev/null || fail "the run stored in $1 was touched"
}

# says FILE WORDS: the words stand somewhere in it.
says() {
    grep -q -e "$2" "$1" || fail "no '$2' in $1"
}

same() {
    cmp -s "$1" "$2" || fail "$1 and $2 differ"
}

# ---- without libyaml nothing can be trained
"$adze" train --set train.epochs=1 --set data.train_count=1 --set data.test_count=1 >out 2>err
if [ $? = 2 ] && grep -qi 'libyaml' err; then
    echo "skipped: built without libyaml"
    exit 77
fi

# ---- help, versions, commands, options
expect 0 --help
says out 'adze train'
[ ! -s err ] || fail "--help writes to stderr"
expect 0 --version
says out '^adze [0-9]'
[ ! -s err ] || fail "--version writes to stderr"
started=$(date +%s%N)
case $started in
*N) echo "note: no clock for the time that --help takes" ;;
*)
    left=10
    while [ $left -gt 0 ]; do
        "$adze" --help && "$adze" --version
        left=$((left - 1))
    done >out 2>err
    spent=$((($(date +%s%N) - started) / 1000000))
    [ $spent -lt 1000 ] || fail "20 times --help or --version take $spent ms"
    ;;
esac
for command in train eval predict schema ops bench tasks readers augmentations transforms layers losses optimizers metrics schedules; do
    expect 0 $command --help
    says out "adze $command"
done
expect 0 schema
says out 'schema'
expect 0 ops
says out '^elementwise primitives'
says out '^  softmax  *e^x divided'
expect 0 ops elu matmul
says out '^elu: x above zero'
says out '^    attribute  *alpha: number, default 1$'
says out '^    gradient  *dx = where(x > 0, d, d \* alpha \* exp(where(x > 0, 0, x)))$'
says out '^    source  *Clevert et al. 2015$'
says out '^matmul: '
expect 2 ops matmul softmacks
says err "did you mean 'softmax'"
[ ! -s out ] || fail "ops printed something of a list with a mistake"
expect 0 layers
says out '^conv  *filters over height and width$'
expect 0 layers conv max_pool flatten
says out '^  kernel  *a whole number, or .height, width. of whole numbers from 1 to 4096; required$'
says out '^  stride  *a whole number, or .height, width. .*; default: the window$'
says out '^in a file: - conv: {filters: 32, kernel: 3}$'
says out '^in a file: - flatten: {order: channels_last}$'
expect 0 optimizers adamw
says out '^  decay  *a number from 0 to 1000; default 0.01$'
says out '^in a file: optimizer: {method: adamw, rate: 0.001}$'
expect 0 losses
says out '^huber '
expect 0 readers digits
says out '^  train_count  *a whole number from 1 to 1000000000, images; default 12000$'
expect 0 tasks
says out '^count  *how often'
expect 0 tasks count
says out '^in a file: task: count$'
expect 0 augmentations flip
says out '^in a file: - flip: {horizontal: 0.5}$'
expect 0 schedules cosine
says out '^in a file: schedule: {method: cosine, '
expect 0 transforms clip
says out '^  low_quantile '
! grep -q 'in a file' out || fail "a transform is said to stand in a file"
expect 2 losses huber mse
says err "did you mean 'squared_error'"
[ ! -s out ] || fail "losses printed something of a list with a mistake"
expect 0 bench --list
says out '^resnet20$'
expect 0 bench logistic --seconds 0.05 --threads 1 --json
says out '"work": "logistic", "median_ms": '
expect 2 bench logitsic
says err "did you mean 'logistic'"
expect 2 bench
expect 2 ops elephants_walking_by
says err 'this lists them:'
expect 2
[ ! -s out ] || fail "a mistake writes to stdout"
expect 2 trian
says err "did you mean 'train'"
[ ! -s out ] || fail "a mistake writes to stdout"
expect 2 train --theads 2
says err "did you mean '--threads'"
expect 2 train --epochs 3
says err "train --set train.epochs=3"
expect 2 train --lr 0.1 --batch-size=8
says err "train --set train.optimizer.rate=0.1 --set train.batch=8"
expect 2 train --optimizer sgd
says err "train --set train.optimizer.method=sgd"
expect 2 train --nope
says err "this lists them:"
expect 2 train --threads none
expect 2 train --threads
expect 2 train --json=1
expect 2 train one.yaml two.yaml
expect 2 eval
expect 2 train --resume
expect 2 train --resume --force --out x

# ---- configurations
small="--set data.train_count=600 --set data.test_count=300 --set train.batch=50"
expect 2 train missing.yaml
expect 2 train --set train.epoch=3
says err 'epochs'
printf 'model:\n  - flatten\n  - liner: {out: 10}\ntrain: {epochs: many}\n' >bad.yaml
expect 2 train bad.yaml
says err 'bad.yaml:3:'
says err 'bad.yaml:4:'
says err 'data.path is missing'
printf 'data: {format: digits}\nmodel:\n  - linear: {out: 10}\n' >shape.yaml
expect 2 train shape.yaml --out shape
says err 'shape.yaml:3:'
[ ! -e shape ] || fail "a folder was made for a configuration with a mistake"

# ---- a run, stored
expect 0 train $small --set train.epochs=2 --out run --seed 5
tail -n 1 out | grep -q '^test accuracy [0-9.]* %$' || fail "the last line is not the accuracy"
tail -n 1 out >accuracy
says out 'confusion matrix'
says out 'what to try next'
says err 'epoch 2/2'
if grep -q 'epoch 2/2' out; then fail "progress on stdout"; fi
if grep -q -e 'test accuracy' -e 'confusion' err; then fail "results on stderr"; fi
if "$adze" train $small --set train.epochs=1 2>&1 | LC_ALL=C grep -q "$(printf '[\033\r]')"; then
    fail "a bar or colours in a pipe"
fi
if LC_ALL=C grep -q "$(printf '\033')" out err; then fail "escape codes in a pipe"; fi
for file in model.safetensors step-00000012.safetensors step-00000024.safetensors config.yaml data.txt history.csv \
    history.jsonl; do
    [ -s run/$file ] || fail "no run/$file"
done
[ "$(wc -l <run/history.csv)" = 3 ] && [ "$(wc -l <run/history.jsonl)" = 2 ] || fail "the history has other lines than epochs"
says run/history.csv '^epoch,step,rate,train_loss,seconds$'
says run/history.jsonl '^{"epoch": 2, "step": 24, "rate": 0.001, "train_loss": [0-9.]*, "seconds": [0-9.e-]*}$'
expect 0 eval run
tail -n 1 out >evaluated
same accuracy evaluated
expect 0 eval run --json
says out '"confusion": \[\['
expect 2 train $small --set train.epochs=2 --out run --seed 5
says err '\-\-resume'
expect 0 train $small --set train.epochs=2 --out run --seed 5 --force
expect 2 eval nowhere
expect 2 train --out nowhere --resume
expect 0 train $small --set train.epochs=1 --json
says out '^{"event": "begin", "epoch": 0, "step": 0, "epochs": 1, "batches": 12}$'
says out '^{"event": "epoch", "epoch": 1, "step": 12, "rate": 0.001, "train_loss": '
metrics='"metrics": {"loss": {"value": [0-9.]*, "low": [0-9.]*, "high": [0-9.]*}, "accuracy": {"value": [0-9.]*, "low": '
tail -n 1 out | grep -q "^{\"event\": \"end\", \"why\": \"plan\", .*$metrics" || fail "with --json the last object has no metrics"
if grep -v -q '^{.*}$' out; then fail "with --json a line is no object"; fi
expect 0 eval run --json
grep -q "^{\"event\": \"end\", $metrics" out && [ "$(wc -l <out)" = 1 ] || fail "eval --json is not one object with metrics"
expect 0 train $small --set train.epochs=1 --set data.validation=0.2 --out held --json
says out '^{"event": "validation", "epoch": 1, "step": 10, "best": true, "metrics": {"loss": {"value": '
says out '^{"event": "checkpoint", "epoch": 1, "step": 10, "path": "held/step-00000010.safetensors"}$'
says held/history.csv '^epoch,step,rate,train_loss,validation_loss,validation_accuracy,validation_log_loss,seconds$'

# ---- the same bits: threads, and a run made of two
# What a network has to beat does not depend on what is changed at random in training: eval says the same of it.
printf 'data: {format: digits, train_count: 300, test_count: 100}\naugment: [shift: {share: 0.2}]\nmodel: [flatten, linear: {out: 10}]\ntrain: {epochs: 1, batch: 20}\n' >shifted.yaml
expect 0 train shifted.yaml --out shifted
says out '^baseline, one linear layer: '
grep '^baseline' out >trained
expect 0 eval shifted
grep '^baseline' out | diff trained - >/dev/null || fail "eval has other baselines than train"
# In a log the first epoch and the last are lines, between them one in 30 seconds; the history has them all.
expect 0 train --set data.train_count=20 --set data.test_count=10 --set train.epochs=100 --out lines
[ "$(grep -c '^epoch' err)" -le 3 ] || fail "$(grep -c '^epoch' err) lines of 100 epochs"
for epoch in 1 100; do says err "^epoch $epoch/100 "; done
[ "$(wc -l <lines/history.csv)" = 101 ] || fail "the history has other lines than epochs"
expect 0 train $small --set train.epochs=2 --out one --seed 5 --threads 1
same run/model.safetensors one/model.safetensors
same run/step-00000024.safetensors one/step-00000024.safetensors
expect 0 train $small --set train.epochs=1 --out two --seed 5
expect 0 train --out two --resume --set train.epochs=2
same run/model.safetensors two/model.safetensors
same run/step-00000024.safetensors two/step-00000024.safetensors
for run in run two; do
    cut -d , -f 1-4 $run/history.csv >$run.history
done
same run.history two.history
same run/config.yaml two/config.yaml
tail -n 1 out >resumed
same accuracy resumed
expect 2 train --out two --resume --set train.batch=60
says err 'another configuration'

# ---- begun with the weights of another run
expect 0 train --from run --out further --set train.epochs=1 --set train.optimizer.rate=1e-30
tail -n 1 out >further.accuracy
same accuracy further.accuracy
expect 2 train --from run --out further
expect 2 train --from run --resume --out further
says err 'contradict'
expect 2 train --from nowhere --out begun
[ ! -e begun ] || fail "a folder for a training that began with nothing"
printf 'data: {format: digits, train_count: 100, test_count: 100}\nmodel: [flatten, {linear: {out: 10}}]\n' >other.yaml
expect 2 train other.yaml --from run --out begun
says err 'take what fits name it'

# ---- one training at a time in a folder
if command -v flock >file 2>&1; then
    mkdir busy
    expect_busy() {
        flock busy/lock sh -c '"$0" "$@" >out 2>err' "$adze" "$@"
        finished $? 2 "$*"
        says err 'another training writes to'
    }
    expect_busy train $small --out busy
    expect_busy train $small --out busy --force
    [ "$(ls busy)" = lock ] || fail "a second training wrote to busy"
fi

# ---- stopped by a signal inside an epoch, and gone on with
long="--set data.train_count=4000 --set data.test_count=300 --set train.epochs=3
    --set data.validation=0.1 --set train.early_stopping.patience=2
    --set train.schedule.method=cosine --set train.schedule.warmup=10 --seed 9"
stops=0
stop_and_resume() { # SIGNAL CODE SECONDS
    rm -rf stopped
    "$adze" train $long --out stopped >out 2>err &
    process=$!
    waited=0
    while [ ! -e stopped/data.txt ] && [ $waited -lt 500 ]; do # until it trains
        sleep 0.02
        waited=$((waited + 1))
    done
    sleep "$3"
    kill -s "$1" $process 2>/dev/null
    wait $process
    code=$?
    if [ $code = 0 ]; then
        echo "note: too fast to be stopped by $1"
        return
    fi
    [ $code = "$2" ] || fail "stopped by $1: exit code $code instead of $2"
    says err '^    .* train --out stopped --resume$'
    ls stopped/step-*.safetensors >file 2>&1 || fail "stopped by $1: no checkpoint"
    stops=$((stops + 1))
    expect 0 train --out stopped --resume
    for file in model step-00000171; do
        same whole/$file.safetensors stopped/$file.safetensors
    done
}
expect 0 train $long --out whole
stop_and_resume INT 130 0.03
stop_and_resume TERM 143 0.08
[ $stops = 2 ] || echo "note: $stops of 2 signals came in time"

# ---- data and images
expect 3 train $small --data nowhere
: >empty.pgm
expect 3 predict run empty.pgm
expect 3 predict run missing.pgm
{
    printf 'P2 28 28 255\n'
    awk 'BEGIN { for (i = 0; i < 784; i++) print (i % 28 > 12 && i % 28 < 16) ? 255 : 0 }'
} >one.pgm
expect 0 predict run one.pgm
says out '^one.pgm  [0-9]'
expect 0 predict run --json one.pgm
says out '"file": "one.pgm", "class": [0-9]'
printf 'P2 2 2 255 0 0 0 0\n' >little.pgm # scaled to the network's size
expect 0 predict run little.pgm one.pgm
says out '^little.pgm  [0-9]'
printf 'GIF89a' >other.gif
expect 3 predict run other.gif one.pgm
says out '^one.pgm'

# ---- another network with some of the weights of a run
cat >part.yaml <<'END'
data: {format: digits, train_count: 200, test_count: 50}
model:
  - conv: {filters: 16, kernel: 3, padding: 1}
  - relu
  - max_pool: {window: 4}
  - flatten
  - linear: {out: 10}
train: {epochs: 1, freeze: conv1.*}
END
expect 2 train part.yaml --from run
says err "take what fits name it, --match"
expect 0 train part.yaml --from run --match 'conv1*'
says out '^began with 2 weights of run; 2 were made anew$'
expect 2 train part.yaml --from run --match 'none*'
says err "no variable matches 'none"
expect 2 train part.yaml --match 'conv1*'
says err 'add --from PATH'

# a row out for each row in, the broken among them
expect 3 predict run one.pgm other.gif little.pgm --format csv --top 2
says out '^file,class,chance,class_2,chance_2,error$'
says out '^other.gif,,,,,"other.gif: '
[ "$(wc -l <out)" = 4 ] || fail "predict gives another number of rows than it was asked for"
says err '1 of 3 is broken; the others are answered \[E507\]'
expect 0 predict run one.pgm --format csv --all --out answers.csv
[ ! -s out ] && grep -q '^file,class,chance,chance_0,' answers.csv && [ ! -e answers.csv.part ] || fail "predict --out"
expect 5 predict run one.pgm --out one.pgm
expect 0 predict run/model.safetensors - <one.pgm
says out '^standard input  [0-9]'
mkfifo waits
expect 3 predict run waits
rm waits

# any part, by a field, beside baselines
expect 0 eval run --part train --by label
says out '^by label$'
says out '^baseline, one linear layer: accuracy'
says out '^train accuracy [0-9.]* %$'
expect 2 eval run --part validation
expect 2 eval run --by nothing
expect 0 help eval
says out '^adze eval RUN: '
expect 2 help nothing

# ---- failures leave a stored run as it was
cp -r run run.copy
more="--out run --resume --set train.epochs=3"
again="--out run --force --set train.epochs=1"

expect 3 train $again $small --data nowhere
kept run
expect 2 train $more --data nowhere
kept run
expect 2 train $again --set train.bach=3
kept run
printf 'model:\n  - conv: {filters: 4, kernel: 99}\ndata: {format: digits}\n' >shape.yaml
expect 2 train shape.yaml $again
kept run
says err 'shape.yaml:2:5: convolution'

# 4: diverged
printf 'data: {format: digits}\nmodel: [flatten, {linear: {out: 32}}, {linear: {out: 32}}, {linear: {out: 32}}, {linear: {out: 10}}]\n' >deep.yaml
expect 4 train deep.yaml $small --set 'train.optimizer={method: sgd, rate: 1000}' --set train.epochs=2 --out run --force
says err 'diverged'
says err 'lower rate'
kept run

# 5: no disk.  A limit on the size of files is met like a full disk.
: >file
expect 5 train $small --set train.epochs=1 --out file/run
says err 'file/run'
limited f 100 5 train $small $again
says err 'run/.*: '
says err 'make room'
kept run
limited f 100 5 train $more
kept run
expect 0 train $more
[ -s run/step-00000036.safetensors ] || fail "--resume did nothing"
rm -rf run && cp -r run.copy run
if [ -w /dev/full ]; then
    for words in schema "eval run" "eval run --json"; do
        "$adze" $words >/dev/full 2>err
        finished $? 5 "$words >/dev/full"
    done
fi

# 5: no memory.  First a network far too large, then limits that are met somewhere on the way.
cat >large.yaml <<'END'
data: {format: digits, train_count: 100, test_count: 100}
model:
  - flatten
  - linear: {out: 1000000}
  - linear: {out: 10}
END
limited v 1500000 5 train large.yaml $again --threads 1
says err 'out of memory'
says err 'train.batch'
kept run
starved=0
for size in 12000 18000 24000 30000 36000 42000 50000 60000 72000 86000 104000; do
    (ulimit -v $size && exec "$adze" train $small $again --threads 1) >out 2>err
    code=$?
    case $code in
    0) rm -rf run && cp -r run.copy run ;;
    5)
        starved=$((starved + 1))
        says err 'out of memory'
        grep -q '^epoch' err && rm -rf run && cp -r run.copy run
        kept run
        ;;
    *) grep -q 'shared librar' err || fail "$size KB of memory: exit code $code instead of 5" ;;
    esac
done
[ $starved -gt 0 ] || fail "no limit on memory was met"

# 1: what was stored is damaged, which neither the command nor the data is to blame for.
for file in 'step-*' model; do
    rm -rf run && cp -r run.copy run
    for path in run/$file.safetensors; do
        head -c 5000 "$path" >file && mv file "$path"
    done
    rm -rf damaged damaged.copy && mv run damaged && cp -r damaged damaged.copy
    case $file in
    step*)
        expect 1 train --out damaged --resume --set train.epochs=3
        says err "damaged/step-00000012.safetensors"
        ;;
    *)
        expect 1 eval damaged
        says err "damaged/model.safetensors"
        ;;
    esac
    says err 'train again'
    kept damaged
done
expect 1 predict damaged one.pgm
rm -rf damaged/model.safetensors
expect 2 eval damaged
says err 'model.safetensors is missing'

# 1: notes that nobody wrote.  Each number is ranged where it is read, and the message names file, field, value and range.
rewrite() { # FILE SED_SCRIPT: changes the header, and the size of it that stands before
    size=$(od -An -tu8 -N8 "$1" | tr -d ' ')
    head -c $((size + 8)) "$1" | tail -c "$size" | sed "$2" | tr -d '\n' >header
    tail -c +$((size + 9)) "$1" >body
    size=$(wc -c <header)
    {
        for shift in 0 8 16 24 32 40 48 56; do
            printf "\\$(printf %03o $((size >> shift & 255)))"
        done
        cat header body
    } >"$1"
}
noted_all() { # SED_SCRIPT WORDS: so changed, the note is refused
    rm -rf run && cp -r run.copy run
    rewrite run/model.safetensors "$1"
    cmp -s run/model.safetensors run.copy/model.safetensors && fail "$1 changes nothing"
    rm -rf before && cp -r run before
    for verb in eval predict; do
        expect 1 $verb run $([ $verb = eval ] || echo one.pgm)
        says err "run/model.safetensors: .*$2"
    done
    diff -r run before >/dev/null || fail "a damaged run was touched"
}
noted_all 's/adze-model 1/adze-model 2/' 'its note is none of a model'
noted_all 's/task classification/task nothing/' 'its note is none of a model'
noted_all 's/input 4 0 3 28 28 1/input 4 0 3 28 28/' 'its note is none of a model'
noted_all 's/input 4 0 3 28 28 1/input 4 0 3 28 -28 1/' 'its note is none of a model'
noted_all 's/schema [0-9]*/schema 99999999/' 'its note is none of a model'
noted_all 's/reader digits/reader dogits/' 'its note is none of a model'
noted_all 's/"note"/"nope"/' "there is no 'note' in its metadata"
rm -rf run && cp -r run.copy run

# ---- the newest checkpoint is torn or has a bit turned: the one before is used, and that is said
expect 0 train $small --set train.epochs=3 --out whole3 --seed 5
turn() { # FILE OFFSET: turns its lowest bit there
    byte=$(od -An -tu1 -j "$2" -N1 "$1" | tr -d ' ')
    printf "\\$(printf %03o $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
for place in torn 12 300 200000; do
    rm -rf run && cp -r run.copy run
    newest=run/step-00000024.safetensors
    case $place in
    torn) head -c 5000 run.copy/step-00000024.safetensors >$newest ;;
    *) turn $newest $place ;;
    esac
    expect 0 train --out run --resume --set train.epochs=3
    says err "step-00000024.safetensors is not whole"
    says err 'going on after 1 epoch '
    same whole3/model.safetensors run/model.safetensors
    [ "$(cut -d , -f 1-4 run/history.csv | tail -n 3)" = "$(cut -d , -f 1-4 whole3/history.csv | tail -n 3)" ] ||
        fail "another history after a checkpoint was passed over"
done

# ---- other data of the same shape
rm -rf run && cp -r run.copy run
expect 2 train --out run --resume --set train.epochs=3 --set data.seed=2
sed 's/^  seed: 1$/  seed: 2/' run.copy/config.yaml >run/config.yaml
expect 3 train --out run --resume --set train.epochs=3
says err "made with other data: it had 'training values: "
rm -rf run && cp -r run.copy run

# ---- a killed --force leaves the old run or the new one
mkdir run/old.part && mv run/model.safetensors run/step-00000012.safetensors run/old.part
echo half >run/step-00000024.safetensors.1-1.part
expect 2 train $small --out run
kept run
mkdir run/old && mv run/*.* run/old && cp run.copy/config.yaml run.copy/data.txt run
expect 2 train $small --out run
kept run
mkdir run/old && cp run.copy/* run/old
expect 2 train $small --out run
kept run

# ---- checkpoints inside an epoch
expect 0 train $small --set train.epochs=1 --out often --set train.checkpoint.steps=5 --set train.checkpoint.keep=2
[ "$(ls often/step-*)" = "often/step-00000010.safetensors
often/step-00000012.safetensors" ] || fail "other checkpoints than the last two"

# ---- a folder that is not a run's, and one that cannot be written to
mkdir foreign && echo mine >foreign/config.yaml
expect 5 train $small --out foreign
says err 'no run made it'
[ "$(cat foreign/config.yaml)" = mine ] || fail "a file of the user was written over"
if [ "$(id -u)" != 0 ]; then
    mkdir readonly && chmod a-w readonly
    expect 5 train $small --out readonly
    says err 'Permission denied'
    expect 5 train $small --out readonly/run
    says err 'Permission denied'
    chmod u+w readonly
fi

[ $failures = 0 ] || { echo "$failures failed"; exit 1; }
echo "the command does what it says"
