/** Search params of the screens: read from whatever stands in the address, and never an error. */

export const STATUSES = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const
export const SORTS = ['created', 'rows', 'size', 'duration', 'status'] as const
export const PAGE_SIZES = [25, 50, 100] as const

export interface NewExportSearch {
  /** The export to start from. */
  from?: string
}

export interface HistorySearch {
  status?: (typeof STATUSES)[number][]
  kind?: string
  text?: string
  since?: string
  until?: string
  sort?: (typeof SORTS)[number]
  order?: 'asc' | 'desc'
  page?: number
  size?: (typeof PAGE_SIZES)[number]
}

type Raw = Record<string, unknown>

export function newExportSearch(raw: Raw): NewExportSearch {
  return { from: text(raw['from']) }
}

export function historySearch(raw: Raw): HistorySearch {
  const named = Array.isArray(raw['status']) ? raw['status'] : [raw['status']]
  const status = STATUSES.filter((name) => named.includes(name))
  const page = Number(raw['page'])
  return {
    status: status.length > 0 ? status : undefined,
    kind: text(raw['kind']),
    text: text(raw['text']),
    since: day(raw['since']),
    until: day(raw['until']),
    sort: SORTS.find((name) => name === raw['sort'] && name !== 'created'),
    order: raw['order'] === 'asc' ? 'asc' : undefined,
    page: Number.isInteger(page) && page > 1 && page < 1_000_000 ? page : undefined,
    size: PAGE_SIZES.find((size) => size === Number(raw['size']) && size !== PAGE_SIZES[0]),
  }
}

function text(value: unknown): string | undefined {
  const found = typeof value === 'number' ? String(value) : value
  return typeof found === 'string' && found.trim() !== '' ? found.slice(0, 200) : undefined
}

function day(value: unknown): string | undefined {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? value : undefined
}
