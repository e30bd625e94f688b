/** The conditions of the address: a JSON object as `filters` of an export. */
import type { RowColumn } from '@/lib/api/rows'

export interface Condition {
  column: string
  operator: string
  value: unknown
}

/** Return each condition of the text; none for text that isn't an object. */
export function parseConditions(filters: string | undefined): Condition[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(filters ?? '{}')
  } catch {
    return []
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return []
  return Object.entries(parsed).flatMap(([column, given]: [string, unknown]) => {
    if (Array.isArray(given)) return [{ column, operator: 'in', value: given }]
    if (typeof given !== 'object' || given === null) return [{ column, operator: 'eq', value: given }]
    return Object.entries(given).map(([operator, value]: [string, unknown]) => ({ column, operator, value }))
  })
}

/** Return the text of conditions; undefined for none. Of two with one column and operator the last stays. */
export function conditionsText(conditions: readonly Condition[]): string | undefined {
  if (conditions.length === 0) return undefined
  const byColumn: Record<string, Record<string, unknown>> = {}
  for (const { column, operator, value } of conditions) {
    byColumn[column] = { ...byColumn[column], [operator]: value }
  }
  return JSON.stringify(byColumn)
}

/** Return the value of a condition as typed, in the form that the operator takes. */
export function typedValue(operator: string, text: string): unknown {
  if (operator === 'is_null') return text !== 'no'
  if (operator === 'in' || operator === 'not_in') return text.split(',').map((part) => part.trim())
  return text
}

/** Say a condition in words. */
export function conditionText(columns: readonly RowColumn[], { column, operator, value }: Condition): string {
  if (operator === 'is_null') return `${column} ${value === false ? 'has a value' : 'is empty'}`
  const known = columns.find(({ name }) => name === column)?.operators.find(({ name }) => name === operator)
  const shown = Array.isArray(value) ? value.map(String).join(', ') : String(value)
  return `${column} ${known?.label ?? operator} ${shown}`
}
