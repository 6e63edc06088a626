#!/bin/sh
# Compiles one program by every compiler there is, as C and as C++: names, losses and saved weights have to be the same bytes.
# usage: run.sh BUILD_DIR SOURCE_DIR
set -eu
build=$1 source=$2
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
count=0
try() { # compiler, flags...
    command -v "$1" >/dev/null 2>&1 || return 0
    "$@" -Wall -Wextra -Wpedantic -Wshadow -Werror -I "$source/../../include" "$source/program.c" -x none "$build/libadze.a" -lm -lpthread -o "$place/program" || exit 1
    "$place/program" "$place/weights" >"$place/words"
    count=$((count + 1))
    if [ $count = 1 ]; then
        mv "$place/words" "$place/first_words"
        mv "$place/weights" "$place/first_weights"
        return 0
    fi
    cmp "$place/words" "$place/first_words" && cmp "$place/weights" "$place/first_weights" && return 0
    echo "$*: other names or numbers than the first"
    diff "$place/first_words" "$place/words" || true
    exit 1
}
for level in -O0 -O2; do
    try gcc -std=c17 $level
    try clang -std=c17 $level
    try g++ -x c++ -std=c++20 $level -Wno-missing-field-initializers
    try clang++ -x c++ -std=c++20 $level -Wno-missing-field-initializers
done
[ $count -gt 2 ] || { echo "skipped: one compiler only"; exit 77; }
echo "$count programs agree"
