/** The viewer's search params in the address: which rows are shown. */
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
}

export function rowSearch(raw: Record<string, unknown>): RowSearch {
  const place = Number(raw['place'])
  return {
    kind: textParam(raw['kind']),
    split: textParam(raw['split']),
    place: Number.isSafeInteger(place) && place > 0 ? place : undefined,
    search: textParam(raw['search']),
    filters: typeof raw['filters'] === 'string' && raw['filters'] !== '' ? raw['filters'] : undefined,
  }
}

/** Whether only some rows are looked for. */
export function isConditional({ search, filters }: RowSearch): boolean {
  return search !== undefined || filters !== undefined
}
