"""Raw prepared SQL beside bro-store: the same rows, columns and indexes, parsed beforehand.

    store.py write LOG N_ROWS        writes a seeded conn.log of 22 columns
    store.py sqlite LOG DATABASE     rows a second of sqlite3's executemany, transactions of 20,000 rows, indexes last
    store.py mysql LOG SOCKET        the same of PyMySQL's executemany into a new database of a server
    store.py postgres LOG SOCKETS    the same of psycopg's executemany, and of its COPY

Prints a line of JSON for each. Needs Python 3.11 or later; for the servers PyMySQL 1.1 and psycopg[binary] 3.2.
SOCKETS is the folder of PostgreSQL's sockets.
"""

import ipaddress
import json
import random
import sqlite3
import sys
import time

FIELDS = [
    ("ts", "time"), ("uid", "string"), ("id.orig_h", "addr"), ("id.orig_p", "port"), ("id.resp_h", "addr"),
    ("id.resp_p", "port"), ("proto", "enum"), ("service", "string"), ("duration", "interval"),
    ("orig_bytes", "count"), ("resp_bytes", "count"), ("conn_state", "string"), ("local_orig", "bool"),
    ("local_resp", "bool"), ("missed_bytes", "count"), ("history", "string"), ("orig_pkts", "count"),
    ("orig_ip_bytes", "count"), ("resp_pkts", "count"), ("resp_ip_bytes", "count"),
    ("tunnel_parents", "set[string]"), ("ip_proto", "count"),
]
BLOCK = 20_000


def write(path, n_rows):
    draw = random.Random(1)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    with open(path, "w") as log:
        log.write("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n")
        log.write("#fields\t" + "\t".join(name for name, _ in FIELDS) + "\n")
        log.write("#types\t" + "\t".join(kind for _, kind in FIELDS) + "\n")
        for i in range(n_rows):
            uid = "C" + "".join(draw.choices(letters, k=17))
            host, other = draw.randrange(5000), draw.randrange(60000)
            port = draw.choice([53, 53, 443, 443, 443, 80, 22, draw.randrange(65536)])
            service = {53: "dns", 443: "ssl", 80: "http", 22: "ssh"}.get(port, "-")
            sent, received = draw.randrange(5000), draw.randrange(500000)
            n_sent, n_received = 1 + sent // 900, 1 + received // 1200
            log.write(
                f"{1767312000 + i // 20}.{draw.randrange(10**6):06}\t{uid}\t10.{host >> 12}.{host >> 6 & 63}.{host & 63}\t"
                f"{draw.randrange(1024, 65536)}\t198.18.{other >> 8}.{other & 255}\t{port}\t"
                f"{'udp' if port == 53 else 'tcp'}\t{service}\t{draw.random() * 30:.6f}\t{sent}\t{received}\t"
                f"{draw.choice(['SF', 'SF', 'SF', 'S0', 'RSTO'])}\tT\tF\t0\tShADadFf\t{n_sent}\t{sent + 40 * n_sent}\t"
                f"{n_received}\t{received + 40 * n_received}\t-\t{17 if port == 53 else 6}\n"
            )


def value(cell, kind):
    if cell == "-":
        return None
    if kind in ("time", "interval"):
        seconds, _, micros = cell.partition(".")
        return int(seconds) * 1_000_000 + int(micros)
    if kind in ("count", "port"):
        return int(cell)
    if kind == "addr":
        return ipaddress.ip_address(cell).packed
    return cell == "T" if kind == "bool" else cell


def rows_of(path):
    with open(path) as log:
        lines = [line.rstrip("\n").split("\t") for line in log if not line.startswith("#")]
    kinds = [kind for _, kind in FIELDS]
    return [(i, *map(value, line, kinds)) for i, line in enumerate(lines)]


NAMES = [name.replace(".", "_") for name, _ in FIELDS]
INDEXED = ("id_orig_h", "id_resp_h", "uid")


