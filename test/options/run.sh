#!/bin/sh
# The header as programs meet it, with each compiler that is here: options with names compile without a warning and a computed 0 counts
# (-ffast-math too), options without are refused by the compiler; every piece of code in README.md and in the headers' comments
# compiles, the README's first program runs; declarations can be scanned: comments above or beside, never inside.
# usage: run.sh BUILD_DIR SOURCE_DIR
set -eu
build=$1 source=$2
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
strict="-Wall -Wextra -Wpedantic -Werror"
failed=0
include="-I$source/include"

bad() { echo "$*"; failed=1; }

# ---- pieces of code: indented blocks of README.md that are programs, and those in comments of the headers
awk -v place="$place" '
/^    #include <adze/ { file = place "/readme" (++count) ".c" }
/^[^ ]/ { file = "" }
file != "" { print substr($0, 5) > file }' "$source/README.md"
[ -f "$place/readme1.c" ] || bad "README.md has no program"
for header in adze array option record kit train data run metric; do
    awk -v place="$place" -v header="$header" '
    function piece() { file = place "/" header (++count) ".c"
        print "#include <adze/kit.h>\n#include <stdio.h>\n"          > file
        print "void piece(ad_graph *g, ad_dim batch, ad_tensor *x, ad_tensor *loss, ad_tensor *w, ad_tensor *u, ad_tensor *h0, ad_state *s, ad_tensor *step," > file
        print "           float *images, int32_t *labels, ad_source *train, ad_source *test);" > file
        print "void piece(ad_graph *g, ad_dim batch, ad_tensor *x, ad_tensor *loss, ad_tensor *w, ad_tensor *u, ad_tensor *h0, ad_state *s, ad_tensor *step," > file
        print "           float *images, int32_t *labels, ad_source *train, ad_source *test)\n{\n    (void)g, (void)batch, (void)x, (void)loss, (void)w, (void)u, (void)h0, (void)s, (void)step, (void)images, (void)labels, (void)train, (void)test;\n    {" > file }
    function done() { if (file != "") { print "    }\n}" > file; file = "" } }
    /^ \*     / { if (file == "") piece(); text = $0; sub(/^ \*/, "", text); sub(/ \*\/$/, "", text); print text > file; next }
    { done() }' "$source/include/adze/$header.h"
done
[ "$(ls "$place" | grep -c 'adze[0-9]*\.c')" -ge 4 ] || bad "the pieces of code in adze.h were not found"

# ---- each header alone
for header in "$source"/include/adze/*.h; do
    name=adze/$(basename "$header")
    case $name in *call.h) continue ;; esac
    for cc in gcc clang; do
        ! command -v $cc >/dev/null 2>&1 || echo "#include <$name>" | $cc -std=c17 $strict $include -x c -fsyntax-only - || bad "$cc: $name alone"
    done
    for cxx in g++ clang++; do
        ! command -v $cxx >/dev/null 2>&1 || echo "#include <$name>" | $cxx -std=c++20 $strict $include -x c++ -fsyntax-only - || bad "$cxx: $name alone"
    done
done

# ---- C
ran=0
for cc in gcc clang; do
    command -v $cc >/dev/null 2>&1 || continue
    ran=1
    for fast in "" -ffast-math; do
        $cc -std=c17 $strict $fast $include "$source/test/options/program.c" "$build/libadze.a" -lm -lpthread -o "$place/program"
        for rate in 0 0.0 0.125; do "$place/program" $rate || bad "$cc $fast: rate $rate"; done
    done
    $cc -std=c17 $strict $include "$place/readme1.c" "$build/libadze.a" -lm -lpthread -o "$place/readme"
    "$place/readme" >"$place/out" || bad "README.md: the program fails"
    grep -q "step 9: loss" "$place/out" || { cat "$place/out"; bad "README.md: the program prints something else"; }
    for piece in "$place"/*[0-9].c; do # unused names are of the piece's nature
        $cc -std=c17 $strict -Wno-unused-variable $include -fsyntax-only "$piece" || bad "$cc: $(basename "$piece")"
    done
    for wrong in 'ad_dropout(x, 0.1)' 'ad_linear(x, 10.0)' 'ad_sgd(x, 0.1)' 'ad_batch_norm(x, 1e-5)' 'ad_sum(x, AD_ALL, true ? 1.0 : 0)'; do
        echo "#include <adze/adze.h>
        ad_tensor *f(ad_tensor *x); ad_tensor *f(ad_tensor *x) { return $wrong; }" >"$place/wrong.c"
        if $cc -std=c17 $include -fsyntax-only "$place/wrong.c" 2>/dev/null; then bad "$cc compiles $wrong"; fi
    done
done

# ---- C++
for cxx in g++ clang++; do
    command -v $cxx >/dev/null 2>&1 || continue
    echo '#include <adze/kit.h>' >"$place/alone.cpp"
    $cxx -std=c++20 $strict $include -fsyntax-only "$place/alone.cpp" || bad "$cxx: the header alone"
    $cxx -std=c++20 $strict $include "$source/test/options/program.cpp" "$build/libadze.a" -lm -lpthread -o "$place/cpp"
    "$place/cpp" || bad "$cxx: the program fails"
    for wrong in 'ad_dropout(x, 0)' 'ad_dropout(x, 0.1)' 'ad_dropout(x, {0.1})' 'ad_linear(x, 10)' 'ad_sgd(x, 0.1)'; do
        echo "#include <adze/adze.h>
        ad_tensor *f(ad_tensor *x) { return $wrong; }" >"$place/wrong.cpp"
        if $cxx -std=c++20 $include -fsyntax-only "$place/wrong.cpp" 2>/dev/null; then bad "$cxx compiles $wrong"; fi
    done
done

# ---- layout of the headers
for header in adze array option record kit train data run metric; do
    awk -v name="$header.h" '
    function bad(what) { print name ":" NR ": " what; failed = 1 }
    { code = $0; gsub(/\/\*.*\*\//, "", code) }
    inside && /\/\*/ && !/;[ \t]*\/\*/ { bad("a comment inside a declaration") }
    /^AD_API/ { if (code !~ /\(/) bad("the name of a function on another line than AD_API"); inside = 1 }
    /^(AD_API|    [a-z]).*;[ \t]*\/\*/ && !/\*\/$/ { bad("a comment beside a declaration that goes on in the next line") }
    code ~ /;/ { inside = 0 }
    END { exit failed }' "$source/include/adze/$header.h" || failed=1
done

[ $ran = 1 ] || { echo "skipped: no gcc or clang"; exit 77; }
exit $failed
