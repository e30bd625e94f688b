import '@mantine/charts/styles.css'
import { BarChart } from '@mantine/charts'
import { Title } from '@mantine/core'
import { formatCompact, formatCount } from '@/lib/format'

interface CountChartProps {
  title: string
  counts: Record<string, number>
  /** Horizontal bars, for long names. */
  isHorizontal?: boolean
}

/** Rows per name or day as bars. Loaded separately, because the chart library is large. */
export function CountChart({ title, counts, isHorizontal = false }: CountChartProps) {
  const data = Object.entries(counts).map(([name, rows]) => ({ name, rows }))
  const summary = data
    .slice(0, 12)
    .map(({ name, rows }) => `${name} ${formatCount(rows)}`)
    .join(', ')
  return (
    <figure style={{ margin: 0 }}>
      <Title order={3} size="h6" component="figcaption" mb="xs">
        {title}
      </Title>
      <div role="img" aria-label={`${title}: ${summary}${data.length > 12 ? ', and more' : ''}`}>
        <BarChart
          h={isHorizontal ? Math.max(140, data.length * 24) : 200}
          data={data}
          dataKey="name"
          orientation={isHorizontal ? 'vertical' : 'horizontal'}
          series={[{ name: 'rows', color: 'blue.6' }]}
          gridAxis={isHorizontal ? 'x' : 'y'}
          // Show every name: a bar without a name is useless.
          yAxisProps={isHorizontal ? { width: 120, interval: 0 } : { width: 48 }}
          valueFormatter={isHorizontal ? formatCount : formatCompact}
          barProps={{ isAnimationActive: false }}
        />
      </div>
    </figure>
  )
}
