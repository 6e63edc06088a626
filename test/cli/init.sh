#!/bin/sh
# A file that `adze init` wrote trains with no line edited, is measured, predicts; for each kind of data, made here.
# usage: init.sh COMMAND WRITE_DIGITS
set -u
[ $# = 2 ] || { echo "usage: init.sh COMMAND WRITE_DIGITS" >&2; exit 2; }
case $1 in
/*) adze=$1 ;;
*) adze=$PWD/$1 ;;
esac
case $2 in
/*) write_digits=$2 ;;
*) write_digits=$PWD/$2 ;;
esac
[ -x "$adze" ] || { echo "no command at $adze" >&2; exit 77; }
folder=$(mktemp -d) || exit 77
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
LC_ALL=C
export LC_ALL
failures=0

fail() {
    failures=$((failures + 1))
    echo "FAILED: $*"
    tail -n 6 err | sed 's/^/    stderr: /'
}

says() {
    grep -q -e "$2" "$1" || fail "no '$2' in $1"
}

# learns LEAST ITEM NAME ARGUMENTS...: of init. LEAST: the accuracy in percent to reach, or r2 in percent; 0: any.
learns() {
    least=$1 item=$2 name=$3
    shift 3
    "$adze" init "$@" >"$name.yaml" 2>err || { fail "init $*"; return; }
    "$adze" train "$name.yaml" --out "run-$name" >out 2>err || { fail "train of init $*"; return; }
    "$adze" eval "run-$name" --json >out 2>err || fail "eval of init $*"
    reached=$(sed -n -e 's/.*"accuracy": {"value": \([-0-9.e]*\).*/\1/p' -e 's/.*"r2": {"value": \([-0-9.e]*\).*/\1/p' out | head -n 1)
    awk -v r="${reached:-0}" -v l="$least" 'BEGIN { exit !(100 * r >= l) }' || fail "$name reached ${reached:-nothing}, wanted $least %"
    [ -z "$item" ] || "$adze" predict "run-$name" "$item" >out 2>err || fail "predict of init $*"
    [ -z "$item" ] || [ -s out ] || fail "predict of init $* said nothing"
}

awk 'BEGIN { srand(1); print "id,size,weight,town,constant,kind"; for (i = 0; i < 120; i++) { k = i % 3;
    printf "n%03d,%.3f,%.3f,%s,7,%s\n", i * 7919 % 1000, k + rand(), 5 - 2 * k + rand(), (rand() < 0.5) ? "Bern" : "Basel", substr("abc", k + 1, 1) } }' >kinds.csv
awk 'BEGIN { srand(2); for (i = 0; i < 200; i++) { a = rand(); b = rand(); printf "%.4f;%.4f;%.4f\n", a, b, 3 * a - b + 1 } }' >plain.csv
awk 'BEGIN { srand(3); print "x\tage\tvisits"; for (i = 0; i < 600; i++) { a = rand(); n = 0; for (k = 0; k < 100; k++) n += rand() < a / 4; printf "%.4f\t%d\t%d\n", a, 20 + 60 * rand(), n + (i % 50 == 0) * 20 } }' >visits.tsv
awk 'BEGIN { srand(4); print "a,b,y"; for (i = 0; i < 24; i++) { a = rand(); print a "," rand() "," 2 * a } }' >few.csv
{
    printf '@relation kinds\n@attribute size numeric\n@attribute weight numeric\n@attribute kind {c,b,a}\n@data\n'
    sed 1d kinds.csv | cut -d, -f2,3,6
} >kinds.arff

"$adze" init kinds.csv kind >out 2>err
if grep -qi libyaml err; then
    echo "skipped: built without libyaml"
    exit 77
fi

