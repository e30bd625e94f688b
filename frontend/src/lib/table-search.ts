/** The search params of the rows of a table: which are shown, and in which order. */
import { textParam } from './history'
import { jsonText } from './row-search'

export interface TableSearch {
  kind?: string
  /** The source of the rows; without one they are in the service's database. */
  source?: string
  /** Where the page begins: the key of the row before it. */
  after?: string
  search?: string
  /** Conditions as JSON. */
  filters?: string
  order?: 'asc'
  /** Id of the row that is shown in full. */
  row?: string
}

export function tableSearch(raw: Record<string, unknown>): TableSearch {
  const row = raw['row']
  return {
    kind: textParam(raw['kind']),
    source: textParam(raw['source']),
    after: textParam(raw['after']),
    search: textParam(raw['search']),
    filters: jsonText(raw['filters']),
    order: raw['order'] === 'asc' ? 'asc' : undefined,
    row: typeof row === 'number' ? String(row) : textParam(row),
  }
}
