"""Reference tables for `table.open`, `table.save`, `table.group` and `table.pivot`.

Made with Python 3.11, pyarrow 26.0.1 and numpy. Everything follows from formulas; no clock and no chance.

    python tables.py                 writes theirs-*.parquet, theirs.csv and expected.json beside this file
    python tables.py check OURS.parquet OURS.csv
                                     reads what `table.save` wrote, and says whether it is what was to be written;
                                     the files that passed stand beside this one as ours.parquet and ours.csv
"""

import datetime
import decimal
import json
import pathlib
import sys

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

HERE = pathlib.Path(__file__).parent
ROWS = 40


def some(at, value, each=7):
    """Every seventh cell is empty."""
    return None if at % each == each - 1 else value


def every_type():
    utc = datetime.timezone.utc
    day = datetime.date(1969, 12, 25)
    moment = datetime.datetime(1999, 12, 31, 23, 59, 59, 987654)
    rows = range(ROWS)
    step = datetime.timedelta(days=97, seconds=3661, microseconds=1001)
    arrays = {
        "flag": pa.array([some(i, i % 3 == 0) for i in rows]),
        "int8": pa.array([some(i, i - 20) for i in rows], pa.int8()),
        "uint16": pa.array([some(i, i * 1600) for i in rows], pa.uint16()),
        "uint32": pa.array([some(i, i * 107374182) for i in rows], pa.uint32()),
        "int64": pa.array([some(i, (i - 20) * 461168601842738790) for i in rows], pa.int64()),
        "half": pa.array([some(i, np.float16(i / 8)) for i in rows], pa.float16()),
        "float": pa.array([some(i, i / 16 - 1) for i in rows], pa.float32()),
        "double": pa.array([some(i, i / 7) for i in rows], pa.float64()),
        "text": pa.array([some(i, ["", "é", "a,\"b\"", "two\nlines", "日本"][i % 5]) for i in rows]),
        "kind": pa.array([some(i, "xyz"[i % 3]) for i in rows]).dictionary_encode(),
        "day": pa.array([some(i, day + datetime.timedelta(days=i)) for i in rows], pa.date32()),
        "ms": pa.array([some(i, moment + i * step) for i in rows], pa.timestamp("ms")),
        "us_utc": pa.array([some(i, (moment + i * step).replace(tzinfo=utc)) for i in rows], pa.timestamp("us", "UTC")),
        "time": pa.array([some(i, (moment + i * step).time()) for i in rows], pa.time64("us")),
        "money": pa.array([some(i, decimal.Decimal(i * 37 - 500) / 100) for i in rows], pa.decimal128(9, 2)),
        "large": pa.array([some(i, decimal.Decimal(i * 10**24 + 1) / 10**4) for i in rows], pa.decimal128(30, 4)),
        "list": pa.array([some(i, [some(k, k, 3) for k in range(i % 4)]) for i in rows], pa.list_(pa.int64())),
        "struct": pa.array([some(i, {"a": i, "b": some(i, str(i), 4)}) for i in rows]),
    }
    return pa.table(arrays)


def cell(value, ty):
    if value is None:
        return None
    if isinstance(value, datetime.datetime):
        digits = {"ms": 3, "us": 6}[ty.unit]
        text = value.strftime("%Y-%m-%dT%H:%M:%S")
        part = f"{value.microsecond:06}"[:digits]
        return text + fraction(part) + ("Z" if ty.tz else "")
    if isinstance(value, datetime.time):
        return value.strftime("%H:%M:%S") + fraction(f"{value.microsecond:06}")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return float(value) if ty.precision <= 15 else f"{value:f}"
    if isinstance(value, np.floating):
        return float(value)
    return value


def fraction(digits):
    """chrono writes no part of a second, or 3, 6 or 9 digits of it."""
    if int(digits) == 0:
        return ""
    return "." + (digits[:3] if digits[3:].strip("0") == "" else digits)


def rows_of(table):
    rows = []
    for at in range(table.num_rows):
        row = {}
        for name in table.column_names:
            column = table.column(name)
            value = column[at].as_py()
            if pa.types.is_struct(column.type):
                for field in column.type:
                    row[f"{name}.{field.name}"] = None if value is None else value[field.name]
            else:
                row[name] = cell(value, column.type)
        rows.append(row)
    return rows


