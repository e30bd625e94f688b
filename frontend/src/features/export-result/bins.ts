import type { Bar } from '@/components/charts/axis'
import type { SequenceCounts, TimeBins } from '@/lib/api/reports'
import { formatCount } from '@/lib/format'

/** Return the bins of a report as bars. */
export function binBars({ seconds, start, places, rows }: TimeBins): Bar[] {
  const first = Date.parse(start)
  if (Number.isNaN(first)) return []
  return places.map((place, index) => {
    const from = first + place * seconds * 1000
    return {
      start: new Date(from).toISOString(),
      end: new Date(from + seconds * 1000).toISOString(),
      rows: rows[index] ?? 0,
    }
  })
}

/** Write a range of whole numbers. */
export function rangeText(from: number, to: number): string {
  return from === to ? formatCount(from) : `${formatCount(from)} to ${formatCount(to)}`
}

const MOST_CLASSES = 12

/** Return sequences by length, in classes that double if there are many. */
export function lengthClasses(byLength: SequenceCounts['by_length']): { name: string; sequences: number }[] {
  const isFine = byLength.length <= MOST_CLASSES
  const classes = new Map<string, number>()
  for (const { from, to, sequences } of byLength) {
    const low = isFine ? from : 2 ** Math.floor(Math.log2(Math.max(1, from)))
    const name = rangeText(low, isFine ? to : 2 * low - 1)
    classes.set(name, (classes.get(name) ?? 0) + sequences)
  }
  return [...classes].map(([name, sequences]) => ({ name, sequences }))
}