# ---- tables
learns 90 kinds.csv csv kinds.csv kind
says csv.yaml 'Left out, and why'
says csv.yaml '#   constant  *'
learns 90 plain.csv plain plain.csv 3
says plain.yaml 'task: regression'
says plain.yaml 'named by their number'
learns 0 visits.tsv count visits.tsv visits
says count.yaml 'task: count'
says count.yaml 'validation: 0.1'
learns 50 few.csv few few.csv y
says few.yaml 'a linear model'
learns 90 kinds.arff arff kinds.arff kind
"$adze" init kinds.csv >out 2>err
[ $? = 2 ] || fail "a table without a target: exit code"
[ ! -s out ] || fail "something was written without a target"
says err 'kind *classification, 3 classes'
says err 'constant *no target'
"$adze" init kinds.csv knd >out 2>err && fail "a column that is not there was taken"
says err "no column 'knd'"
"$adze" init kinds.csv kind --set train.epochs=3 --set train.optimizer.rate=0.5 --set train.seed=7 >out 2>err || fail "settings"
says out '  epochs: 3  *# as asked'
says out 'optimizer: {method: adamw, rate: 0.5, decay: 0.01}'
says out '  seed: 7  *# as asked'
"$adze" init kinds.csv kind --set train.epoch=3 >out 2>err && fail "a setting that nothing reads was taken"
says err "did you mean 'train.epochs'"
[ ! -s out ] || fail "something was written of a setting that nothing reads"
"$adze" init kinds.csv kind --set model=mlp >out 2>err && fail "a model was set"
"$adze" init kinds.csv kind --set data.types=size=number --set data.types=town=class >out 2>err && fail "the first of two lists was lost"
says err 'data.types is set twice'
"$adze" init kinds.csv kind --set task=regression >out 2>err && fail "a class was taken for a number"
says err 'no regression but a classification'
"$adze" init visits.tsv visits --set task=regression >out 2>err || fail "counts are numbers"
says out 'task: regression'
"$adze" init kinds.csv kind --set data.skip=town >out 2>err || fail "a column that is skipped"
says out "'town' is left out: as asked"
"$adze" check csv.yml >out 2>err && fail "a file that is not there"
says err 'there is csv.yaml'

# ---- five groups of 100: a tenth would be none of them, so a whole one validates
awk 'BEGIN { srand(6); print "who,x,y,kind"; for (i = 0; i < 500; i++) { k = rand() < 0.5; print substr("PQRST", i % 5 + 1, 1) "," k + rand() "," rand() "," (k ? "a" : "b") } }' >groups.csv
learns 60 "" groups groups.csv kind --set data.group=who
says groups.yaml 'validation: 0.2 .*no whole group'

"$adze" init groups.csv kind --set data.group=whom >out 2>err && fail "a group that is not there"
says err "'whom'"
"$adze" init kinds.csv kind --set train.checkpoint.steps=9 >out 2>err || fail "a setting two deep"
says out '  checkpoint: {steps: 9}  *# as asked'

# ---- a series that is named alone: its own past is looked at.  The horizon is said once
awk 'BEGIN { srand(7); print "month,sales"; for (i = 0; i < 144; i++) printf "%d-%02d,%.2f\n", 2000 + int(i / 12), i % 12 + 1, 100 + i / 4 - 20 * cos(i * 3.14159 / 6) + rand() }' >sales.csv
learns 0 "" sales sales.csv sales
says sales.yaml 'Forecast, from its own past'
says sales.yaml 'month  the time: '
"$adze" init sales.csv sales --set forecast.horizon=3 >three.yaml 2>err || fail "a horizon"
says three.yaml 'horizon: 3  *# as asked'
"$adze" check three.yaml >out 2>err || fail "a horizon that was set at init"
"$adze" check sales.yaml --set forecast.horizon=5 >out 2>err || fail "a horizon that was set later"
"$adze" init sales.csv sales --set data.time=month >out 2>err || fail "a time that was set"
says out 'task: forecast'
"$adze" init nowhere.csv kind >out 2>err
[ $? = 3 ] || fail "data that is not there: exit code"
if command -v sqlite3 >/dev/null && "$adze" readers | grep -q sqlite; then
    sqlite3 shop.db '.mode csv' '.import kinds.csv kinds' 'create table other (x)' && {
        learns 90 shop.db sqlite shop.db kind --query "SELECT cast(size AS real) AS size, weight + 0.0 AS weight, kind FROM kinds WHERE constant = '7'"
        "$adze" init shop.db kind >out 2>err && fail "one of two tables was guessed"
        says err 'query'
    }
fi