def numbers():
    """200 rows of three keys and a measure, by a linear congruence (Park and Miller 1988)."""
    state, rows = 1, []
    for at in range(200):
        state = state * 16807 % 2147483647
        rows.append({
            "town": ["Lund", "Porto", "Turku", None][state % 4],
            "year": 2020 + state // 7 % 3,
            "n": None if state % 11 == 0 else state % 1000 - 300,
            "x": None if state % 13 == 0 else (state % 100000) / 128 - 200,
        })
    return rows


def grouped(rows):
    table = pa.Table.from_pylist(rows)
    kinds = [("n", kind) for kind in ("count", "count_distinct", "sum", "mean", "min", "max")]
    kinds += [("x", kind) for kind in ("sum", "mean", "min", "max")]
    kinds += [("x", "stddev", pc.VarianceOptions(ddof=1)), ("n", "stddev", pc.VarianceOptions(ddof=1))]
    kinds[1] = ("n", "count_distinct", pc.CountOptions(mode="only_valid"))
    groups = table.group_by("town", use_threads=False).aggregate(kinds).to_pylist()
    for group in groups:
        for name in "nx":
            own = [row[name] for row in rows if row["town"] == group["town"] and row[name] is not None]
            group[f"{name}_median"] = float(np.median(own))
    return groups


def pivoted(rows):
    table = pa.Table.from_pylist([row for row in rows if row["town"] is not None])
    sums = table.group_by(["year", "town"], use_threads=False).aggregate([("n", "sum")]).to_pylist()
    wide = {}
    for row in sums:
        wide.setdefault(row["year"], {"year": row["year"]})[row["town"]] = row["n_sum"]
    return list(wide.values())


def to_save():
    """What the test writes; the same formulas stand there."""
    rows = range(30)
    return [
        {
            "flag": None if i % 5 == 4 else i % 2 == 0,
            "int": None if i % 6 == 5 else (i - 15) * 600479950316066,
            "float": None if i % 7 == 6 else i / 3,
            "text": None if i % 4 == 3 else ["é", "a,\"b\"", "two\nlines"][i % 3],
            "json": None if i % 8 == 7 else json.dumps([i, {"a": i}], separators=(",", ":")),
        }
        for i in rows
    ]


def check(parquet, csv):
    wanted = to_save()
    found = pa.parquet.read_table(parquet)
    types = [str(field.type) for field in found.schema]
    assert types[:4] == ["bool", "int64", "double", "string"] and "json" in types[4] or types[4] == "string", types
    found = pa.table([c.cast(pa.string()) if i == 4 else c for i, c in enumerate(found.columns)], found.column_names)
    assert found.to_pylist() == wanted, "the Parquet file holds something else"
    options = pa.csv.ConvertOptions(strings_can_be_null=True, null_values=[""], quoted_strings_can_be_null=True)
    parse = pa.csv.ParseOptions(newlines_in_values=True)
    found = pa.csv.read_csv(csv, convert_options=options, parse_options=parse)
    assert found.to_pylist() == wanted, "the CSV file holds something else"
    print("both files hold what was to be written")


def write():
    table = every_type()
    plain = pa.parquet.write_table
    plain(table, HERE / "theirs-v1.parquet", row_group_size=16, compression="snappy")
    plain(table, HERE / "theirs-v2.parquet", compression="zstd", data_page_version="2.0", data_page_size=256,
          use_dictionary=False, column_encoding={"int64": "DELTA_BINARY_PACKED", "text": "DELTA_BYTE_ARRAY",
                                                 "double": "BYTE_STREAM_SPLIT", "flag": "RLE"})
    flat = table.select(["flag", "int64", "double", "text"])
    pa.csv.write_csv(flat, HERE / "theirs.csv")
    rows = numbers()
    expected = {
        "parquet": rows_of(table),
        # An empty text and an empty cell are the same in CSV for us.
        "csv": [{name: None if value == "" else value for name, value in row.items()} for row in rows_of(flat)],
        "rows": rows,
        "grouped": grouped(rows),
        "pivoted": pivoted(rows),
    }
    (HERE / "expected.json").write_text(json.dumps(expected, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    check(*sys.argv[2:]) if sys.argv[1:2] == ["check"] else write()
