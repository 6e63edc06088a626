#!/usr/bin/env bash
# jiwer 4.0.0 (PyPI): the word error rate of the same words depends on how lines end.  Words are split at the blank (U+0020)
# alone; before that two and more characters of white space, of any kind, become one blank.  So a single line end, tab, or
# no-break or ideographic blank joins two words to one, and two of them in a row part them.  Beside the reference "a b c":
#
#   "a b" LF "c"      0.667: the words are "a", "b\nc"      "a b" CR LF "c"      0: a file of Windows is right
#   "a" TAB "b c"     0.667                                 "a" TAB TAB "b c"    0
#   "a" U+00A0 "b c"  0.667                                 "a" U+3000 "b c"     0.667
#
# A reference of two lines read from a file and the same words on one line are 40 % wrong; the character error rate, which
# keeps white space as it is, counts one error there.  Two more answers that one would not guess, both for empty references:
# wer("", "a b") is 2, the number of inserted words, no error and no infinity, and wer("", "") is 0.
# What a measure of one's own can do: split at white space of any kind, as str.split() does, and say so.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
python3 -m venv venv
venv/bin/pip -q install jiwer==4.0.0
venv/bin/python - <<'P'
from importlib.metadata import version

import jiwer

reference = "a b c"
said = {"line end": "a b\nc", "line end of Windows": "a b\r\nc", "empty line": "a b\n\nc", "tab": "a\tb c", "two tabs": "a\t\tb c",
        "two blanks": "a  b c", "no-break blank": "a\u00a0b c", "ideographic blank": "a\u3000b c"}
seen = {"version": version("jiwer")}
for name, words in said.items():
    assert words.split() == reference.split()
    out = jiwer.process_words(reference, words)
    seen[name] = (round(out.wer, 3), out.hypotheses[0])
seen["two lines"] = jiwer.wer("the cat sat\non the mat", "the cat sat on the mat")
seen["characters of two lines"] = round(jiwer.cer("the cat sat\non the mat", "the cat sat on the mat"), 4)
seen["empty reference"] = (jiwer.wer("", "a b"), jiwer.wer("", ""))
for name, value in seen.items():
    print(f"{name}: {value}")
right = (0.0, ["a", "b", "c"])
expected = {"version": "4.0.0", "line end": (0.667, ["a", "b\nc"]), "line end of Windows": right, "empty line": right,
            "tab": (0.667, ["a\tb", "c"]), "two tabs": right, "two blanks": right,
            "no-break blank": (0.667, ["a\u00a0b", "c"]), "ideographic blank": (0.667, ["a\u3000b", "c"]),
            "two lines": 0.4, "characters of two lines": 0.0455, "empty reference": (2, 0)}
assert seen == expected, "it behaves otherwise now"
P
