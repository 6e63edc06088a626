#!/usr/bin/env bash
# tokenizers 0.23.3 with the model of sentencepiece 0.2.3 (both PyPI): letters with two marks lose the second one.  A model of
# SentencePiece carries a table that normalizes its texts (nmt_nfkc by default); tokenizers reads that table as the
# normalizer Precompiled, here through its own SentencePieceUnigramTokenizer.from_spm.  SentencePiece replaces the longest
# piece that the table has, and goes on behind it.  Precompiled looks at a whole grapheme of fewer than six bytes, takes
# what the table has for the beginning of it, and leaves the rest of the grapheme out.  So a text in decomposed form
# (NFD, canonically the same as the composed one) reads
#
#   Vietnamese   NFD of         SentencePiece   tokenizers     (composed text: both as SentencePiece)
#                Nguyễn         Nguyễn          Nguyên         the tilde is gone: another name
#                Tiếng Việt     Tiếng Việt      Tiêng Viẹt
#                Phở            Phở             Phơ
#   Pinyin       nǚ             nǚ              nü             the tone is gone
#
# and the tokens of the two differ: no unknown token, no warning.  Letters with one mark (Hà) are right in both.
# What a reader of one's own can do: take the longest match at each place as SentencePiece does; or bring texts to NFC first.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
python3 -m venv venv
venv/bin/pip -q install tokenizers==0.23.3 sentencepiece==0.2.3 protobuf==7.36.2
venv/bin/python - <<'P'
import io, sys, unicodedata
from importlib.metadata import version

import sentencepiece
from sentencepiece import sentencepiece_model_pb2

sys.modules["sentencepiece_model_pb2"] = sentencepiece_model_pb2  # where from_spm looks for it
from tokenizers.implementations import SentencePieceUnigramTokenizer

texts = ["Nguyễn", "Tiếng Việt", "Phở", "nǚ", "Hà"]
model = io.BytesIO()
sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter([unicodedata.normalize("NFC", t) for t in texts] * 20),
                                         model_writer=model, vocab_size=30, hard_vocab_limit=False, minloglevel=2)
with open("m.model", "wb") as f:
    f.write(model.getvalue())
theirs = sentencepiece.SentencePieceProcessor(model_file="m.model")
ours = SentencePieceUnigramTokenizer.from_spm("m.model")

seen = {"versions": (version("tokenizers"), version("sentencepiece"))}
for text in texts:
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert theirs.encode(composed, out_type=str) == theirs.encode(decomposed, out_type=str)
    assert theirs.encode(composed, out_type=str) == ours.encode(composed).tokens
    seen[text] = "".join(ours.encode(decomposed).tokens).replace("\u2581", " ").strip()
    print(f"{text}: sentencepiece {theirs.encode(decomposed, out_type=str)}, tokenizers {ours.encode(decomposed).tokens}")
expected = {"versions": ("0.23.3", "0.2.3"), "Nguyễn": "Nguyên", "Tiếng Việt": "Tiêng Viẹt", "Phở": "Phơ", "nǚ": "nü", "Hà": "Hà"}
seen = {k: unicodedata.normalize("NFC", v) if isinstance(v, str) else v for k, v in seen.items()}
print(seen)
assert seen == {unicodedata.normalize("NFC", k): unicodedata.normalize("NFC", v) if isinstance(v, str) else v for k, v in expected.items()}, "it behaves otherwise now"
P
