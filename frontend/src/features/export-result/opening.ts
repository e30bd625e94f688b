import type { ExportConfig } from '@/lib/api/exports'

export interface OpeningSnippet {
  name: string
  text: string
}

type Format = NonNullable<ExportConfig['output_format']>

const SUFFIXES: Record<string, string> = { none: '', gzip: '.gz', zstd: '.zst' }
const BUILDERS: Record<Format, string> = {
  parquet: 'parquet',
  arrow: 'arrow',
  csv: 'csv',
  jsonl: 'json',
  json: 'json',
}
const TEXT_FORMATS: Format[] = ['json', 'jsonl', 'csv']

/** Return code that opens one kind of a dataset in a folder, for common tools. */
export function openingSnippets(
  config: Record<string, unknown>,
  folder: string,
  kind: string,
): OpeningSnippet[] {
  const format = (config['output_format'] ?? 'json') as Format
  const suffix = suffixOf(format, config['compression'])
  const pattern = pythonText(`${folder}/${kind}/*${suffix}`)
  // Only the dataset card tells `datasets` what the kinds are called.
  const load =
    config['include_metadata'] === false
      ? `load_dataset(${pythonText(BUILDERS[format])}, data_files=${pattern}`
      : `load_dataset(${pythonText(folder)}, ${pythonText(kind)}`
  return [
    { name: 'datasets', text: `from datasets import load_dataset\n\ndataset = ${load})` },
    { name: 'pandas', text: pandasCode(format, pattern, config['include_metadata'] !== false) },
    { name: 'Polars', text: polarsCode(format, pattern, config['include_metadata'] !== false) },
    { name: 'DuckDB', text: duckdbCode(format, `${folder}/${kind}/*${suffix}`, config) },
    {
      name: 'PyTorch',
      text: [
        'from datasets import load_dataset',
        'from torch.utils.data import DataLoader',
        '',
        `dataset = ${load}, split="train")`,
        'loader = DataLoader(dataset.with_format("torch"), batch_size=64)',
      ].join('\n'),
    },
  ]
}

/** Return a file name's ending, as the service gives it. */
export function suffixOf(format: string, compression: unknown): string {
  if (!TEXT_FORMATS.includes(format as Format)) return `.${format}`
  const named = compression === true ? 'gzip' : compression === false ? 'none' : String(compression ?? 'none')
  return `.${format}${SUFFIXES[named] ?? ''}`
}

/** A JSON string is also a Python string. */
function pythonText(text: string): string {
  return JSON.stringify(text)
}

function pandasCode(format: Format, pattern: string, hasMetadata: boolean): string {
  const readers: Record<Format, string> = {
    parquet: 'pandas.read_parquet(path)',
    arrow: 'pandas.read_feather(path)',
    csv: 'pandas.read_csv(path)',
    jsonl: 'pandas.read_json(path, lines=True)',
    json: hasMetadata
      ? 'pandas.DataFrame(pandas.read_json(path, typ="series")["data"])'
      : 'pandas.read_json(path)',
  }
  return [
    'import glob',
    'import pandas',
    '',
    `frame = pandas.concat(${readers[format]} for path in sorted(glob.glob(${pattern})))`,
  ].join('\n')
}

function polarsCode(format: Format, pattern: string, hasMetadata: boolean): string {
  const readers: Record<Format, string> = {
    parquet: `polars.read_parquet(${pattern})`,
    arrow: `polars.read_ipc(${pattern})`,
    csv: `polars.read_csv(${pattern})`,
    jsonl: `polars.read_ndjson(${pattern}, infer_schema_length=None)`,
    json: hasMetadata
      ? `polars.concat(polars.read_json(path).select("data").explode("data").unnest("data") for path in sorted(glob.glob(${pattern})))`
      : `polars.concat(polars.read_json(path) for path in sorted(glob.glob(${pattern})))`,
  }
  return `${format === 'json' ? 'import glob\n' : ''}import polars\n\nframe = ${readers[format]}`
}

function duckdbCode(format: Format, pattern: string, config: Record<string, unknown>): string {
  const source = `'${pattern.replaceAll("'", "''")}'`
  const readers: Record<Format, string> = {
    parquet: `read_parquet(${source})`,
    arrow: '',
    csv: `read_csv(${source})`,
    jsonl: `read_json(${source}, format = 'newline_delimited')`,
    json:
      config['include_metadata'] === false
        ? `read_json(${source}, format = 'array')`
        : `(SELECT unnest(row, max_depth := 1) FROM (SELECT unnest(data) AS row FROM read_json(${source}, maximum_object_size = 1000000000)))`,
  }
  if (format === 'arrow') {
    const folder = pythonText(pattern.replace(/\/\*[^/]*$/, ''))
    return `import duckdb\nimport pyarrow.dataset\n\nduckdb.from_arrow(pyarrow.dataset.dataset(${folder}, format="arrow"))`
  }
  return `import duckdb\n\nduckdb.sql(${pythonText(`SELECT * FROM ${readers[format]}`)})`
}