def measure(rows, backend, peer, version, insert, execute, commit):
    """Inserts the rows in blocks, a transaction each, makes the indexes and prints the rates."""
    start = time.perf_counter()
    for first in range(0, len(rows), BLOCK):
        insert(rows[first:first + BLOCK])
        commit()
    indexing = time.perf_counter()
    for name in INDEXED:
        part = "(24)" if backend == "MariaDB" and name == "uid" else ""
        execute(f"CREATE INDEX conn_{name} ON conn ({name}{part})")
    commit()
    end = time.perf_counter()
    print(json.dumps({
        "peer": f"{peer}, rows parsed beforehand", "version": version, "backend": backend, "n_rows": len(rows),
        "rows_s": round(len(rows) / (end - start)), "insert_s": round(indexing - start, 2),
        "indexes_s": round(end - indexing, 2),
    }))


def columns(text, binary):
    """The columns of the table with their types."""
    kinds = {"addr": binary, "string": text, "enum": text, "set[string]": text, "bool": "BIGINT"}
    return ", ".join(f"{name} {kinds.get(kind, 'BIGINT')}" for name, (_, kind) in zip(NAMES, FIELDS))


def sqlite(path, database):
    rows = rows_of(path)
    connection = sqlite3.connect(database, isolation_level=None)
    connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536")
    connection.execute(f"CREATE TABLE conn (id INTEGER PRIMARY KEY, {', '.join(NAMES)})")
    statement = f"INSERT INTO conn VALUES ({', '.join('?' * (len(NAMES) + 1))})"

    def insert(block):
        connection.execute("BEGIN")
        connection.executemany(statement, block)

    def commit():
        if connection.in_transaction:
            connection.execute("COMMIT")

    measure(rows, "SQLite", "sqlite3 executemany", sqlite3.sqlite_version, insert, connection.execute, commit)


def mysql(path, socket):
    import pymysql
    rows = rows_of(path)
    connection = pymysql.connect(unix_socket=socket, user="root", charset="utf8mb4")
    cursor = connection.cursor()
    cursor.execute("CREATE DATABASE raw_rates")
    cursor.execute("USE raw_rates")
    cursor.execute(f"CREATE TABLE conn (id BIGINT PRIMARY KEY, {columns('MEDIUMTEXT', 'VARBINARY(16)')})")
    statement = f"INSERT INTO conn VALUES ({', '.join(['%s'] * (len(NAMES) + 1))})"
    measure(
        rows, "MariaDB", "PyMySQL executemany", pymysql.__version__,
        lambda block: cursor.executemany(statement, block), cursor.execute, connection.commit,
    )
    cursor.execute("DROP DATABASE raw_rates")


def postgres(path, sockets):
    import psycopg
    rows = [tuple(int(cell) if cell is True or cell is False else cell for cell in row) for row in rows_of(path)]
    with psycopg.connect(host=sockets, user="root", dbname="postgres") as connection:
        cursor = connection.cursor()
        statement = f"INSERT INTO conn VALUES ({', '.join(['%s'] * (len(NAMES) + 1))})"

        def copy(block):
            with cursor.copy("COPY conn FROM STDIN") as into:
                for row in block:
                    into.write_row(row)

        for peer, insert in (
            ("psycopg executemany (prepared)", lambda block: cursor.executemany(statement, block)),
            ("psycopg COPY", copy),
        ):
            cursor.execute("CREATE SCHEMA raw_rates")
            cursor.execute("SET search_path = raw_rates")
            cursor.execute(f"CREATE TABLE conn (id BIGINT PRIMARY KEY, {columns('TEXT', 'BYTEA')})")
            connection.commit()
            measure(rows, "PostgreSQL", peer, psycopg.__version__, insert, cursor.execute, connection.commit)
            cursor.execute("DROP SCHEMA raw_rates CASCADE")
            connection.commit()


match sys.argv[1:]:
    case ["write", path, n_rows]:
        write(path, int(n_rows))
    case ["sqlite", path, database]:
        sqlite(path, database)
    case ["mysql", path, socket]:
        mysql(path, socket)
    case ["postgres", path, sockets]:
        postgres(path, sockets)
    case _:
        sys.exit(__doc__)
