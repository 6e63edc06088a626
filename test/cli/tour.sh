#!/bin/sh
# Transcripts of documents are what happens: their commands are run, in order, in a fresh folder, and have to say the
# same, but for seconds and rates.  usage: tour.sh BUILD SOURCE DOCUMENT...
#
# A block marked `console` has commands behind "$ ", lines that go on with one behind "> " right below it, and what they say, of both
# streams; a line "..." stands for any lines.  Behind `console` stand the commands that it needs: without one of them
# it is passed over.  A block marked `LANGUAGE NAME` is a file.  BUILD has the command and the libraries.  With ADZE_TOUR=write
# the documents are written anew instead: what differs in full, but for the lines of most epochs.
set -u
[ $# -ge 3 ] || { echo "usage: tour.sh BUILD SOURCE DOCUMENT..." >&2; exit 2; }
path() { case $1 in /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac; }
build=$(path "$1") source=$(path "$2") here=$PWD
shift 2
[ -x "$build/adze" ] || { echo "no command in $build" >&2; exit 77; }
top=$(mktemp -d) || exit 77
trap 'rm -rf "$top"' EXIT
LC_ALL=C TERM=dumb
export LC_ALL TERM
mkdir "$top/bin" "$top/fresh"
ln -s "$build/adze" "$top/bin/adze"
# As if it were installed.
cat >"$top/bin/pkg-config" <<END
#!/bin/sh
echo "-I$source/include -L$build -Wl,-rpath,$build -ladze-kit -ladze"
END
chmod +x "$top/bin/pkg-config"
PATH=$top/bin:$PATH
export PATH
if "$build/adze" train "$source/example/mlp.yaml" --data "$top/none" 2>&1 | grep -qi libyaml; then
    echo "skipped: built without libyaml"
    exit 77
fi

# Into $top/NUMBER.*: cmd, a command; says, what is said; needs; line, its line; or file and name.
cut_up() {
    rm -f "$top"/[0-9]*.*
    awk -v top="$top" '
    function begin(kind) { n++; file = sprintf("%s/%03d.%s", top, n, kind); at = sprintf("%s/%03d.", top, n); printf "" >file }
    /^```console/ { kind = "console"; needs = substr($0, 12); next }
    /^```[a-z]+ [^ ]+$/ { kind = "file"; begin("file"); print $2 >(at "name"); next }
    /^```/ { kind = ""; next }
    kind == "console" && /^\$ / { begin("cmd"); said = 0; print substr($0, 3) >file; print needs >(at "needs"); print NR >(at "line"); printf "" >(at "says"); next }
    kind == "console" && !said && /^> ?/ { sub(/^> ?/, ""); print >file; next }
    kind == "console" { said = 1; print >(at "says") }
    kind == "file" { print >file }' "$1"
}

# Without seconds and rates.
plain() {
    sed -e 's/  [0-9.]* \(s\|min\|h\) left//' -e 's/  [0-9.]* \(s\|min\|h\)  [0-9]* examples\/s/  TIME/' \
        -e 's/"seconds": [0-9.e+-]*/"seconds": TIME/' -e 's/ in [0-9.]* m*s\b/ in TIME/' "$1"
}

# same EXPECTED SAID
same() {
    awk -v expected="$1" -v said="$2" 'BEGIN {
        while ((getline line <expected) > 0) want[++wants] = line
        while ((getline line <said) > 0) have[++haves] = line
        for (i = j = 1; i <= wants; i++) {
            if (want[i] == "...") { any = 1; continue }
            while (any && j <= haves && have[j] != want[i]) j++
            if (j > haves || have[j] != want[i]) exit 1
            any = 0; j++
        }
        exit !(any || j > haves)
    }'
}

has() {
    for word in $1; do command -v "$word" >/dev/null 2>&1 || return 1; done
}

# Most epochs of a training are left out of a document.
shortened() {
    awk 'function flush() { if (held > 3) print "..."; else for (i = 2; i < held; i++) print hold[i]; if (held > 1) print hold[held]; held = 0 }
    /^epoch [0-9]+\// { hold[++held] = $0; if (held == 1) print; next }
    { flush(); print }
    END { flush() }' "$1"
}

written() { # DOCUMENT: with what was said
    awk -v top="$top" '
    function print_file(name, line) { while ((getline line <name) > 0) print line; close(name) }
    function finish() { if (open) print_file(sprintf("%s/%03d.short", top, n)); open = 0 }
    /^```console/ { kind = "console"; print; next }
    /^```[a-z]+ [^ ]+$/ { kind = "file"; n++; print; next }
    /^```/ { finish(); kind = ""; print; next }
    kind == "console" && /^\$ / { finish(); n++; open = 1; print; next }
    kind == "console" && /^>/ { print; next }
    kind == "console" { next }
    { print }' "$1"
}

count=0 failures=0 skipped=0
for document; do
    case $document in /*) ;; *) document=$here/$document ;; esac
    cut_up "$document"
    for file in "$top"/[0-9]*.cmd "$top"/[0-9]*.file; do echo "$file"; done | sort >"$top/list"
    while IFS= read -r file <&3; do
        at=${file%.*}
        case $file in
        *'*'*) continue ;;
        *.file) cp "$file" "$top/fresh/$(cat "$at.name")"; continue ;;
        esac
        if ! has "$(cat "$at.needs")"; then
            skipped=$((skipped + 1))
            cp "$at.says" "$at.short"
            continue
        fi
        count=$((count + 1))
        (cd "$top/fresh" && sh "$file") >"$at.said" 2>&1 </dev/null
        shortened "$at.said" >"$at.short"
        plain "$at.says" >"$top/want"
        plain "$at.said" >"$top/have"
        if same "$top/want" "$top/have"; then
            cp "$at.says" "$at.short"
        elif [ "${ADZE_TOUR:-}" != write ]; then
            failures=$((failures + 1))
            echo "FAILED: $document, line $(cat "$at.line"): $(head -n 1 "$file")"
            diff "$top/want" "$top/have"
        fi
    done 3<"$top/list"
    if [ "${ADZE_TOUR:-}" = write ]; then
        written "$document" >"$top/document" && cat "$top/document" >"$document"
    fi
done
[ "$count" -gt 0 ] || { echo "no command in the documents"; exit 1; }
[ $failures = 0 ] || { echo "$failures of $count commands say something else"; exit 1; }
echo "$count commands say what the documents say; $skipped passed over"
