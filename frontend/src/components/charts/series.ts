import { type Bar, timesOf } from './axis'

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
  const { starts, ends } = timesOf(bars)
  const times: number[] = []
  const values: number[] = []
  let end: number | null = null
  bars.forEach((bar, index) => {
    const start = starts[index] ?? 0
    if (end !== null && start > end) {
      times.push(end)
      values.push(0)
    }
    times.push(start)
    values.push(bar.rows)
    end = ends[index] ?? 0
  })
  if (end !== null) {
    times.push(end)
    values.push(values[values.length - 1] ?? 0)
  }
  return { name, color, times, values }
}

/** More steps than this are no more than one to a pixel on any screen. */
const MOST_STEPS = 4096

/** Return a series with at most so many steps: of neighbours, each the highest one. Short ones stay as they are. */
export function thinned(series: Series, most = MOST_STEPS): Series {
  const { times, values } = series
  const [first, last] = [times[0], times[times.length - 1]]
  if (times.length <= most || first === undefined || last === undefined || last === first) return series
  const width = (last - first) / (most - 1)
  const kept: { times: number[]; values: (number | null)[] } = { times: [], values: [] }
  let place = -1
  times.forEach((time, index) => {
    const value = values[index] ?? null
    const bucket = Math.floor((time - first) / width)
    if (bucket !== place) {
      place = bucket
      kept.times.push(time)
      kept.values.push(value)
      return
    }
    const before = kept.values[kept.values.length - 1] ?? null
    kept.values[kept.values.length - 1] = value === null ? before : Math.max(before ?? value, value)
  })
  return { ...series, ...kept }
}