# ---- texts
awk 'BEGIN { srand(5); split("the a my your this that one some", w, " "); for (i = 0; i < 300; i++) { k = rand() < 0.5; t = "";
    for (n = 0; n < 4 + rand() * 5; n++) t = t w[1 + int(rand() * 8)] " "; printf "%s\t%s%s today\n", k ? "spam" : "ham", t, k ? "prize" : "lunch" } }' >words
printf 'a prize for you\n\nlunch\n' >asked.txt
learns 90 asked.txt texts words
says texts.yaml 'tokens: words'
says out spam
[ "$(wc -l <out)" = 3 ] || fail "three lines have three answers"
mkdir -p letters/train/ham letters/train/spam letters/test/ham letters/test/spam
n=0
while read -r kind text; do
    n=$((n + 1))
    part=train
    [ $n -gt 80 ] && part=test
    [ $n -gt 100 ] || echo "$text" >"letters/$part/$kind/$n.txt"
done <words
learns 90 letters/test/ham folders letters
says out letters/test/ham
! grep -q test_share folders.yaml || fail "a share of texts is held out although there is a test part"
{ echo '"text",label' && sed 's/\(.*\)\t\(.*\)/"\2",\1/' words | awk '{ sub(/ today/, " today " NR); print }'; } >sentences.csv
learns 90 "" sentences sentences.csv label
says sentences.yaml 'taken as text'
{ echo 'more,text,label' && sed 1d sentences.csv | awk '{ print NR % 7 "," $0 }'; } >mixed.csv
learns 90 "" mixed mixed.csv label --set 'data.types=["text=text"]'
says mixed.yaml 'concat: {from: \[read, input\]}'

# ---- texts that become others: lines of two, and two columns
awk 'BEGIN { srand(8); for (i = 0; i < 400; i++) { w = r = ""; for (n = 0; n < 3 + i % 4; n++) { c = substr("abcdefghijklmnop", 1 + int(rand() * 16), 1); w = w c; r = c r } print w "\t" r } }' >pairs.tsv
{ printf 'word\treversed\n' && cat pairs.tsv; } >columns.tsv
"$adze" init pairs.tsv >pairs.yaml 2>err || fail "init of pairs"
says pairs.yaml '^task: sequence_to_sequence'
says pairs.yaml 'format: text'
says pairs.yaml '# pairs.tsv: 400 examples'
"$adze" init pairs.tsv --set data.test_share=0.3 >out 2>err || fail "init of pairs, with a share"
says out '  test_share: 0.3'
"$adze" train pairs.yaml --set train.epochs=1 --out run-pairs >out 2>err || fail "train of init pairs.tsv"
for more in "" "--set task=sequence_to_sequence" "--set data.types=[word=text,reversed=text]"; do
    "$adze" init columns.tsv reversed $more >columns.yaml 2>err || fail "init of columns of texts $more"
    says columns.yaml '^task: sequence_to_sequence'
    says columns.yaml 'types: \["word=text", "reversed=text"\]'
done
"$adze" train columns.yaml --set train.epochs=1 --out run-columns >out 2>err || fail "train of init columns.tsv"
"$adze" init columns.tsv reversed --set data.types=word=text >out 2>err && fail "4000 texts were taken for classes"
says err 'data.types=\[word=text, reversed=text\]'
"$adze" init visits.tsv >out 2>err && fail "columns of numbers were taken for pairs of texts"

# ---- one long text: steps as they will be
awk 'BEGIN { srand(9); split("the sun and moon were in their old house by a river", w, " "); for (i = 0; i < 4000; i++) { for (n = 0; n < 5 + i % 7; n++) printf "%s ", w[1 + int(rand() * 12)]; print (i % 5) ? "" : "\n" } }' >long.txt
"$adze" init long.txt >long.yaml 2>err || fail "init of a long text"
says long.yaml "# long.txt: one text of $(wc -c <long.txt) bytes"
says long.yaml 'or: bpe, with vocabulary: 512'
"$adze" plan long.yaml >out 2>err || fail "plan of a long text"
says out "epochs of $(sed -n 's/.*# \([0-9]*\) steps an epoch.*/\1/p' long.yaml),"

