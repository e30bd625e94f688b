import type { Schemas } from '@/lib/api/client'
import type { ConfigInput } from '@/lib/api/exports'

type Bar = Schemas['HistogramBar']

/** Neighbouring bars that hold nearly all rows, and how many rows lie elsewhere, behind empty bars. */
export interface MainPart {
  start: string
  end: string
  outside: number
}

/** Fewer rows have no meaningful distribution. */
const LEAST_ROWS = 20
const OUTSIDE_SHARE = 0.01
/** A main part wider than this share of the bars needs no zoom. */
const NARROW_SHARE = 0.25

/**
 * Return the part of a histogram with nearly all rows, if a few distant rows squeeze it; otherwise null.
 * One damaged time, such as the year 2099, is enough.
 */
export function mainPart(bars: readonly Bar[]): MainPart | null {
  const total = sum(bars)
  if (total < LEAST_ROWS) return null
  const run = withNeighbours(bars, densestRun(bars, total - Math.max(1, Math.floor(total * OUTSIDE_SHARE))))
  const inside = bars.slice(run.from, run.to)
  const [first, last] = [inside[0], inside[inside.length - 1]]
  const outside = total - sum(inside)
  if (!first || !last || outside === 0 || inside.length > bars.length * NARROW_SHARE) return null
  return { start: first.start, end: last.end, outside }
}

/** Return the config that covers only this part of one kind, by a condition on the kind's time. */
export function narrowTo(config: ConfigInput, kind: string, column: string, part: MainPart): ConfigInput {
  const key = `${kind}.${column}`
  // What follows the part is empty, so that its end may be inside.
  const bounds = { gte: part.start, lte: part.end }
  return {
    ...config,
    filters: { ...config.filters, [key]: { ...operators(config.filters?.[key]), ...bounds } },
  }
}

interface Run {
  from: number
  /** Exclusive. */
  to: number
}

/** Return the shortest run of bars with at least so many rows. */
function densestRun(bars: readonly Bar[], rows: number): Run {
  let best: Run = { from: 0, to: bars.length }
  let from = 0
  let inside = 0
  bars.forEach((bar, index) => {
    inside += bar.rows
    for (let left = bars[from]; left && inside - left.rows >= rows; left = bars[from]) {
      inside -= left.rows
      from += 1
    }
    if (inside >= rows && index + 1 - from < best.to - best.from) best = { from, to: index + 1 }
  })
  return best
}

/** Widen a run up to the next empty bar on both sides. */
function withNeighbours(bars: readonly Bar[], { from, to }: Run): Run {
  while (from > 0 && bars[from - 1]?.rows) from -= 1
  while (to < bars.length && bars[to]?.rows) to += 1
  return { from, to }
}

function sum(bars: readonly Bar[]): number {
  return bars.reduce((rows, bar) => rows + bar.rows, 0)
}

/** Write a filter's short forms as operators. */
function operators(filter: unknown): Record<string, unknown> {
  if (filter === undefined) return {}
  if (filter === null) return { is_null: true }
  if (Array.isArray(filter)) return { in: filter }
  return typeof filter === 'object' ? { ...filter } : { eq: filter }
}
