import { textParam } from '@/lib/history'

export interface NewExportSearch {
  /** The export to start from. */
  from?: string
}

export function newExportSearch(raw: Record<string, unknown>): NewExportSearch {
  return { from: textParam(raw['from']) }
}
