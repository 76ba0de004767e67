#!/usr/bin/env python3
"""What `bro-ml profile` is compared with: pandas, polars and DuckDB from a conn.log to the same numbers.

    profile.py LOG {pandas|polars|duckdb|bro-features|bro-ml} [--threads 2] [--runs 3]
    profile.py LOG check

with [--bro-ml PROGRAM] [--bench PROGRAM] where `bro-ml` and `bro-ml-bench` are not on the path.

The numbers: of eight columns count, missing, mean, standard deviation, minimum, quartiles, maximum (describe); the
same and Tukey's whiskers of duration, orig_bytes and resp_bytes by service (boxes); rows, bytes and median duration by
service, proto and conn_state (group-by); Pearson's matrix of the eight columns. `bro-features` is
`bro-ml-bench describe`: these numbers by our crates, exact, and nothing else; `bro-ml` is the whole command, with all its
other parts. `check` compares the answers of all: they must be equal to rounding, but for the quantiles of `bro-ml`, which
states an error of 0.8 %.
Each run is a process of its own; one JSON line says its wall time, CPU time and peak memory.

Made with pandas 3.1, polars 2.1 and DuckDB 2.0.
"""
import argparse
import json
import math
import os
import resource
import subprocess
import sys
import time

NUMBERS = ["duration", "orig_bytes", "resp_bytes", "missed_bytes", "orig_pkts", "orig_ip_bytes", "resp_pkts",
           "resp_ip_bytes"]
BOXES = NUMBERS[:3]
BY = ["service", "proto", "conn_state"]
QUARTILES = [0.25, 0.5, 0.75]


def fields(log):
    with open(log) as f:
        for line in f:
            if line.startswith("#fields"):
                return line.rstrip("\n").split("\t")[1:]
    raise SystemExit(f"{log} has no #fields line")


def box(n, q1, median, q3, low, high):
    return {"n": n, "q1": q1, "median": median, "q3": q3, "whisker_low": low, "whisker_high": high}


def pandas(log, _threads):
    import pandas as pd
    names = fields(log)
    types = {name: "float64" for name in NUMBERS} | {name: "category" for name in BY}
    frame = pd.read_csv(log, sep="\t", comment="#", header=None, names=names, usecols=NUMBERS + BY, dtype=types,
                        na_values="-", keep_default_na=False)
    describe = frame[NUMBERS].describe()
    boxes = {}
    frame["service"] = frame["service"].cat.add_categories("(none)").fillna("(none)")
    for service, group in frame.groupby("service", observed=True):
        for name in BOXES:
            values = group[name].dropna()
            if not len(values):
                continue
            q1, median, q3 = values.quantile(QUARTILES)
            inside = values[values.between(q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1))]
            boxes[f"{name} {service}"] = box(len(values), q1, median, q3, inside.min(), inside.max())
    groups = frame.groupby(BY, observed=True).agg(n=("orig_pkts", "size"), sent=("orig_bytes", "sum"),
                                                  received=("resp_bytes", "sum"), median=("duration", "median"))
    corr = frame[NUMBERS].corr()
    return {
        "describe": {c: {"n": describe[c]["count"], "mean": describe[c]["mean"], "std": describe[c]["std"],
                         "q1": describe[c]["25%"], "median": describe[c]["50%"], "q3": describe[c]["75%"],
                         "max": describe[c]["max"]} for c in NUMBERS},
        "boxes": boxes,
        "groups": {" ".join(key): {"n": row.n, "sent": row.sent, "received": row.received}
                   for key, row in zip(groups.index, groups.itertuples())},
        "corr": corr.to_numpy().tolist(),
    }


