import { Text, Title } from '@mantine/core'
import { useMemo } from 'react'
import { type Bar, axisOf } from '@/components/charts/axis'
import { stepsOf } from '@/components/charts/series'
import { TimeChart } from '@/components/charts/TimeChart'
import { Moment } from '@/components/Moment'
import type { KindQuality } from '@/lib/api/reports'
import { formatCount, plural } from '@/lib/format'
import { binBars } from './bins'

interface RowsOverTimeProps {
  kind: string
  time: KindQuality['time']
  /** Anomalies in the same dataset, drawn over the rows on an axis of their own. */
  anomalies?: KindQuality['time'] | undefined
}

/** Rows of a kind over time, without those that lie far out. */
export function RowsOverTime({ kind, time, anomalies }: RowsOverTimeProps) {
  const bars = useMemo(() => barsOf(time), [time])
  const axis = useMemo(() => axisOf(bars), [bars])
  const found = useMemo(() => (anomalies ? barsOf(anomalies) : []), [anomalies])
  const series = useMemo(() => {
    const rows = stepsOf(bars, 'rows', 'blue')
    return found.length > 0
      ? [rows, { ...stepsOf(found, 'anomalies', 'red'), side: 'right' as const }]
      : [rows]
  }, [bars, found])
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
        label={`Rows of ${kind} over time: ${plural(rows, 'row')} in ${plural(bars.length, 'bar')}, at most ${formatCount(most)} per bar.${anomaliesText(found)}`}
      />
      <Text size="xs" c="dimmed">
        {found.length > 0 && 'Red, on the right axis: anomalies. '}
        First <Moment at={time.first} />, last <Moment at={time.last} />.
      </Text>
    </figure>
  )
}

function anomaliesText(bars: readonly Bar[]): string {
  const rows = bars.reduce((sum, bar) => sum + bar.rows, 0)
  const most = bars.reduce((best, bar) => (bar.rows > best.rows ? bar : best), { start: '', rows: 0 })
  if (rows === 0) return ''
  return ` Over it ${plural(rows, 'anomaly', 'anomalies')}, at most ${formatCount(most.rows)} on ${most.start.slice(0, 10)}.`
}

/** The bins of the main part; in reports without them, a bar for each of its days. */
function barsOf({ bins, rows_per_day: days, main }: KindQuality['time']): Bar[] {
  if (bins) return binBars(bins)
  const [first, last] = main ? [main.first.slice(0, 10), main.last.slice(0, 10)] : ['', '9999-12-31']
  return Object.entries(days)
    .filter(([day]) => first <= day && day <= last && !Number.isNaN(Date.parse(day)))
    .map(([day, rows]) => ({
      start: new Date(Date.parse(day)).toISOString(),
      end: new Date(Date.parse(day) + 86_400_000).toISOString(),
      rows,
    }))
}
