import { Group, NativeSelect, Text, Title } from '@mantine/core'
import { useId, useMemo, useState } from 'react'
import { axisOf } from '@/components/charts/axis'
import type { Series } from '@/components/charts/series'
import { TimeChart } from '@/components/charts/TimeChart'
import type { KindQuality } from '@/lib/api/reports'
import { formatPercent } from '@/lib/format'
import { binBars } from './bins'

const CHART_HEIGHT = 132

interface NullsOverTimeProps {
  nulls: NonNullable<KindQuality['time']['nulls']>
}

/** The share of null values of a column over time. Columns are those that are null in some rows only. */
export function NullsOverTime({ nulls }: NullsOverTimeProps) {
  const title = useId()
  const names = Object.keys(nulls.columns)
  const [chosen, setChosen] = useState(() => mostUneven(nulls))
  const bars = useMemo(() => binBars(nulls), [nulls])
  const axis = useMemo(() => axisOf(bars), [bars])
  const shares = useMemo(
    () => nulls.rows.map((rows, index) => (rows > 0 ? (nulls.columns[chosen]?.[index] ?? 0) / rows : 0)),
    [nulls, chosen],
  )
  const series = useMemo(() => [shareSeries(bars, shares)], [bars, shares])
  if (axis === null || names.length === 0) return null
  const [least, most] = [Math.min(...shares), Math.max(...shares)]
  return (
    <figure style={{ margin: 0 }} aria-labelledby={title}>
      <Group justify="space-between" mb="xs">
        <Title order={3} size="h6" component="figcaption" id={title}>
          Missing values over time
        </Title>
        <NativeSelect
          size="xs"
          aria-label="Column"
          data={names}
          value={chosen}
          onChange={(event) => setChosen(event.currentTarget.value)}
        />
      </Group>
      <TimeChart
        series={series}
        axis={axis}
        height={CHART_HEIGHT}
        format={formatPercent}
        label={`Missing values of ${chosen} over time: from ${formatPercent(least)} to ${formatPercent(most)} of the rows.`}
      />
      <Text size="xs" c="dimmed">
        From {formatPercent(least)} to {formatPercent(most)} of the rows have no {chosen}.
      </Text>
    </figure>
  )
}

/** Between bins without rows, nothing is drawn. */
function shareSeries(bars: ReturnType<typeof binBars>, shares: readonly number[]): Series {
  const times: number[] = []
  const values: (number | null)[] = []
  bars.forEach(({ start, end }, index) => {
    const next = bars[index + 1]
    times.push(Date.parse(start))
    values.push(shares[index] ?? 0)
    if (!next || Date.parse(next.start) > Date.parse(end)) {
      times.push(Date.parse(end))
      values.push(next ? null : (shares[index] ?? 0))
    }
  })
  return { name: 'missing values', color: 'orange', times, values }
}

/** Return the column whose share changes most. */
function mostUneven({ rows, columns }: NullsOverTimeProps['nulls']): string {
  const spread = (counts: number[]) => {
    const shares = counts.map((count, index) => count / Math.max(1, rows[index] ?? 0))
    return Math.max(...shares) - Math.min(...shares)
  }
  const found = Object.entries(columns).sort(([, a], [, b]) => spread(b) - spread(a))[0]
  return found?.[0] ?? ''
}
