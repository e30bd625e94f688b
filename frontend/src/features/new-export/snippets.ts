import type { ConfigInput } from '@/lib/api/exports'
import { shellQuote } from '@/lib/shell'
import { withoutDefaults } from './form'
import { trainingWords } from './training/command'

/** The same export as a command or a program, ready to paste. */
export interface Snippets {
  curl: string
  python: string
  cli: string
  json: string
}

export function snippetsOf(config: ConfigInput, origin: string): Snippets {
  const short = withoutDefaults(config)
  const json = JSON.stringify(short, null, 2)
  return {
    curl: [
      `curl ${shellQuote(`${origin}/api/v1/export/`)} \\`,
      `  --header 'Content-Type: application/json' \\`,
      `  --data ${shellQuote(json)}`,
    ].join('\n'),
    python: pythonProgram(short),
    cli: cliCommand(short, json),
    json,
  }
}

/** Write a JSON value as Python. */
export function pythonLiteral(value: unknown, indent = 0): string {
  if (value === null || value === undefined) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (Array.isArray(value)) return `[${value.map((item) => pythonLiteral(item, indent)).join(', ')}]`
  if (typeof value === 'object') {
    const pairs = Object.entries(value as Record<string, unknown>)
    if (pairs.length === 0) return '{}'
    const pad = ' '.repeat(indent + 4)
    const lines = pairs.map(
      ([name, item]) => `${pad}${pythonString(name)}: ${pythonLiteral(item, indent + 4)},`,
    )
    return `{\n${lines.join('\n')}\n${' '.repeat(indent)}}`
  }
  return typeof value === 'string' ? pythonString(value) : JSON.stringify(value)
}

/**
 * JSON's escapes mean the same in Python, except for surrogate pairs, which JSON.stringify writes
 * unescaped.
 */
function pythonString(text: string): string {
  return JSON.stringify(text)
}

function pythonProgram(config: ConfigInput): string {
  const fields = Object.entries(config).map(([name, value]) => `    ${name}=${pythonLiteral(value, 4)},`)
  return [
    'import asyncio',
    '',
    'from lumber.exports.config import ExportConfig',
    'from lumber.exports.exporter import DataExporter',
    '',
    'config = ExportConfig(',
    ...fields,
    ')',
    'done = asyncio.run(DataExporter(config).export_data())',
    'print(done.path)',
  ].join('\n')
}

const OPTIONS: [keyof ConfigInput, string][] = [
  ['source', '--source'],
  ['start_date', '--start'],
  ['end_date', '--end'],
  ['end_before', '--end-before'],
  ['date_range', '--range'],
  ['time_zone', '--zone'],
  ['validation_level', '--validation'],
  ['output_format', '--format'],
  ['compression', '--compression'],
  ['batch_size', '--batch-size'],
  ['planning', '--planning'],
  ['max_reject_ratio', '--max-reject-ratio'],
  ['partition_by', '--partition-by'],
  ['dataset', '--dataset'],
  ['destination', '--destination'],
]

/** Use options if they can express the config; otherwise pass the config through standard input. */
function cliCommand(config: ConfigInput, json: string): string {
  const filters = cliFilters(config.filters ?? {})
  const training = trainingWords(config)
  if (filters === null || training === null || config.csv_escape_formulas === false) {
    const end = json.includes('\nEND\n') ? 'END_OF_CONFIG' : 'END'
    return `lumber export --config /dev/stdin --output ./dataset <<'${end}'\n${json}\n${end}`
  }
  const words: string[] = ['lumber export']
  for (const kind of config.data_types) words.push(`--data-type ${shellQuote(kind)}`)
  for (const [name, option] of OPTIONS) {
    const value = config[name]
    if (value !== undefined && value !== null) words.push(`${option} ${shellQuote(String(value))}`)
  }
  // The command's own defaults are Parquet with zstd, and 20,000.
  if (config.output_format === undefined) words.push('--format json')
  if (config.output_format === 'parquet' && config.compression === undefined) words.push('--compression none')
  if (config.batch_size === undefined) words.push('--batch-size 1000')
  for (const name of config.processes ?? []) words.push(`--process=${shellQuote(name)}`)
  for (const filter of filters) words.push(`--filter ${shellQuote(filter)}`)
  for (const [option, value] of training) words.push(optionText(option, value))
  if (config.incremental === true) words.push('--incremental')
  if (config.new_major === true) words.push('--new-major')
  if (config.include_metadata === false) words.push('--no-metadata')
  words.push('--output ./dataset')
  return words.join(' \\\n  ')
}

/** A value that starts with a dash needs `=`, or it would be parsed as an option. */
function optionText(option: string, value: string | number | null | undefined): string {
  if (value === undefined || value === null) return option
  const text = shellQuote(String(value))
  return String(value).startsWith('-') ? `${option}=${text}` : `${option} ${text}`
}

/** Return the filters as command-line options; null if a value contains a comma or can't be expressed. */
function cliFilters(filters: Record<string, unknown>): string[] | null {
  const found: string[] = []
  for (const [key, raw] of Object.entries(filters)) {
    for (const [operator, value] of conditions(raw)) {
      const items = (Array.isArray(value) ? value : [value]).map(String)
      if (items.some((item) => item.includes(',') || item.trim() !== item || item === '')) return null
      if (operator === 'eq' && /^[=<>]/.test(items[0] ?? '')) return null
      const single = operator === 'eq' ? '=' : ` ${operator} `
      found.push(`${key}${single}${items.join(',')}`)
    }
  }
  return found
}

function conditions(raw: unknown): [string, unknown][] {
  if (Array.isArray(raw)) return [['in', raw]]
  if (typeof raw === 'object' && raw !== null) return Object.entries(raw as Record<string, unknown>)
  return [['eq', raw]]
}
