#!/bin/sh
# Codes of messages: each has its text, each text its message.  usage: explain.sh COMMAND SOURCES
#
# The words by which the table knows a message stand in the sources; mistakes of each kind are made, and print its code.
set -u
[ $# = 2 ] || { echo "usage: explain.sh COMMAND SOURCES" >&2; exit 2; }
case $1 in
/*) adze=$1 ;;
*) adze=$PWD/$1 ;;
esac
sources=$2
table=$sources/kit/explain.def
[ -x "$adze" ] || { echo "no command at $adze" >&2; exit 77; }
top=$(mktemp -d) || exit 77
trap 'rm -rf "$top"' EXIT
cd "$top" || exit 1
failures=0

fail() {
    failures=$((failures + 1))
    echo "FAILED: $*"
}

# ---- the table
sed -n 's/^EXPLAIN("\([EW][0-9]*\)".*/\1/p' "$table" >codes
[ "$(wc -l <codes)" -gt 40 ] || fail "no table at $table"
[ -z "$(sort codes | uniq -d)" ] || fail "a code stands twice: $(sort codes | uniq -d)"
"$adze" explain >all || fail "adze explain"
for code in $(cat codes); do
    grep -q "^$code  [a-z]" all || fail "$code is not listed"
    "$adze" explain "$code" >text || fail "adze explain $code"
    [ "$(grep -c '^  ' text)" -ge 3 ] || fail "$code lacks a meaning, a cure or an example"
done
# codes that the sources print themselves
grep -oh '\[[EW][0-9][0-9][0-9]\]' "$sources"/kit/*.c "$sources"/cli/*.c | tr -d '[]' | sort -u >printed
for code in $(cat printed); do
    grep -q "^$code\$" codes || fail "$code is printed, and nothing explains it"
done
# words that messages are known by
sed -n 's/^EXPLAIN("\([EW][0-9]*\)", [A-Z_0-9-]*, "\([^"]*\)".*/\1 \2/p' "$table" | tr '|' '\n' | sed 's/^[EW][0-9]* //' |
    grep -v '^$' >words
[ "$(wc -l <words)" -gt 50 ] || fail "no words in $table"
# a text that a line's end or a number divides is searched by its longest plain part
cat "$sources"/kit/*.c "$sources"/cli/*.c "$sources"/src/*/*.c | tr -d '\n' | sed 's/" *"//g' >text
while IFS= read -r part; do
    case $part in
    " is broken" | " are broken" | "pictures are broken" | "pictures is broken" | "broken; the others are answered" | *training\ set | *validation\ set | *test\ set | "no optimizer '" | "no loss '" | "no layer '" | "no op '" | "no reader of data '" | "cells; the table has") continue ;;
    esac
    grep -q -F -e "$part" text || fail "no message says '$part'"
done <words

# ---- mistakes
printf 'a,b,kind,y\n' >rows.csv
awk 'BEGIN { for (i = 0; i < 60; i++) printf "%.1f,%.2f,%s,%s\n", i * 37 % 101 / 10, i * 53 % 97 / 9, (i % 2 ? "red" : "blue"), (i * 37 % 101 > 50 ? "high" : "low") }' >>rows.csv
cat >net.yaml <<'END'
data: {format: csv, path: rows.csv, target: y, test_share: 0.3}
model: [{linear: {out: 8}}, relu, {linear: {out: 2}}]
train: {epochs: 2, batch: 10}
END
"$adze" train net.yaml --out run >out 2>err
if [ $? = 2 ] && grep -qi 'libyaml' err; then
    echo "skipped: built without libyaml"
    exit 77
fi
[ -e run/model.safetensors ] || { fail "no training"; cat err; }

# prints CODE ARGUMENTS...: the command says it at the end of a line that is not indented.
prints() {
    wanted=$1
    shift
    "$adze" "$@" >out 2>err </dev/null
    grep -q "^[^ ].* \[$wanted\]\$" err || { fail "adze $*: no $wanted"; sed 's/^/    /' err | head -n 5; }
    echo "$wanted" >>seen
}
yaml() {
    printf '%s\n' "$@" >wrong.yaml
}

