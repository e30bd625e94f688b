import { Button, Modal, Skeleton, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { axisOf } from '@/components/charts/axis'
import { stepsOf } from '@/components/charts/series'
import { TimeChart } from '@/components/charts/TimeChart'
import { QueryView } from '@/components/QueryView'
import type { Schemas } from '@/lib/api/client'
import { storedQuery } from '@/lib/api/exports'
import { formatBytes, formatCompact, plural } from '@/lib/format'

const CHART_HEIGHT = 200

/** A button that opens the picture of the stored bytes over time. */
export function StoredOverTime() {
  const [isOpen, { open, close }] = useDisclosure(false)
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={open}>
        Storage…
      </Button>
      <Modal opened={isOpen} onClose={close} title="Stored bytes over time" size="lg">
        <Stored />
      </Modal>
    </>
  )
}

function Stored() {
  const stored = useQuery(storedQuery())
  return (
    <QueryView
      query={stored}
      errorTitle="The stored bytes could not be loaded"
      loading={<Skeleton height={CHART_HEIGHT + 44} animate={false} />}
      isEmpty={({ points }) => points.length === 0}
      empty={<Text size="sm">No export has completed yet.</Text>}
    >
      {({ points }) => <StoredChart points={points} />}
    </QueryView>
  )
}

interface StoredChartProps {
  points: Schemas['StoredPoint'][]
}

/** Between two points the bytes stay as they were. */
export function StoredChart({ points }: StoredChartProps) {
  const bars = useMemo(
    () =>
      points.map(({ start, end, bytes }, index) => ({
        start,
        end: points[index + 1]?.start ?? end,
        rows: bytes,
      })),
    [points],
  )
  const series = useMemo(() => [stepsOf(bars, 'bytes', 'blue')], [bars])
  const axis = axisOf(bars)
  const last = points[points.length - 1]
  if (axis === null || !last) return null
  const text = `${plural(last.exports, 'completed export')} with ${formatBytes(last.bytes)}`
  return (
    <>
      <TimeChart
        series={series}
        axis={axis}
        height={CHART_HEIGHT}
        format={shortBytes}
        label={`Stored bytes over time: ${text}.`}
      />
      <Text size="sm" c="dimmed">
        {text}. Deleted exports are not counted.
      </Text>
    </>
  )
}

/** Bytes as short as the axis needs them, which has round decimal numbers. */
function shortBytes(bytes: number): string {
  return `${formatCompact(bytes)}B`
}
