/** The filter rows of the form, and the `filters` of a config. */

import operators from '@/lib/api/operators.json'

export interface FilterRow {
  /** Key of the row while it is edited. */
  id: string
  /** The kind; empty: every chosen kind that has the column. */
  kind: string
  column: string
  operator: string
  /** As typed. Most operators take one value. */
  values: string[]
  /** The column's type, so that numbers are written as numbers. */
  type?: string
}

const NUMERIC = ['integer', 'real']

const OPERATORS: Partial<Record<string, { label: string; takes: string }>> = operators

/** The words between the column and the value; an operator from another package has only its name. */
export function operatorLabel(operator: string): string {
  return OPERATORS[operator]?.label ?? operator
}

export function takesList(operator: string): boolean {
  return (OPERATORS[operator]?.takes ?? 'one') !== 'one'
}

/** The name under which the config and the service's errors know a row's column. */
export function filterKey(row: FilterRow): string {
  return row.kind === '' ? row.column : `${row.kind}.${row.column}`
}

/** Return the config's `filters`: a lone equal as a scalar, a lone any-of as a list, the rest by operator. */
export function rowsToFilters(rows: readonly FilterRow[]): Record<string, unknown> {
  const byKey = new Map<string, [string, unknown][]>()
  for (const row of rows) {
    const key = filterKey(row)
    byKey.set(key, [...(byKey.get(key) ?? []), [row.operator, valueOf(row)]])
  }
  return Object.fromEntries([...byKey].map(([key, conditions]) => [key, shortest(conditions)]))
}

/** Return one row for every condition of a config's `filters`. */
export function filtersToRows(filters: Record<string, unknown>): FilterRow[] {
  const rows: FilterRow[] = []
  for (const [key, raw] of Object.entries(filters)) {
    for (const [operator, value] of conditionsOf(raw)) {
      const dot = key.indexOf('.')
      const values = (Array.isArray(value) ? value : [value]) as unknown[]
      rows.push({
        id: `${rows.length}`,
        kind: dot < 0 ? '' : key.slice(0, dot),
        column: key.slice(dot + 1),
        operator,
        values: values.map((item) => String(item)),
        type: values.every((item) => typeof item === 'number') ? 'real' : undefined,
      })
    }
  }
  return rows
}

function conditionsOf(raw: unknown): [string, unknown][] {
  if (raw === null) return [['is_null', true]]
  if (Array.isArray(raw)) return [['in', raw]]
  if (typeof raw === 'object') return Object.entries(raw as Record<string, unknown>)
  return [['eq', raw]]
}

function shortest(conditions: [string, unknown][]): unknown {
  const [only] = conditions
  if (conditions.length === 1 && only && (only[0] === 'eq' || only[0] === 'in')) return only[1]
  return Object.fromEntries(conditions)
}

function valueOf(row: FilterRow): unknown {
  const typed = row.values.map((value) => typedValue(value, row))
  return takesList(row.operator) ? typed : (typed[0] ?? '')
}

function typedValue(value: string, row: FilterRow): unknown {
  if (row.operator === 'is_null') return value !== 'false'
  // Whole numbers past 2^53 stay text, which the service reads exactly.
  const isExact = NUMERIC.includes(row.type ?? '') && String(Number(value)) === value
  return isExact && Math.abs(Number(value)) <= Number.MAX_SAFE_INTEGER ? Number(value) : value
}
