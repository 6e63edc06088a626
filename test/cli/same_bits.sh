#!/bin/sh
# A training described in YAML and the same training written in C give the same weights, bit for bit.
# usage: same_bits.sh COMMAND WRITE_DIGITS EXAMPLE_SOURCES EXAMPLE_PROGRAMS
set -u
[ $# = 4 ] || { echo "usage: same_bits.sh COMMAND WRITE_DIGITS EXAMPLE_SOURCES EXAMPLE_PROGRAMS" >&2; exit 2; }
adze=$1 write_digits=$2 sources=$3 programs=$4
for program in "$adze" "$write_digits" "$programs/kit_mlp_fashion" "$programs/kit_lenet_fashion"; do
    [ -x "$program" ] || { echo "skipped: no $program"; exit 77; }
done
folder=$(mktemp -d) || exit 77
trap 'rm -rf "$folder"' EXIT
seed=7 epochs=2

# The list of tensors of a safetensors file, without its metadata, and their bytes.
split() { # FILE
    size=$(od -An -tu8 -N8 "$1" | tr -d ' ')
    head -c $((size + 8)) "$1" | tail -c "$size" |
        sed -e 's/"__metadata__":{[^}]*},//' -e 's/ *$//' >"$1.list"
    tail -c +$((size + 9)) "$1" >"$1.bytes"
    [ -s "$1.list" ] && [ -s "$1.bytes" ]
}

# 300 images: the last batch of an epoch is smaller than the others.
mkdir "$folder/data" && "$write_digits" "$folder/data" 300 100 || exit 1
for network in mlp lenet; do
    run=$folder/$network c=$folder/$network.safetensors
    "$adze" train "$sources/$network.yaml" --data "$folder/data" --out "$run" --seed $seed \
        --set train.epochs=$epochs >"$folder/out" 2>"$folder/err"
    code=$?
    if grep -qi 'libyaml' "$folder/err"; then
        echo "skipped: built without libyaml"
        exit 77
    fi
    [ $code = 0 ] || { cat "$folder/err"; exit 1; }
    "$programs/kit_${network}_fashion" "$folder/data" $seed "$c" $epochs >"$folder/out_c" 2>"$folder/err" ||
        { cat "$folder/err"; exit 1; }
    split "$c" && split "$run/model.safetensors" || { echo "$network: no tensors"; exit 1; }
    for part in list bytes; do
        cmp "$c.$part" "$run/model.safetensors.$part" || { echo "$network: the weights differ"; exit 1; }
    done
    [ "$(tail -n 1 "$folder/out")" = "$(tail -n 1 "$folder/out_c")" ] ||
        { echo "$network: the accuracies differ"; exit 1; }
    echo "$network: $(wc -c <"$c.bytes") bytes of weights are the same"
done
