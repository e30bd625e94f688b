import { textParam } from '@/lib/history'

export interface NewExportSearch {
  /** The export to start from. */
  from?: string
}

export function newExportSearch(raw: Record<string, unknown>): NewExportSearch {
  return { from: textParam(raw['from']) }
}

export interface DataSearch {
  /** The kind that is shown in full. */
  kind?: string
}

export function dataSearch(raw: Record<string, unknown>): DataSearch {
  return { kind: textParam(raw['kind']) }
}