prints E101 train net.yaml --out run
prints E103 eval nowhere
mkdir begun && cp run/config.yaml begun
prints E104 train --out begun --resume
prints E105 eval begun
prints E106 train net.yaml --out run --resume --set train.batch=7
yaml "$(head -n 1 net.yaml)" 'model: [{linear: {out: 9}}, relu, {linear: {out: 2}}]'
prints E109 train wrong.yaml --from run
cp -r run torn && head -c 2000 run/model.safetensors >torn/model.safetensors
prints E112 eval torn
sed 's/y$/x/; s/low$/1.5/; s/high$/2.5/' rows.csv >steep.csv
yaml 'data: {format: csv, path: steep.csv, target: b, test_share: 0.3}' 'model: [{linear: {out: 8}}, relu, {linear: {out: 1}}]' \
    'train: {epochs: 9, batch: 10, optimizer: {method: sgd, rate: 1000}}'
prints E113 train wrong.yaml
prints E201 train net.yaml --set train.epoch=3
prints E202 train net.yaml --set train.epochs=-3
yaml 'data: {format: csv}' 'model: [relu]'
prints E203 train wrong.yaml
prints E204 train net.yaml --set 'train.epochs=[1, 2]'
prints E205 train net.yaml --set 'train.optimizer={method: adam, momentum: 0.5}'
yaml "$(head -n 1 net.yaml)" 'model: [{linear: {out: 5}}, {linear: {out: 1}}]'
prints E206 train wrong.yaml
yaml 'data: {format: [csv'
prints E207 train wrong.yaml
yaml 'train: {epochs: 1, epochs: 2}' 'model: [relu]'
prints E208 train wrong.yaml
yaml "$(head -n 1 net.yaml)" 'model: [rellu]'
prints E209 train wrong.yaml
prints E210 train net.yaml --set data.path=run/model.safetensors
printf 'rubbish, all of it' >rubbish
yaml 'data: {format: idx, images: rubbish, labels: rubbish}' 'model: [flatten, {linear: {out: 2}}]'
prints E300 train wrong.yaml
prints E301 train net.yaml --set data.path=nowhere.csv
mkfifo pipe
prints E302 train net.yaml --set data.path=pipe
prints E302 predict run pipe
printf 'a,b,kind\n1,2,red\nx,2,red\n1,2\n' >cells.csv
prints E303 predict run cells.csv
prints E304 predict run cells.csv
prints E507 predict run cells.csv
prints E305 train net.yaml --set data.target=z
mkdir -p none
prints E311 train --data none
prints E307 eval run --part validation
awk -F, 'NR == 1 || $4 == "low"' rows.csv >one.csv
prints E313 train net.yaml --set data.path=one.csv
prints E314 eval run --by a
printf 'f,y\nnone.png,1\nno.png,2\n' >named.csv
yaml 'data: {format: csv, path: named.csv, target: y, types: {f: picture}}' 'model: [flatten, linear]'
prints E315 train wrong.yaml
prints E501 nonsense
prints E502 --nonsense
prints E502 eval --nonsense
prints E503 train --threads none
prints E504 eval
prints E505 train --resume
prints E506 layers nonsense
prints E506 explain E999

# ---- warnings
awk -F, 'NR == 1 || $4 == "low"' rows.csv >sorted.csv
awk -F, 'NR > 1 && $4 == "high"' rows.csv >>sorted.csv
in_order="--set data.path=sorted.csv --set data.split=in_order"
prints W406 train net.yaml $in_order
prints W403 train net.yaml $in_order
awk -F, 'NR < 45 || $4 != "high"' rows.csv | awk -F, '$4 != "high" || n++ < 1' >few.csv
for i in 1 2; do awk -F, 'NR > 1 && $4 == "low"' rows.csv; done >>few.csv
prints W404 train net.yaml --set data.path=few.csv --set data.split=stratified
sed '5s/,[a-z]*$/,/' rows.csv >gap.csv
prints W405 train net.yaml --set data.path=gap.csv

[ $failures = 0 ] || { echo "$failures failed"; exit 1; }
echo "$(wc -l <codes) codes, $(sort -u seen | wc -l) of them printed here"
