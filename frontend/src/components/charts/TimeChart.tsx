import { Skeleton } from '@mantine/core'
import { type ReactNode, Suspense, lazy } from 'react'
import { loadModule } from '@/lib/modules'
import type { Axis } from './axis'
import { INSETS, type Series } from './series'
import classes from './TimeChart.module.css'

// The library draws on a canvas and is needed only where there are rows.
const TimePlot = lazy(() => loadModule(() => import('./TimePlot')))

const HEIGHT = 168

interface TimeChartProps {
  series: readonly Series[]
  axis: Axis
  /** What the picture shows, in a sentence. */
  label: string
  height?: number
  /** How values on the left axis are written. */
  format?: (value: number) => string
  /** Controls that lie over the plot. */
  children?: ReactNode
}

/** Values over a true time axis. The frame has its size before the picture is drawn. */
export function TimeChart({ series, axis, label, height = HEIGHT, format, children }: TimeChartProps) {
  return (
    <div className={classes.frame} style={{ height }}>
      <div role="img" aria-label={label}>
        <Suspense fallback={<Skeleton height={height} animate={false} />}>
          <TimePlot series={series} axis={axis} height={height} {...(format && { format })} />
        </Suspense>
      </div>
      {children && (
        <div
          className={classes.over}
          style={{ left: INSETS.left, right: INSETS.right, top: INSETS.top, bottom: INSETS.bottom }}
        >
          {children}
        </div>
      )}
    </div>
  )
}
