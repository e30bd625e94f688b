import type { Bar } from './axis'

/** Values over time. Of steps, the last time is where the last step ends. */
export interface Series {
  name: string
  /** A colour of the theme. */
  color: string
  /** Milliseconds since 1970, ascending. */
  times: readonly number[]
  values: readonly (number | null)[]
  /** The axis of the values; left by default. */
  side?: 'left' | 'right'
  /** A line between points instead of steps. */
  isLine?: boolean
}

/** Pixels around the plot, so that what lies over it needs no measuring. */
export const INSETS = { left: 44, right: 12, top: 18, bottom: 28 }

/** Return bars as steps; where bars aren't neighbours, the rows between are 0. */
export function stepsOf(bars: readonly Bar[], name: string, color: string): Series {
  const times: number[] = []
  const values: number[] = []
  let end: number | null = null
  for (const bar of bars) {
    const start = Date.parse(bar.start)
    if (end !== null && start > end) {
      times.push(end)
      values.push(0)
    }
    times.push(start)
    values.push(bar.rows)
    end = Date.parse(bar.end)
  }
  if (end !== null) {
    times.push(end)
    values.push(values[values.length - 1] ?? 0)
  }
  return { name, color, times, values }
}
