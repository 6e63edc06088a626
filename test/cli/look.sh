#!/bin/sh
# show, plan and check: numbers of known nets, what does not fit, mistakes.  usage: look.sh COMMAND
#
# The numbers of LeNet and ResNet-20 are those of this script (Python):
#     conv = lambda k, i, o, h, b=1: (k*k*i*o + b*o, 2*k*k*i*o*h*h)           # parameters, FLOPs on h x h
#     linear = lambda i, o: (i*o + o, 2*i*o)
#     lenet = [conv(5,1,6,28), conv(5,6,16,10), linear(400,120), linear(120,84), linear(84,10)]
#     unit = lambda i, o, h: [conv(3,i,o,h,0), conv(3,o,o,h,0), (4*o, 0)] + ([conv(1,i,o,h,0), (2*o, 0)] if i != o else [])
#     resnet = [conv(3,3,16,32,0), (32, 0)] + sum([unit(i,o,h) for i,o,h in [(16,16,32)]*3 + [(16,32,16)] + [(32,32,16)]*2
#         + [(32,64,8)] + [(64,64,8)]*2], []) + [linear(64,10)]
#     for net in lenet, resnet: print([sum(x) for x in zip(*net)])             # 61706 833040, 272474 81626368
set -u
[ $# = 1 ] || { echo "usage: look.sh COMMAND" >&2; exit 2; }
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

says() {
    grep -q -e "$2" "$1" || fail "no '$2' in $1"
}

expect() { # CODE ARGUMENTS...
    wanted=$1
    shift
    "$adze" "$@" >out 2>err
    code=$?
    [ $code = "$wanted" ] || fail "adze $*: exit code $code instead of $wanted"
}

# ---- names that others have for these commands
expect 2 summary
says err "did you mean 'show'"
expect 2 validate x.yaml
says err "did you mean 'check'"
expect 0 help plan
says out '^adze plan \[FILE\]'
expect 2 help elephants_walking_by

# ---- nets
cat >lenet.yaml <<'END'
data: {format: digits, train_count: 200, test_count: 50}
model:
  - conv: {filters: 6, kernel: 5, padding: 2}
  - tanh
  - average_pool: {window: 2}
  - conv: {filters: 16, kernel: 5}
  - tanh
  - average_pool: {window: 2}
  - flatten
  - linear: {out: 120}
  - tanh
  - linear: {out: 84}
  - tanh
  - linear: {out: 10}
train: {epochs: 2}
END
cat >resnet20.yaml <<'END'
data: {format: cifar, path: one.bin}
blocks:
  unit:
    arguments: {filters: ""}
    layers:
      - residual: {layers: [{conv: {filters: $filters, kernel: 3, padding: 1, bias: false}}, batch_norm, relu, {conv: {filters: $filters, kernel: 3, padding: 1, bias: false}}, batch_norm]}
      - relu
  down:
    arguments: {filters: ""}
    layers:
      - residual:
          layers: [{conv: {filters: $filters, kernel: 3, padding: 1, stride: 2, bias: false}}, batch_norm, relu, {conv: {filters: $filters, kernel: 3, padding: 1, bias: false}}, batch_norm]
          shortcut: [{conv: {filters: $filters, kernel: 1, stride: 2, bias: false}}, batch_norm]
      - relu
model:
  - conv: {filters: 16, kernel: 3, padding: 1, bias: false}
  - batch_norm
  - relu
  - repeat: {times: 3, layers: [unit: {filters: 16}]}
  - down: {filters: 32}
  - repeat: {times: 2, layers: [unit: {filters: 32}]}
  - down: {filters: 64}
  - repeat: {times: 2, layers: [unit: {filters: 64}]}
  - global_pool
  - linear: {out: 10}
END
for i in 1 2 3 4 5 6 7 8 9 10; do
    printf '\011' && head -c 3072 /dev/zero | tr '\000' '\020'
    printf '\001' && head -c 3072 /dev/zero | tr '\000' '\340'
done >one.bin

"$adze" check lenet.yaml >out 2>err
if grep -qi libyaml err; then
    echo "skipped: built without libyaml"
    exit 77
fi

# ---- show
# nothing was read: an end is told all the same
expect 2 train lenet.yaml --json --set train.nothing=1
grep -q '"why": "failed"' out || fail "a training that was refused has no end"
expect 0 show lenet.yaml --json
says out '"event": "end", "parameters": 61706, "buffers": 0, "flops": 833040'
says out '"layer": "conv", "name": "conv1", "line": 3, "shape": \[null, 28, 28, 6\], "axes": \["batch", "height", "width", "channels"\], "list": false, "parameters": 156, '
! grep -v '^{"event": .*}$' out | grep -q . || fail "a line of --json is no object"
expect 0 show resnet20.yaml --json
says out '"parameters": 272474, "buffers": [0-9]*, "flops": 81626368'
expect 0 show resnet20.yaml
says out '^ *shortcut  *height 16 width 16 channels 32$'
says out '^272474 parameters are trained'
expect 0 train lenet.yaml --out run
expect 0 show run --json
says out '"parameters": 61706, "buffers": 0, "flops": 833040'
expect 2 show nowhere
expect 2 show

cat >gan.yaml <<'END'
task: gan
data: {format: moons}
gan: {noise: 4}
generator: [{linear: {out: 32}}, relu, {linear: {out: 2}}]
discriminator: [{linear: {out: 16}}, relu, {linear: {out: 1}}]
train: {epochs: 1}
END
expect 0 show gan.yaml
says out '^discriminator$'
says out '^291 parameters are trained'
expect 0 plan gan.yaml
expect 0 check gan.yaml
expect 2 check gan.yaml --gradients

# ---- check
expect 0 check lenet.yaml
says out '^lenet.yaml: good$'
expect 0 check run --json
says out '"good": true'
sed 's/kernel: 5}/kernel: 50}/' lenet.yaml >large.yaml
expect 2 check large.yaml
says err 'large.yaml:6:'
expect 0 check large.yaml --file-only
sed -e 's/tanh/tahn/' -e 's/epochs/epocs/' lenet.yaml >wrong.yaml
expect 2 check wrong.yaml --file-only
says err 'wrong.yaml:4:'
says err 'wrong.yaml:15:'
sed 's/one.bin/two.bin/' resnet20.yaml >gone.yaml
expect 3 check gone.yaml
says err 'check gone.yaml --file-only'
expect 0 check gone.yaml --file-only
expect 2 check lenet.yaml --file-only --gradients
expect 0 check lenet.yaml --gradients
says out 'linear3.bias'
expect 0 check lenet.yaml --gradients --json
awk -F'"error": ' '/gradient/ { n++; if ($2 + 0 >= 1e-6) exit 1 } END { exit n != 10 }' out || fail "gradients of lenet"

# ---- plan
expect 0 plan lenet.yaml --json
says out '"examples": 200, "batch": 64, "epochs": 2, "steps": 8, "parameters": 61706'
expect 0 plan lenet.yaml
says out '^memory '
[ ! -e run/plan ] || fail "plan stored something"
cat >weights.yaml <<'END'
data: {format: digits, train_count: 200}
model:
  - flatten
  - linear: {out: 100000000}
  - linear: {out: 10}
END
expect 2 plan weights.yaml
says err 'weights and what the optimizer keeps'
says err 'line 4'
cat >batch.yaml <<'END'
data: {format: digits, train_count: 12000, test_count: 10}
model: [{conv: {filters: 8000, kernel: 1}}, relu, global_pool, {linear: {out: 10}}]
train:
  batch: 12000
END
expect 2 plan batch.yaml
says err 'batch.yaml:4:'
says err 'train.batch: [0-9]'
expect 3 plan gone.yaml

# ---- trace
expect 0 trace lenet.yaml --rows 3-6 --steps 2 --out lenet.safetensors
says out '^lenet.safetensors: rows 3 to 6, outputs of [0-9]* layers, gradients of 10 variables'
says out 'after 2 steps'
head -c 3000 lenet.safetensors | grep -a -q '"rows": "3 6"' || fail "no rows in the trace"
grep -a -q '"eval/conv1": {"dtype": "F32", "shape": \[4, 28, 28, 6\]' lenet.safetensors || fail "no output of conv1"
grep -a -q '"after/linear3.bias"' lenet.safetensors || fail "no weights behind the steps"
cp lenet.safetensors again.safetensors
expect 0 trace lenet.yaml --rows 3-6 --steps 2 --out lenet.safetensors --threads 1
cmp -s lenet.safetensors again.safetensors || fail "a trace on one thread has other bits"
expect 0 trace lenet.yaml --batch 2 --f64 --match 'conv*' --json
says out '"layers": 2, "gradients": 10'
[ -s trace.safetensors ] || fail "no trace.safetensors"
expect 2 trace lenet.yaml --match 'convv*'
says err 'the layers are conv1, tanh1'
expect 3 trace lenet.yaml --rows 199-201
says err 'the training part has 200'
expect 2 trace lenet.yaml --rows 6-3
says err 'such as 1-8'
"$adze" trace lenet.yaml --out none/x >out 2>err && fail "a trace into a folder that is not there"
says err 'none/x cannot be written'
expect 2 trace
expect 0 help trace
says out '^adze trace FILE|RUN'

# ---- groups
expect 0 show lenet.yaml --set 'train.groups=[{match: "conv*", rate: 0.1}]'
says out '^group conv\*: 4 variables of 2572 parameters, rate times 0.1$'
expect 2 check lenet.yaml --set 'train.groups=[{match: "linear4.*"}]'
says err 'the nearest names are linear'

[ $failures = 0 ] || { echo "$failures failed"; exit 1; }
echo "show, plan, check and trace are right"
