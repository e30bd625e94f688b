import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shellQuote } from '@/lib/shell'
import { pythonLiteral, snippetsOf } from './snippets'

const ORIGIN = 'http://127.0.0.1:8000'
const hostile = ["'; rm -rf / #", '$(id)', '`id`', 'a\nb', '\\', '"', '!x', '--help', '~', '*', 'é🙂', ' ']

test('a shell takes any text as the one word that it was', () => {
  const words = [...hostile, ...fc.sample(fc.string({ minLength: 1, unit: 'grapheme' }), 200)].filter(
    (word) => !word.includes('\0'),
  )
  const script = `printf '%s\\0' ${words.map(shellQuote).join(' ')}`
  const output = execFileSync('bash', ['-c', script], { encoding: 'utf8' })
  expect(output.split('\0').slice(0, -1)).toEqual(words)
})

test('Python reads a value as what it was', () => {
  const literal = pythonLiteral({ a: [1.5, true, null, 'it\'s "q"'], b: { c: false } })
  expect(literal).toBe(`{
    "a": [1.5, True, None, "it's \\"q\\""],
    "b": {
        "c": False,
    },
}`)
})

test('a plain config is options on the command line', () => {
  const { cli } = snippetsOf(
    {
      data_types: ['logs', 'ips'],
      start_date: '2026-01-01T00:00:00Z',
      output_format: 'parquet',
      batch_size: 20_000,
      filters: { log_level: ['ERROR', 'CRITICAL'], 'ips.risk_score': { gte: 50 }, 'logs.message': 'x y' },
      processes: ['sshd'],
    },
    ORIGIN,
  )
  expect(cli.split(' \\\n  ')).toEqual([
    'lumber export',
    '--data-type logs',
    '--data-type ips',
    '--start 2026-01-01T00:00:00Z',
    '--format parquet',
    '--batch-size 20000',
    '--compression none',
    '--process=sshd',
    `--filter 'log_level in ERROR,CRITICAL'`,
    `--filter 'ips.risk_score gte 50'`,
    `--filter 'logs.message=x y'`,
    '--output ./dataset',
  ])
})

test('what makes a dataset fit for training is options too', () => {
  const { cli } = snippetsOf(
    {
      data_types: ['logs'],
      batch_size: 20_000,
      split: { mode: 'time', ratios: { train: 0.75, test: 0.25 }, embargo_seconds: 3600 },
      labels: { window_seconds: { before: 300, after: 30 }, assume_normal: true, detectors: ['-x y'] },
      deduplicate: { mode: 'burst', burst_seconds: 5 },
      sample: { share: 0.1, stratify: 'label', seed: 7 },
      order: { by: 'shuffle' },
      templates: {},
      sequences: { size: 20, step: 5 },
      fields: { logs: ['timestamp', 'message'] },
      privacy: { addresses: 'token' },
    },
    ORIGIN,
  )
  expect(cli.split(' \\\n  ').slice(4, -1)).toEqual([
    '--split time',
    '--split-ratio train=0.75,test=0.25',
    '--embargo 3600s',
    '--fields logs=timestamp,message',
    '--labels',
    '--label-window 300s,30s',
    '--assume-normal',
    `--detector='-x y'`,
    '--sample 0.1',
    '--stratify label',
    '--sample-seed 7',
    '--deduplicate burst',
    '--burst-seconds 5',
    '--order shuffle',
    '--templates',
    '--sequences sliding',
    '--sequence-size 20',
    '--sequence-step 5',
    '--privacy token',
  ])
})

test.each([
  [{ split: { mode: 'time_group' as const, unseen: 0.3 } }, '--split time_group --unseen 0.3'],
  [
    { sequences: { mode: 'session' as const, gap_seconds: 60, max_length: 50, drop_last: true } },
    '--sequences session --sequence-gap 60s --sequence-max-length 50 --sequence-drop-last',
  ],
  [
    { sequences: { unit: 'seconds' as const, size: 60, drop_last: false } },
    '--sequences sliding --sequence-unit seconds --sequence-size 60 --sequence-keep-last',
  ],
  [{ privacy: { secrets: false, identifiers: [] } }, '--privacy on --identifiers none --keep-secrets'],
  [
    {
      privacy: {
        addresses: 'truncate' as const,
        ipv4_prefix: 16,
        identifiers: ['mac' as const, 'user' as const],
      },
    },
    '--privacy truncate --ipv4-prefix 16 --identifiers mac,user',
  ],
])('%j is said by options', (part, words) => {
  const { cli } = snippetsOf({ data_types: ['logs'], ...part }, ORIGIN)
  expect(cli.replaceAll(' \\\n  ', ' ')).toBe(
    `lumber export --data-type logs --format json --batch-size 1000 ${words} --output ./dataset`,
  )
})

test.each([{ templates: { similarity: 0.5 } }])(
  '%j has no options of its own and goes in as the config',
  (part) => {
    const { cli } = snippetsOf({ data_types: ['logs'], ...part }, ORIGIN)
    expect(cli).toContain('--config /dev/stdin')
    expect(cli).toContain(Object.keys(part)[0])
  },
)

test('what options cannot say goes in as the config itself', () => {
  const config = { data_types: ['logs'], filters: { 'logs.message': 'a, b' } }
  const { cli, json } = snippetsOf(config, ORIGIN)
  expect(cli).toBe(`lumber export --config /dev/stdin --output ./dataset <<'END'\n${json}\nEND`)
  expect(JSON.parse(json)).toEqual(config)
})

test('curl sends exactly the JSON, whatever it holds', () => {
  const config = { data_types: ['logs'], filters: { 'logs.message': { contains: "it's $HOME `id`" } } }
  const { curl } = snippetsOf(config, ORIGIN)
  // In place of curl, a function that prints its last argument.
  const script = `curl() { printf '%s' "\${@: -1}"; }; ${curl}`
  expect(JSON.parse(execFileSync('bash', ['-c', script], { encoding: 'utf8' }))).toEqual(config)
})
