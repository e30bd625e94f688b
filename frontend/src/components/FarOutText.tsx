import { Text } from '@mantine/core'
import { plural } from '@/lib/format'

interface FarOutTextProps {
  /** Rows outside the shown range. */
  rows: number
  /** Their times as ISO 8601, or the first and last of them. */
  times: string[]
}

/** Names rows whose times lie so far away, often damaged, that a chart leaves them out. */
export function FarOutText({ rows, times }: FarOutTextProps) {
  const days = [...new Set(times.map(dayOf))]
  return (
    <Text size="sm">
      {plural(rows, 'row is', 'rows are')} far outside the shown range: {days.join(', ')} (UTC).
    </Text>
  )
}

/** The day; a time outside the calendar stays as it is. */
function dayOf(time: string): string {
  return time.endsWith('Z') ? time.slice(0, 10) : time
}
