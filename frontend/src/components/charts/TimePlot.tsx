import 'uplot/dist/uPlot.min.css'
import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import { formatCompact } from '@/lib/format'
import { browserZone, momentToWall } from '@/lib/time'
import type { Axis } from './axis'
import { INSETS, type Series, thinned } from './series'

const DAY_MS = 86_400_000

interface TimePlotProps {
  series: readonly Series[]
  axis: Axis
  height: number
  /** How values on the left axis are written. */
  format?: (value: number) => string
}

/** The canvas of a time chart. Loaded separately from the first screen. */
export default function TimePlot({ series, axis, height, format = formatCompact }: TimePlotProps) {
  const box = useRef<HTMLDivElement>(null)
  const scheme = useComputedColorScheme('light')
  const { from, to } = axis
  useEffect(() => {
    const node = box.current
    if (!node) return
    const options = optionsOf(node, series, { from, to }, height, format)
    const plot = new uPlot(options, dataOf(series), node)
    const watcher = new ResizeObserver(() => plot.setSize({ width: node.clientWidth, height }))
    watcher.observe(node)
    return () => {
      watcher.disconnect()
      plot.destroy()
    }
    // The scheme is read from the style, so a change of it draws again.
  }, [series, from, to, height, format, scheme])
  return <div ref={box} style={{ height, overflow: 'hidden' }} />
}

function optionsOf(
  node: HTMLElement,
  series: readonly Series[],
  { from, to }: Axis,
  height: number,
  format: (value: number) => string,
): uPlot.Options {
  const style = getComputedStyle(node)
  const color = (name: string) => style.getPropertyValue(`--mantine-color-${name}`).trim() || '#888'
  const [text, grid] = [color('dimmed'), color('default-border')]
  const font = `11px ${style.fontFamily}`
  const sides = [...new Set(series.map(({ side = 'left' }) => side))]
  return {
    width: node.clientWidth || 300,
    height,
    padding: [INSETS.top, sides.includes('right') ? 0 : INSETS.right, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    ms: 1,
    scales: {
      x: { time: true, range: () => [from, to] },
      ...Object.fromEntries(sides.map((side) => [side, { range: (_plot, _low, high) => [0, high || 1] }])),
    },
    axes: [
      {
        stroke: text,
        font,
        size: INSETS.bottom,
        gap: 4,
        values: (_plot, times, _axis, _space, step) => times.map((time) => timeText(time, step)),
        grid: { show: false },
        ticks: { stroke: grid, size: 4 },
      },
      ...sides.map((side): uPlot.Axis => ({
        scale: side,
        side: side === 'left' ? 3 : 1,
        stroke: text,
        font,
        size: INSETS.left,
        gap: 4,
        space: 24,
        grid: { show: side === 'left', stroke: grid, width: 1 },
        ticks: { show: false },
        values: (_plot, values) =>
          values.map((value) => (side === 'left' ? format(value) : formatCompact(value))),
      })),
    ],
    series: [
      {},
      ...series.map(({ color: name, side = 'left', isLine }): uPlot.Series => {
        const stroke = color(`${name}-filled`)
        return {
          scale: side,
          stroke,
          width: isLine ? 2 : 1,
          points: { show: false },
          ...(!isLine && { fill: translucent(stroke) }),
          ...(!isLine && uPlot.paths.stepped && { paths: uPlot.paths.stepped({ align: 1 }) }),
        }
      }),
    ],
  }
}

/** Write a time on the axis as short as its steps allow, in local time like all others. */
function timeText(time: number, stepMillis: number): string {
  const wall = momentToWall(new Date(time).toISOString(), browserZone()) ?? ''
  if (stepMillis >= 360 * DAY_MS) return wall.slice(0, 4)
  if (stepMillis >= 28 * DAY_MS) return wall.slice(0, 7)
  if (stepMillis >= DAY_MS || wall.endsWith('00:00:00')) return wall.slice(5, 10)
  return stepMillis >= 60_000 ? wall.slice(11, 16) : wall.slice(11)
}

function translucent(color: string): string {
  return /^#[0-9a-f]{6}$/i.test(color) ? `${color}8c` : color
}

/** All series on one list of times. */
function dataOf(series: readonly Series[]): uPlot.AlignedData {
  const tables = series
    .map((each) => thinned(each))
    .map(({ times, values }): uPlot.AlignedData => [[...times], [...values]])
  const [only] = tables
  return tables.length === 1 && only ? only : uPlot.join(tables)
}