# ---- names that YAML would read otherwise
cp kinds.csv "it's \"odd\": #1 %.csv"
learns 90 "" odd "it's \"odd\": #1 %.csv" kind
sed '1s/weight/- a: b, [c] "d" # e/;1s/kind/no/' kinds.csv | tr ',' ';' | sed '1s/; \[c/, [c/' >names.csv
learns 90 "" names names.csv no
sed 's/Bern/Be\\nrn/;1s/size/null/' kinds.csv >null.csv
learns 90 "" null null.csv kind

# ---- pictures
picture() { # SIDE LEVEL FILE: a bright column at LEVEL
    awk -v s="$1" -v l="$2" -v n="$3" 'BEGIN { srand(n); print "P2", s, s, 255; for (i = 0; i < s * s; i++) print (i % s == l) ? 200 + int(rand() * 55) : int(rand() * 60) }'
}
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    for k in 1 2; do
        mkdir -p "pictures/c$k" "other sizes/c$k" "large/c$k"
        picture 9 $((k * 3)) $i >"pictures/c$k/$i.pgm"
        picture $((12 + i % 2)) $((k * 5)) $i >"other sizes/c$k/$i.pgm"
        [ $i -gt 4 ] || picture 128 $((k * 40)) $i >"large/c$k/$i.pgm"
    done
done
tar cf pictures.tar pictures
learns 70 pictures/c1/1.pgm pictures pictures
learns 70 pictures/c1/1.pgm tar pictures.tar
"$adze" init "other sizes" >sizes.yaml 2>err || fail "pictures of two sizes"
says sizes.yaml 'size: 64\|size: \[64, 64\]'
"$adze" init large >large.yaml 2>err || fail "large pictures"
says large.yaml 'size: .*smaller than they are'
"$adze" init pictures c1 >out 2>err && fail "pictures took a target"

# A CIFAR file: a record is its class, then 3072 bytes of that class's grey.
for i in 1 2 3 4 5 6 7 8 9 10; do
    printf '\000' && head -c 3072 /dev/zero | tr '\000' '\020'
    printf '\001' && head -c 3072 /dev/zero | tr '\000' '\340'
done >grey.bin
learns 90 "" cifar grey.bin
if [ -x "$write_digits" ]; then
    mkdir digits && "$write_digits" digits 300 100
    learns 60 pictures/c1/1.pgm idx digits
    ! grep -q test_share idx.yaml || fail "a share is held out although there is a test part"
fi

# ---- sounds: 8 bits, 8000 a second, 800 samples up and down; the class is in the name
tone() { # PERIOD SHIFT
    printf 'RIFF\104\003\000\000WAVEfmt \020\000\000\000\001\000\001\000\100\037\000\000\100\037\000\000\001\000\010\000data\040\003\000\000'
    awk -v p="$1" -v s="$2" 'BEGIN { for (i = 0; i < 800; i++) printf "%c", ((i + s) % p < p / 2) ? 65 : 126 }'
}
mkdir tones
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    tone 40 "$i" >"tones/low_$i.wav"
    tone 10 "$i" >"tones/high_$i.wav"
done
"$adze" init tones >sounds.yaml 2>err
if grep -qE 'libsndfile1-dev' err; then
    echo "sounds are left out: built without libsndfile"
else
    learns 90 tones/low_3.wav sounds tones
    says sounds.yaml 'features: log_mel'
    says sounds.yaml 'name_is: "{label}_{part2}"'
    says out 'low'
fi

# ---- arrays: (40, 4) of f4 and (40) of i4, in NumPy's format
npy() { # DESCRIPTION SHAPE: header of 128 bytes
    printf '\223NUMPY\001\000\166\000'
    printf '%-117s\n' "{'descr': '$1', 'fortran_order': False, 'shape': ($2), }"
}
{
    npy '|i1' '40, 4'
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do printf '\001\002\003\004\011\010\003\001'; done
} >in.npy
{
    npy '|u1' '40,'
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do printf '\000\001'; done
} >labels.npy
learns 90 "" arrays in.npy --set data.labels=labels.npy
"$adze" init in.npy >out 2>err && fail "arrays without labels were taken"
says err labels

[ $failures = 0 ] || { echo "$failures failed"; exit 1; }
echo "what init wrote trains"
