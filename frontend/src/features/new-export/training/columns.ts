import type { ConfigInput } from '@/lib/api/exports'

/** The columns to write per kind, in order; empty for all. */
export type ColumnsForm = Record<string, string[]>

export function columnsToForm(fields: ConfigInput['fields'] = {}): ColumnsForm {
  return Object.fromEntries(Object.entries(fields).filter(([, columns]) => columns.length > 0))
}

/** Return the config's `fields` for the chosen kinds; undefined where all columns are written. */
export function formToColumns(columns: ColumnsForm, kinds: readonly string[]): ConfigInput['fields'] {
  const chosen = Object.entries(columns).filter(([kind, names]) => kinds.includes(kind) && names.length > 0)
  return chosen.length === 0 ? undefined : Object.fromEntries(chosen)
}
