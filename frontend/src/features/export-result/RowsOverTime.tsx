import { Text, Title } from '@mantine/core'
import { useMemo } from 'react'
import { type Bar, axisOf } from '@/components/charts/axis'
import { stepsOf } from '@/components/charts/series'
import { TimeChart } from '@/components/charts/TimeChart'
import { Moment } from '@/components/Moment'
import type { KindQuality } from '@/lib/api/reports'
import { formatCount, plural } from '@/lib/format'

interface RowsOverTimeProps {
  kind: string
  time: KindQuality['time']
}

/** Rows of a kind over time, without those that lie far out. */
export function RowsOverTime({ kind, time }: RowsOverTimeProps) {
  const bars = useMemo(() => barsOf(time), [time])
  const axis = useMemo(() => axisOf(bars), [bars])
  const series = useMemo(() => [stepsOf(bars, 'rows', 'blue')], [bars])
  if (axis === null) return null
  const rows = bars.reduce((sum, bar) => sum + bar.rows, 0)
  const most = Math.max(...bars.map((bar) => bar.rows))
  return (
    <figure style={{ margin: 0 }}>
      <Title order={3} size="h6" component="figcaption" mb="xs">
        Rows over time
      </Title>
      <TimeChart
        series={series}
        axis={axis}
        label={`Rows of ${kind} over time: ${plural(rows, 'row')} in ${plural(bars.length, 'bar')}, at most ${formatCount(most)} per bar.`}
      />
      <Text size="xs" c="dimmed">
        First <Moment at={time.first} />, last <Moment at={time.last} />.
      </Text>
    </figure>
  )
}

/** A bar for each day of the main part. */
function barsOf({ rows_per_day: days, main }: KindQuality['time']): Bar[] {
  const [first, last] = main ? [main.first.slice(0, 10), main.last.slice(0, 10)] : ['', '9999-12-31']
  return Object.entries(days)
    .filter(([day]) => first <= day && day <= last && !Number.isNaN(Date.parse(day)))
    .map(([day, rows]) => ({
      start: new Date(Date.parse(day)).toISOString(),
      end: new Date(Date.parse(day) + 86_400_000).toISOString(),
      rows,
    }))
}
