#!/usr/bin/env bash
# pandas 3.1.1 (PyPI): read_csv(thousands=...) takes the mark out wherever it stands behind a digit, not only between
# groups of three.  With the usual pair for German or French files, thousands="." and decimal=",":
#
#   01.02.2024 and 05.03.2024    become the whole numbers 1022024 and 5032024 (dates that were to be parsed later)
#   192.168.0.1 and 10.0.0.1     become 19216801 and 10001; 1.9.216801 would be the same number
#   1.5 and 2.25 (with a point)  become 15 and 225, where the file has decimal points after all
#   "1,2,3" and "1,5," with thousands="," become 123 and 15
#
# The column is int64, nothing warns, and engine="python" does the same.  Only a mark in front (",5"), behind the decimal
# point or behind an exponent keeps the column text.  What a reader of one's own can do: take marks between thousands only
# where groups of three digits stand behind them, and say that it did.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
python3 -m venv venv
venv/bin/pip -q install pandas==3.1.1
venv/bin/python - <<'P'
import io
import warnings

import pandas

warnings.simplefilter("error")  # a warning would end this with an error


def column(cells, **options):
    text = "a;b\n" + "".join(f"{cell};1\n" for cell in cells)
    found = pandas.read_csv(io.StringIO(text), sep=";", **options)["a"]
    return str(found.dtype), found.tolist()


seen = {"version": pandas.__version__}
for engine in ("c", "python"):
    german = {"thousands": ".", "decimal": ",", "engine": engine}
    seen[f"{engine}: numbers"] = column(["1.234,5", "7"], **german)
    seen[f"{engine}: dates"] = column(["01.02.2024", "05.03.2024"], **german)
    seen[f"{engine}: addresses"] = column(["192.168.0.1", "10.0.0.1"], **german)
    seen[f"{engine}: decimal points"] = column(["1.5", "2.25"], **german)
    seen[f"{engine}: commas"] = column(["1,2,3", "1,5,"], thousands=",", engine=engine)
    seen[f"{engine}: in front"] = column([",5", "7"], thousands=",", engine=engine)[1]
for name, value in seen.items():
    print(f"{name}: {value}")
expected = {"version": "3.1.1"}
for engine in ("c", "python"):
    expected[f"{engine}: numbers"] = ("float64", [1234.5, 7.0])
    expected[f"{engine}: dates"] = ("int64", [1022024, 5032024])
    expected[f"{engine}: addresses"] = ("int64", [19216801, 10001])
    expected[f"{engine}: decimal points"] = ("int64", [15, 225])
    expected[f"{engine}: commas"] = ("int64", [123, 15])
    expected[f"{engine}: in front"] = [",5", "7"]
assert seen == expected, "it behaves otherwise now"
P
