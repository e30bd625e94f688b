/** The time axis of a chart. Times are milliseconds since 1970 UTC; a place on the axis is from 0 to 1. */

/** Rows from `start` until before `end`, both ISO 8601. */
export interface Bar {
  start: string
  end: string
  rows: number
}

export interface Axis {
  from: number
  to: number
}

interface Times {
  starts: Float64Array
  ends: Float64Array
}

const TIMES = new WeakMap<readonly Bar[], Times>()

const STEPS_MS = [1, 5, 15, 60, 300, 900, 3600].map((seconds) => seconds * 1000)
/** A chart is about as many pixels wide as this many steps. */
const STEPS_SHOWN = 200

/**
 * Return when bars begin and end. Reading dates is what takes time with very many bars: each is read once,
 * and one that is also the end of the bar before it not again.
 */
export function timesOf(bars: readonly Bar[]): Times {
  const known = TIMES.get(bars)
  if (known) return known
  const starts = new Float64Array(bars.length)
  const ends = new Float64Array(bars.length)
  let [text, time] = ['', 0]
  bars.forEach((bar, index) => {
    starts[index] = bar.start === text ? time : Date.parse(bar.start)
    ;[text, time] = [bar.end, Date.parse(bar.end)]
    ends[index] = time
  })
  const times = { starts, ends }
  TIMES.set(bars, times)
  return times
}

/** Return the axis from the first bar's start to the last one's end; null without bars. */
export function axisOf(bars: readonly Bar[]): Axis | null {
  const [first, last] = [bars[0], bars[bars.length - 1]]
  if (!first || !last) return null
  const [from, to] = [Date.parse(first.start), Date.parse(last.end)]
  // Rows of a single moment still need an axis with a length.
  return { from, to: Math.max(to, from + 1000) }
}

export function placeOf({ from, to }: Axis, at: number): number {
  return (at - from) / (to - from)
}

export function timeAt({ from, to }: Axis, place: number): number {
  return from + (to - from) * Math.min(1, Math.max(0, place))
}

/** Return the step in which handles move: a round time that is short on this axis. */
export function stepOf({ from, to }: Axis): number {
  return STEPS_MS.findLast((step) => step <= (to - from) / STEPS_SHOWN) ?? 1000
}

/** Round a time to the step, within the axis to the second. */
export function snapped(axis: Axis, at: number): number {
  const step = stepOf(axis)
  const [low, high] = [Math.floor(axis.from / 1000) * 1000, Math.ceil(axis.to / 1000) * 1000]
  return Math.min(high, Math.max(low, Math.round(at / step) * step))
}

/**
 * Return a function that tells about how many rows are before a time: those of a bar are taken to be evenly
 * spread. Bars are in order. It is quick with any number of bars, so that one can drag over them.
 */
export function rowCounter(bars: readonly Bar[]): (at: number) => number {
  const { starts, ends } = timesOf(bars)
  const before = new Float64Array(bars.length + 1)
  bars.forEach(({ rows }, index) => (before[index + 1] = (before[index] ?? 0) + rows))
  return (at) => {
    // The first bar that begins at this time or later.
    let [low, high] = [0, bars.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? 0) < at) low = middle + 1
      else high = middle
    }
    if (low === 0) return 0
    const [start, end] = [starts[low - 1] ?? 0, ends[low - 1] ?? 0]
    const share = at >= end ? 1 : (at - start) / (end - start)
    return Math.round((before[low - 1] ?? 0) + (bars[low - 1]?.rows ?? 0) * share)
  }
}

/** Write a time as the service reads it, to the second. */
export function momentOf(at: number): string {
  return new Date(Math.round(at / 1000) * 1000).toISOString().replace('.000Z', 'Z')
}
