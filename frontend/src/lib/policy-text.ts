/** Rules of export policies in words. */
import type { MergedRule } from './api/policies'
import { formatBytes, formatCount, plural } from './format'
import { utcText } from './time'

export const MODULE_WORDS: Record<string, string> = {
  addresses: 'IP addresses',
  irreversible_addresses: 'IP addresses, cut off or removed',
  mac: 'hardware addresses',
  email: 'e-mail addresses',
  user: 'user names',
  host: 'host names',
  secrets: 'secrets',
  iban: 'IBANs',
  phone: 'phone numbers',
  national_id: 'national ids',
  coordinates: 'coordinates',
  url_ids: 'ids in web addresses',
}

type Rule = Pick<MergedRule, 'rule' | 'kind' | 'value'>

const TEXTS: Record<string, (value: unknown, kind: string) => string> = {
  kinds: (value) => `data types: ${list(value)}`,
  columns: (value, kind) => `columns of ${kind}: ids, times and ${list(value)}`,
  processes: (value) => `processes: ${list(value)}`,
  earliest: (value) => `start: ${utcText(String(value))} or later`,
  latest: (value) => `end: ${utcText(String(value))} or earlier`,
  max_days: (value) => `at most ${plural(Number(value), 'day')}`,
  privacy_required: () => 'privacy must be on',
  privacy_modules: (value) => `must be replaced or removed: ${list(value, MODULE_WORDS)}`,
  max_rows: (value) => `at most ${plural(Number(value), 'row')} in an export`,
  destinations: (value) => `results may go to: ${list(value)}`,
  rows_per_day: (value) => `at most ${plural(Number(value), 'row')} a day`,
  bytes_per_day: (value) => `at most ${formatBytes(Number(value))} a day`,
}

/** Return what a rule allows, such as "at most 1,000 rows in an export". */
export function ruleText({ rule, kind, value }: Rule): string {
  return TEXTS[rule]?.(value, kind ?? '') ?? `${rule}: ${valueText(value)}`
}

/** Return the policies that state a rule, such as "policy support, version 3". */
export function policiesText({ policies }: Pick<MergedRule, 'policies'>): string {
  const names = policies.map(({ name, version }) => `${name}, version ${version}`)
  return `${names.length === 1 ? 'policy' : 'policies'} ${names.join('; ')}`
}

function list(value: unknown, words: Record<string, string> = {}): string {
  const names = (Array.isArray(value) ? value : []).map(
    (name: unknown) => words[String(name)] ?? String(name),
  )
  return names.length === 0 ? 'none' : names.join(', ')
}

function valueText(value: unknown): string {
  return typeof value === 'number' ? formatCount(value) : JSON.stringify(value)
}
