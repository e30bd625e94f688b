import type { UseFormReturnType } from '@mantine/form'
import { momentOf } from '@/components/charts/axis'
import { endOfSecond } from '@/lib/time'
import type { ExportForm } from './form'
import { type SplitForm, isInTime } from './training/split'

/** What the timeline of the preview changes in the form. */
export interface Timeline {
  /** The form has a range. */
  hasRange: boolean
  onRange: (range: { from: number; to: number } | null) => void
  /** Leave out the rows of a data type before and after these moments. */
  onLeaveOut: (kind: string, column: string, bounds: { gte?: string; lte?: string }) => void
  /** `shareBefore`: which share of the rows lies before a time, from 0 to 1. */
  onCut: (split: string, at: number, shareBefore: (at: number) => number) => void
  onEmbargo: (millis: number) => void
}

export function timelineOf(form: UseFormReturnType<ExportForm>): Timeline {
  const { start, end, relative, isEndExcluded, training, filters } = form.values
  const setSplit = (change: (split: SplitForm) => SplitForm) =>
    form.setFieldValue('training', { ...training, split: change(training.split) })
  return {
    hasRange: start !== null || end !== null || relative !== null,
    onRange: (range) => {
      const until = range && momentOf(range.to)
      form.setValues({
        start: range && momentOf(range.from),
        end: until !== null && !isEndExcluded ? endOfSecond(until) : until,
        relative: null,
      })
    },
    onLeaveOut: (kind, column, bounds) => {
      const others = filters.filter(
        (row) => !(row.kind === kind && row.column === column && row.operator in bounds),
      )
      const rows = Object.entries(bounds).map(([operator, value]) => ({
        id: `far-out ${kind} ${column} ${operator}`,
        kind,
        column,
        operator,
        values: [value],
        type: 'time',
      }))
      form.setFieldValue('filters', [...others, ...rows])
    },
    onCut: (split, at, shareBefore) => setSplit((value) => withCut(value, split, at, shareBefore)),
    onEmbargo: (millis) => setSplit((value) => ({ ...value, embargoSeconds: Math.max(0, millis / 1000) })),
  }
}

const LEAST_SHARE = 0.01

/** Return the split options with a cut at another time: as a date, or as shares in whole percent. */
export function withCut(
  value: SplitForm,
  split: string,
  at: number,
  shareBefore: (at: number) => number,
): SplitForm {
  if (!isInTime(value.mode) || (split !== 'validation' && split !== 'test')) return value
  if (value.cutBy === 'dates') return { ...value, dates: { ...value.dates, [split]: momentOf(at) } }
  const { train, validation } = value.ratios
  const [low, high] =
    split === 'validation'
      ? [LEAST_SHARE, train + validation - LEAST_SHARE]
      : [(validation > 0 ? train : 0) + LEAST_SHARE, 1 - LEAST_SHARE]
  const before = rounded(Math.min(high, Math.max(low, Math.round(shareBefore(at) * 100) / 100)))
  const ratios =
    split === 'validation'
      ? { ...value.ratios, train: before, validation: rounded(train + validation - before) }
      : validation > 0
        ? { train, validation: rounded(before - train), test: rounded(1 - before) }
        : { train: before, validation: 0, test: rounded(1 - before) }
  return { ...value, ratios }
}

/** Without the noise of binary fractions. */
function rounded(share: number): number {
  return Number(share.toFixed(6))
}
