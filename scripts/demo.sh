#!/usr/bin/env bash
# Make a small export from nothing and show how to open it. Every run starts afresh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rm -rf demo
# Like everything that Lumber makes, only the owner may read it.
umask 077
mkdir -p demo/data
export LUMBER_DATA_DIR=demo/data
lumber=.venv/bin/lumber

"$lumber" sample --rows 20000 --seed 7
"$lumber" export --data-type logs --data-type anomalies --data-type ips --output demo/dataset
"$lumber" verify demo/dataset

cat <<'TEXT'

The dataset is in demo/dataset. Open it with .venv/bin/python and any of these:

  datasets   import datasets; datasets.load_dataset("demo/dataset", "logs")
  pandas     import pandas; pandas.read_parquet("demo/dataset/logs")
  Polars     import polars; polars.read_parquet("demo/dataset/logs/*.parquet")
  DuckDB     import duckdb; duckdb.sql("SELECT * FROM 'demo/dataset/logs/*.parquet'")

To see it in the browser: make frontend && LUMBER_DATA_DIR=demo/data .venv/bin/lumber serve
TEXT
