#!/usr/bin/env bash
# torch 2.15.0 (PyPI): EmbeddingBag with mode="mean" and include_last_offset=True divides the last bag by the wrong number where
# the last offset stands before the end of the list.  The documentation lets it: the last element of offsets is "the size of
# the input, or the ending index position of the last bag".  Of rows 1, 2, 3, 4, 5, 6 and offsets 0, 2, 4 the bags are (1, 2)
# and (3, 4); the two indices behind belong to none.
#
#   mode="sum"    3, 7        right
#   mode="max"    2, 4 expected; the second is 6: the largest to the list's end
#   mode="mean"   1.5, 1.75   the sum of two rows over the four indices to the list's end; 3.5 is right
#
# With the list cut at the last offset all modes are right, so a list of indices with room behind, as one makes for batches of
# one shape, is silently averaged over that room.  What a library of one's own can do: let a bag end where its offset says, and
# count its own indices.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
python3 -m venv venv
venv/bin/pip -q install torch==2.15.0 numpy
venv/bin/python - <<'P'
import torch
import torch.nn.functional as F

table = torch.arange(1.0, 7.0)[:, None]
index, offset = torch.arange(6), torch.tensor([0, 2, 4])
seen = {"version": torch.__version__.split("+")[0]}
for mode in ("sum", "mean", "max"):
    whole = F.embedding_bag(index, table, offset, mode=mode, include_last_offset=True)
    cut = F.embedding_bag(index[:4], table, offset, mode=mode, include_last_offset=True)
    seen[mode] = (whole.flatten().tolist(), cut.flatten().tolist())
for name, value in seen.items():
    print(f"{name}: {value}")
expected = {"version": "2.15.0", "sum": ([3.0, 7.0], [3.0, 7.0]), "mean": ([1.5, 1.75], [1.5, 3.5]),
            "max": ([2.0, 6.0], [2.0, 4.0])}
assert seen == expected, "it behaves otherwise now"
P
