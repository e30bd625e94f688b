import { formatCount, plural } from '@/lib/format'
import type { RowColumn } from '@/lib/api/rows'

const MOMENT = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.(\d{6}))?Z$/

/** Return what a cell shows of a value; null for a missing one. Times are in UTC. */
export function cellText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') {
    const moment = MOMENT.exec(value)
    if (moment === null) return value
    const [, day = '', time = '', fraction = ''] = moment
    const rest = fraction.replace(/0+$/, '')
    return `${day} ${time}${rest === '' ? '' : `.${rest}`}`
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** A column's type in one word. */
export function typeWord({ type, is_json: isJson }: RowColumn): string {
  if (isJson) return 'JSON'
  if (type.startsWith('timestamp')) return 'time (UTC)'
  if (type === 'string' || type === 'large_string') return 'text'
  if (/^u?int/.test(type)) return 'integer'
  if (/^(float|double)/.test(type)) return 'number'
  return type
}

/** Which rows a page has, such as "Rows 1 to 50 of 1,000". */
export function rangeText(first: number, last: number, total: number): string {
  if (total === 0) return 'No rows'
  return `Rows ${formatCount(first + 1)} to ${formatCount(last)} of ${formatCount(total)}`
}

/** How many rows a search found, and how far it looked. */
export function foundText(found: number, first: number, last: number, total: number): string {
  const where = `in rows ${formatCount(first + 1)} to ${formatCount(last)} of ${formatCount(total)}`
  return found === 0 ? `Nothing found ${where}` : `${plural(found, 'row')} found ${where}`
}
