/** The history's search params in the address, and the query that they make. */
import type { ExportMetadata, HistoryFilter, Matching, Order } from './api/exports'
import { browserZone, endOfSecond, wallToMoment } from './time'

export const STATUSES = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const
export const SORTS = ['created', 'rows', 'size', 'duration', 'status'] as const
export const PAGE_SIZES = [25, 50, 100] as const

/** The service takes no longer search. */
const MOST_CHARACTERS = 200
const MOST_TAGS = 20
const TAG = /^[\p{L}\p{N}._-]{1,40}$/u

export type SortKey = (typeof SORTS)[number]

export interface HistorySearch {
  status?: (typeof STATUSES)[number][]
  kind?: string
  text?: string
  tag?: string[]
  /** Local days, inclusive. */
  since?: string
  until?: string
  sort?: SortKey
  order?: 'asc' | 'desc'
  page?: number
  size?: (typeof PAGE_SIZES)[number]
}

/** What the service calls each order: upwards, and downwards. */
const ORDERS: Record<SortKey, Record<'asc' | 'desc', Order>> = {
  created: { asc: 'oldest', desc: 'newest' },
  rows: { asc: 'fewest_rows', desc: 'most_rows' },
  size: { asc: 'smallest', desc: 'largest' },
  duration: { asc: 'shortest', desc: 'longest' },
  status: { asc: 'status', desc: 'status_reversed' },
}

type Raw = Record<string, unknown>

/** Read the search params of the address, and ignore invalid ones. */
export function historySearch(raw: Raw): HistorySearch {
  const named: unknown[] = Array.isArray(raw['status']) ? raw['status'] : [raw['status']]
  const status = STATUSES.filter((name) => named.includes(name))
  const page = numberParam(raw['page'])
  const rows = numberParam(raw['size'])
  return {
    status: status.length > 0 ? status : undefined,
    kind: textParam(raw['kind']),
    text: textParam(raw['text']),
    tag: tagsParam(raw['tag']),
    since: dayParam(raw['since']),
    until: dayParam(raw['until']),
    sort: SORTS.find((name) => name === raw['sort'] && name !== 'created'),
    order: raw['order'] === 'asc' ? 'asc' : undefined,
    page: Number.isInteger(page) && page > 1 && page < 1_000_000 ? page : undefined,
    size: PAGE_SIZES.find((size) => size === rows && size !== PAGE_SIZES[0]),
  }
}

export function textParam(value: unknown): string | undefined {
  const found = typeof value === 'number' ? String(value) : value
  if (typeof found !== 'string') return undefined
  const cut = found.slice(0, MOST_CHARACTERS)
  return cut.trim() === '' ? undefined : cut
}

/** Tags as the service takes them. */
function tagsParam(value: unknown): string[] | undefined {
  const named: unknown[] = Array.isArray(value) ? value : [value]
  const tags = named.map((each) => (typeof each === 'number' ? String(each) : each))
  const found = tags.filter((tag): tag is string => typeof tag === 'string' && TAG.test(tag))
  return found.length > 0
    ? [...new Set(found.map((tag) => tag.toLowerCase()))].slice(0, MOST_TAGS)
    : undefined
}

/** Whether any filter is set. */
export function isFiltered({ status, kind, text, tag, since, until }: HistorySearch): boolean {
  return [status, kind, text, tag, since, until].some((value) => value !== undefined)
}

/** Return the query for one page in the order of the address. */
export function historyFilter(search: HistorySearch, zone = browserZone()): HistoryFilter {
  const size = search.size ?? PAGE_SIZES[0]
  const sinceMoment = search.since && wallToMoment(`${search.since} 00:00:00`, zone)
  const untilMoment = search.until && wallToMoment(`${search.until} 23:59:59`, zone)
  return {
    status: search.status,
    kind: search.kind,
    text: search.text,
    tag: search.tag,
    created_from: sinceMoment || undefined,
    created_to: untilMoment ? endOfSecond(untilMoment) : undefined,
    order: ORDERS[search.sort ?? 'created'][search.order ?? 'desc'],
    limit: size,
    offset: ((search.page ?? 1) - 1) * size,
  }
}

/** Return the filters alone, as a call for many exports takes them. */
export function matchingOf(search: HistorySearch, zone = browserZone()): Matching {
  const { status, kind, text, tag, created_from, created_to } = historyFilter(search, zone)
  // Other packages may add data types.
  return { status, kind: kind as Matching['kind'], text, tag, created_from, created_to }
}

export function durationSeconds({ started_at, finished_at }: ExportMetadata): number | null {
  if (!started_at || !finished_at) return null
  return Math.max(0, (Date.parse(finished_at) - Date.parse(started_at)) / 1000)
}

/** Objects are ignored: a value in the address can even have a `toString` that isn't a function. */
function numberParam(value: unknown): number {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : NaN
}

export function dayParam(value: unknown): string | undefined {
  return typeof value === 'string' &&
    /^\d{4}-\d\d-\d\d$/.test(value) &&
    wallToMoment(`${value} 00:00:00`, 'UTC') !== null
    ? value
    : undefined
}
