import { textParam } from '@/lib/history'
import { localPath } from '@/lib/session'

export interface NewExportSearch {
  /** The export to start from. */
  from?: string
  /** The topic of a verdict on it, whose fix the form begins with. */
  fix?: string
}

export function newExportSearch(raw: Record<string, unknown>): NewExportSearch {
  return { from: textParam(raw['from']), fix: textParam(raw['fix']) }
}

export interface CompareSearch {
  /** The ids of the two exports. */
  a?: string
  b?: string
}

export function compareSearch(raw: Record<string, unknown>): CompareSearch {
  return { a: textParam(raw['a']), b: textParam(raw['b']) }
}

export interface DataSearch {
  /** The kind that is shown in full. */
  kind?: string
}

export function dataSearch(raw: Record<string, unknown>): DataSearch {
  return { kind: textParam(raw['kind']) }
}

export interface SignInSearch {
  /** The page of this service to open when signed in. */
  next?: string
  /** The code of what went wrong at a provider. */
  error?: string
}

export function signInSearch(raw: Record<string, unknown>): SignInSearch {
  return { next: localPath(raw['next']), error: textParam(raw['error']) }
}
