import type { Axis } from '@/components/charts/axis'
import type { Series } from '@/components/charts/series'
import type { Schemas } from '@/lib/api/client'

export type Journal = Schemas['Journal']

/** A speed is that of at least so long, and of at least this share of the run: single batches say little. */
const LEAST_SECONDS = 0.5
const STEPS_SHOWN = 80

export const PHASES: Record<string, { short: string; long: string }> = {
  collecting: { short: 'Collecting', long: 'Collecting the rows of the source' },
  planning: { short: 'Planning', long: 'Planning: counting rows and cutting partitions' },
  surveying: { short: 'First pass', long: 'First pass: reading rows before the export' },
  exporting: { short: 'Exporting', long: 'Exporting rows' },
  packing: { short: 'Finishing', long: 'Finishing: checking the row counts and writing the manifest' },
  publishing: { short: 'Publishing', long: 'Publishing: writing the dataset to its destination' },
}

export interface PhaseShown {
  key: string
  name: string
  seconds: number
  isOpen: boolean
}

/** Return the phases with how long each took; of those that are open, the last one runs. */
export function phasesOf(journal: Journal, now: number, isRunning: boolean): PhaseShown[] {
  const hasMany = new Set(journal.phases.map(({ attempt }) => attempt)).size > 1
  return journal.phases
    .map(({ phase, attempt, started_at: start, ended_at: end }, index) => {
      const name = PHASES[phase]?.short ?? phase
      const until = end ? Date.parse(end) : now
      return {
        key: `${attempt} ${index}`,
        name: hasMany ? `${name} (attempt ${attempt})` : name,
        seconds: Math.max(0, until - Date.parse(start)) / 1000,
        isOpen: !end,
      }
    })
    .filter(({ isOpen }) => isRunning || !isOpen)
}

export interface Speed {
  series: Series
  axis: Axis
  /** Rows a second: of the whole time in which rows were read, and the highest. */
  mean: number
  most: number
}

/** Return rows a second over the run; null before there are any. */
export function speedOf({ began_at, readings }: Journal, until: number | null): Speed | null {
  const [first, last] = [readings[0], readings[readings.length - 1]]
  if (!first || !last || readings.length < 2) return null
  const apart = Math.max(LEAST_SECONDS, (last.seconds - first.seconds) / STEPS_SHOWN)
  const began = Date.parse(began_at)
  const times: number[] = []
  const values: number[] = []
  let { seconds: from, rows: rowsBefore } = first
  let [read, busySeconds] = [0, 0]
  readings.slice(1).forEach(({ seconds, rows }, index) => {
    const isLast = index === readings.length - 2
    if (seconds <= from || (seconds - from < apart && !isLast)) return
    // An attempt that begins anew reads from the start again.
    const gained = Math.max(0, rows - rowsBefore)
    times.push(began + from * 1000)
    values.push(gained / (seconds - from))
    if (gained > 0) [read, busySeconds] = [read + gained, busySeconds + seconds - from]
    ;[from, rowsBefore] = [seconds, rows]
  })
  const end = began + from * 1000
  const to = Math.max(end, until ?? end)
  // While it runs, nothing is known after the last reading.
  times.push(end, ...(to > end ? [to] : []))
  values.push(values[values.length - 1] ?? 0, ...(to > end ? [values[values.length - 1] ?? 0] : []))
  return {
    series: { name: 'rows a second', color: 'blue', times, values },
    axis: { from: Math.min(began, times[0] ?? began), to: Math.max(to, began + 1000) },
    mean: busySeconds > 0 ? read / busySeconds : 0,
    most: Math.max(0, ...values),
  }
}
