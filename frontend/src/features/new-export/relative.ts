import type { ConfigInput } from '@/lib/api/exports'

/** Dates that move with the time at which an export is created. */
export interface RelativeRange {
  /** Such as "last 24 hours". */
  range: string
  /** Whose days are meant; null: UTC, and in a schedule its own zone. */
  zone: string | null
}

export const RELATIVE_RANGES = [
  'today',
  'yesterday',
  'last 24 hours',
  'last 7 days',
  'last 30 days',
  'this week',
  'last week',
  'this month',
  'last month',
  'this quarter',
  'last quarter',
  'this year',
  'last year',
] as const

export function relativeToForm({
  date_range: range,
  time_zone: zone,
}: Partial<ConfigInput>): RelativeRange | null {
  return typeof range === 'string' ? { range, zone: zone ?? null } : null
}

export function formToRelative(relative: RelativeRange | null): Partial<ConfigInput> {
  if (relative === null) return {}
  const { range, zone } = relative
  return { date_range: range.trim(), ...(zone !== null && { time_zone: zone }) }
}
