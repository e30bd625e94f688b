import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pythonLiteral, shellQuote, snippetsOf } from './snippets'

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
    '--process=sshd',
    `--filter 'log_level in ERROR,CRITICAL'`,
    `--filter 'ips.risk_score gte 50'`,
    `--filter 'logs.message=x y'`,
    '--output ./dataset',
  ])
})

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
