/** The viewer's search params in the address: which rows are shown, and in which order. */
import { textParam } from './history'

export const ROWS_PER_PAGE = 50

export interface RowSearch {
  kind?: string
  split?: string
  /** Number of the first row, from 0. */
  place?: number
  search?: string
  /** Conditions as JSON. */
  filters?: string
  sort?: string
  order?: 'desc'
  /** Number of the row that is shown in full. */
  row?: number
  /** Rejected rows instead of those of the dataset. */
  rejects?: true
  /** Id of a row in the database, to find it or why it is missing. */
  find?: string
  /** The rule that rejected rows broke. */
  rule?: string
}

export function rowSearch(raw: Record<string, unknown>): RowSearch {
  const place = numberOf(raw['place'])
  return {
    kind: textParam(raw['kind']),
    split: textParam(raw['split']),
    place: place === 0 ? undefined : place,
    search: textParam(raw['search']),
    filters: jsonText(raw['filters']),
    sort: textParam(raw['sort']),
    order: raw['order'] === 'desc' ? 'desc' : undefined,
    row: numberOf(raw['row']),
    rejects: raw['rejects'] === true ? true : undefined,
    find: idOf(raw['find']),
    rule: textParam(raw['rule']),
  }
}

/** Whether only some rows are looked for. */
export function isConditional({ search, filters }: RowSearch): boolean {
  return search !== undefined || filters !== undefined
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

/** The router reads digits in an address as a number, which may be too large for one. */
function idOf(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined
  return typeof value === 'string' && /^-?\d{1,19}$/.test(value) ? value : undefined
}

/** The router reads JSON in an address as a value. */
export function jsonText(value: unknown): string | undefined {
  if (typeof value === 'object' && value !== null) return JSON.stringify(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}
