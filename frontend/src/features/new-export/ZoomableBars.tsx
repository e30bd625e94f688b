import { Button, Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ErrorNotice } from '@/components/ErrorNotice'
import { Moment } from '@/components/Moment'
import { TimeBars } from '@/components/TimeBars'
import type { Schemas } from '@/lib/api/client'
import { datasetQuery } from '@/lib/api/datasets'
import { type ConfigInput, previewQuery } from '@/lib/api/exports'
import { plural } from '@/lib/format'
import { mainPart, narrowTo } from './main-part'

interface ZoomableBarsProps {
  kind: string
  bars: Schemas['HistogramBar'][]
  /** The config of the bars; null while the form is invalid. */
  config: ConfigInput | null
  label: string
}

/**
 * Rows over time. If a few distant rows squeeze all others into a bar or two, it offers a zoom to the
 * main range. The export doesn't change.
 */
export function ZoomableBars({ kind, bars, config, label }: ZoomableBarsProps) {
  const [wantsZoom, setWantsZoom] = useState(false)
  const main = mainPart(bars)
  const column = useTimeColumn(kind)
  const narrowed =
    main !== null && column !== null && config !== null ? narrowTo(config, kind, column, main) : null
  const isZoomed = wantsZoom && narrowed !== null
  const zoom = useQuery({
    ...previewQuery(narrowed ?? { data_types: [kind] }),
    enabled: isZoomed,
    // Don't show the bars of another range meanwhile.
    placeholderData: undefined,
  })
  const zoomed = isZoomed ? zoom.data?.kinds[kind]?.histogram : undefined
  return (
    <>
      {zoomed ? (
        <ZoomableBars kind={kind} bars={zoomed} config={narrowed} label={`${label}, main range`} />
      ) : (
        <TimeBars bars={bars} label={label} />
      )}
      {main && (
        <Group gap="xs">
          <Text size="sm">
            {plural(main.outside, 'row is', 'rows are')} far outside the main range,{' '}
            <Moment at={main.start} /> to <Moment at={main.end} />.
          </Text>
          {narrowed && (
            <Button
              size="compact-xs"
              variant="default"
              loading={isZoomed && zoom.isFetching}
              onClick={() => setWantsZoom(!wantsZoom)}
            >
              {isZoomed ? 'Show all' : 'Zoom to main range'}
            </Button>
          )}
        </Group>
      )}
      {isZoomed && zoom.error && (
        <ErrorNotice
          error={zoom.error}
          title="The main range could not be counted"
          onRetry={() => void zoom.refetch()}
        />
      )}
    </>
  )
}

/** Return the time column; null if it is unknown or can't be filtered. */
function useTimeColumn(kind: string): string | null {
  const { data } = useQuery(datasetQuery(kind))
  const filter = data?.filters.find(({ name }) => name === data.time_column)
  return filter?.operators.includes('gte') && filter.operators.includes('lte') ? filter.name : null
}