def polars(log, _threads):
    import polars as pl
    names = fields(log)
    frame = pl.scan_csv(log, separator="\t", comment_prefix="#", has_header=False, null_values="-",
                        schema={n: pl.Float64 if n in NUMBERS else pl.String for n in names}).select(NUMBERS + BY).collect()
    d = frame.select([e for n in NUMBERS for e in (
        pl.col(n).count().alias(f"{n} n"), pl.col(n).mean().alias(f"{n} mean"), pl.col(n).std().alias(f"{n} std"),
        *(pl.col(n).quantile(q, "linear").alias(f"{n} {k}") for q, k in zip(QUARTILES, ["q1", "median", "q3"])),
        pl.col(n).max().alias(f"{n} max"))]).row(0, named=True)
    frame = frame.with_columns(pl.col("service").fill_null("(none)"))
    quartiles = frame.group_by("service").agg([
        pl.col(n).quantile(q, "linear").alias(f"{n} {k}")
        for n in BOXES for q, k in zip(QUARTILES, ["q1", "median", "q3"])] + [pl.col(n).count().alias(f"{n} n") for n in BOXES])
    joined = frame.select(BOXES + ["service"]).join(quartiles, on="service")
    whiskers = joined.group_by("service").agg([
        getattr(pl.col(n).filter(pl.col(n).is_between(
            pl.col(f"{n} q1") - 1.5 * (pl.col(f"{n} q3") - pl.col(f"{n} q1")),
            pl.col(f"{n} q3") + 1.5 * (pl.col(f"{n} q3") - pl.col(f"{n} q1")))), side)().alias(f"{n} {side}")
        for n in BOXES for side in ("min", "max")])
    boxes = {}
    for row in quartiles.join(whiskers, on="service").iter_rows(named=True):
        for n in BOXES:
            if row[f"{n} n"]:
                boxes[f"{n} {row['service']}"] = box(row[f"{n} n"], row[f"{n} q1"], row[f"{n} median"], row[f"{n} q3"],
                                                    row[f"{n} min"], row[f"{n} max"])
    groups = frame.group_by(BY).agg(pl.len().alias("n"), pl.col("orig_bytes").sum().alias("sent"),
                                    pl.col("resp_bytes").sum().alias("received"), pl.col("duration").median())
    pairs = frame.select([pl.corr(a, b).alias(f"{i} {j}") for i, a in enumerate(NUMBERS)
                          for j, b in enumerate(NUMBERS) if i < j]).row(0, named=True)
    corr = [[1.0 if i == j else pairs[f"{min(i, j)} {max(i, j)}"] for j in range(8)] for i in range(8)]
    return {
        "describe": {c: {k: d[f"{c} {k}"] for k in ["n", "mean", "std", "q1", "median", "q3", "max"]} for c in NUMBERS},
        "boxes": boxes,
        "groups": {" ".join(row[b] for b in BY): {"n": row["n"], "sent": row["sent"], "received": row["received"]}
                   for row in groups.iter_rows(named=True)},
        "corr": corr,
    }


def duckdb(log, threads):
    import duckdb as db
    con = db.connect(config={"threads": threads})
    columns = {n: "DOUBLE" if n in NUMBERS else "VARCHAR" for n in fields(log)}
    con.execute(f"""create table conn as select {', '.join(NUMBERS)}, coalesce(service, '(none)') as service, proto, conn_state
        from read_csv('{log}', delim='\t', header=false, columns={columns}, nullstr='-', quote='', escape='', auto_detect=false,
        comment='#', null_padding=true)""")
    row = con.execute("select " + ", ".join(
        f"count({n}), avg({n}), stddev({n}), quantile_cont({n}, {QUARTILES}), max({n})" for n in NUMBERS) + " from conn").fetchone()
    describe = {}
    for i, n in enumerate(NUMBERS):
        count, mean, std, (q1, median, q3), most = row[5 * i:5 * i + 5]
        describe[n] = {"n": count, "mean": mean, "std": std, "q1": q1, "median": median, "q3": q3, "max": most}
    boxes = {}
    for n in BOXES:
        for service, count, (q1, median, q3), low, high in con.execute(f"""
            with q as (select service, count({n}) as n, quantile_cont({n}, {QUARTILES}) as q from conn where {n} is not null group by service)
            select service, any_value(q.n), any_value(q.q), min({n}), max({n}) from conn join q using (service)
            where {n} between q.q[1] - 1.5 * (q.q[3] - q.q[1]) and q.q[3] + 1.5 * (q.q[3] - q.q[1]) group by service""").fetchall():
            boxes[f"{n} {service}"] = box(count, q1, median, q3, low, high)
    groups = {" ".join(key): {"n": n, "sent": sent or 0, "received": received or 0} for *key, n, sent, received, _ in con.execute(
        "select service, proto, conn_state, count(*), sum(orig_bytes), sum(resp_bytes), median(duration) from conn group by all").fetchall()}
    pairs = con.execute("select " + ", ".join(f"corr({a}, {b})" for i, a in enumerate(NUMBERS) for b in NUMBERS[i + 1:]) + " from conn").fetchone()
    values = iter(pairs)
    corr = [[1.0] * 8 for _ in range(8)]
    for i in range(8):
        for j in range(i + 1, 8):
            corr[i][j] = corr[j][i] = next(values)
    return {"describe": describe, "boxes": boxes, "groups": groups, "corr": corr}


def bro_features(log, threads, program="bro-ml-bench"):
    return json.loads(subprocess.run([program, "describe", log, str(threads)], check=True, stdout=subprocess.PIPE).stdout)


def bro_ml(log, threads, program="bro-ml"):
    env = dict(os.environ, RAYON_NUM_THREADS=str(threads))
    out = subprocess.run([program, "profile", log, "--no-save", "--format", "json", "--limit", "1000"], env=env, check=True,
                         stdout=subprocess.PIPE).stdout
    found = json.loads(out)
    matrix = {(row["one"], row["other"]): row["r"] for row in found["correlations"]
              if row["proto"] == "all" and row["method"] == "pearson"}
    return {
        "describe": {row["name"]: {"n": round(row["n"] * (1 - row["missing"])), "mean": row["mean"], "std": row["std"],
                                   "q1": row["q1"], "median": row["median"], "q3": row["q3"], "max": row["max"]}
                     for row in found["columns"]["columns"] if row["name"] in NUMBERS},
        "boxes": {f"{row['column']} {row['group']}": {k: row[k] for k in ["n", "q1", "median", "q3", "whisker_low", "whisker_high"]}
                  for row in found["boxes"] if row["by"] == "service" and row["column"] in BOXES and row["n"]},
        "groups": {" ".join(row[b] for b in BY): {k: row[k] for k in ["n", "sent", "received"]} for row in found["groups"]["rows"]},
        "corr": [[1.0 if i == j else matrix[(a, b) if i < j else (b, a)] for j, b in enumerate(NUMBERS)]
                 for i, a in enumerate(NUMBERS)],
    }


def near(one, other, what, tolerance):
    if one is None or other is None or math.isnan(one) or math.isnan(other):
        assert (one is None or math.isnan(one)) and (other is None or math.isnan(other)), what
        return
    assert abs(one - other) <= tolerance * max(abs(one), abs(other), 1e-6), f"{what}: {one}, {other}"


def check(log, program, bench):
    reference = pandas(log, 2)
    for name, answer in [("polars", polars(log, 2)), ("duckdb", duckdb(log, 2)),
                         ("bro-features", bro_features(log, 2, bench)), ("bro-ml", bro_ml(log, 2, program))]:
        ours = name == "bro-ml"
        loose = 0.016 if ours else 1e-6
        for column, numbers in reference["describe"].items():
            for key, value in numbers.items():
                exact = key in ("n", "mean", "std") or not ours
                near(value, answer["describe"][column][key], f"{name} {column} {key}", 1e-6 if exact else loose)
        assert answer["groups"].keys() == reference["groups"].keys(), name
        for key, group in reference["groups"].items():
            for what, value in group.items():
                near(float(value), float(answer["groups"][key][what]), f"{name} {key} {what}", 1e-9)
        assert answer["boxes"].keys() >= reference["boxes"].keys() or ours, name
        for key in answer["boxes"].keys() & reference["boxes"].keys():
            for what, value in reference["boxes"][key].items():
                # A whisker ends at the last value inside a bound that moves with the quartiles.
                tolerance = 0.05 if ours and what.startswith("whisker") else loose
                near(float(value), float(answer["boxes"][key][what]), f"{name} {key} {what}", tolerance)
        for i in range(8):
            for j in range(8):
                near(reference["corr"][i][j], answer["corr"][i][j], f"{name} r {i} {j}", 1e-6)
        print(f"{name}: equal to pandas in {len(reference['groups'])} groups, {len(reference['boxes'])} boxes, 8 columns")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log")
    parser.add_argument("peer", choices=["pandas", "polars", "duckdb", "bro-features", "bro-ml", "check"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--bro-ml", default="bro-ml")
    parser.add_argument("--bench", default="bro-ml-bench")
    parser.add_argument("--child", action="store_true")
    args = parser.parse_args()
    if args.peer == "check":
        return check(args.log, args.bro_ml, args.bench)
    if args.child:
        return {"pandas": pandas, "polars": polars, "duckdb": duckdb}[args.peer](args.log, args.threads)
    env = dict(os.environ, POLARS_MAX_THREADS=str(args.threads), RAYON_NUM_THREADS=str(args.threads))
    if args.peer == "bro-ml":
        command = [args.bro_ml, "profile", args.log, "--no-save", "--format", "json", "--limit", "1000"]
    elif args.peer == "bro-features":
        command = [args.bench, "describe", args.log, str(args.threads)]
    else:
        command = [sys.executable, __file__, args.log, args.peer, "--child", "--threads", str(args.threads)]
    runs = []
    for _ in range(args.runs):
        started = time.monotonic()
        process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        assert status == 0, status
        runs.append((time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024))
    best = min(runs)
    print(json.dumps({"task": "profile", "peer": args.peer, "log": os.path.basename(args.log), "threads": args.threads,
                      "seconds_min": round(best[0], 3), "cpu_seconds_min": round(min(r[1] for r in runs), 3),
                      "peak_rss_mb": round(max(r[2] for r in runs), 1), "runs": args.runs}))


if __name__ == "__main__":
    main()
