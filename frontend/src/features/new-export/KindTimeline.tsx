import { Button, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { type Axis, axisOf, rowCounter } from '@/components/charts/axis'
import { type Cut, CutLines } from '@/components/charts/CutLines'
import { RangeBrush, type TimeSpan } from '@/components/charts/RangeBrush'
import { stepsOf } from '@/components/charts/series'
import { TimeChart } from '@/components/charts/TimeChart'
import { FarOutText } from '@/components/FarOutText'
import { Moment } from '@/components/Moment'
import type { Schemas } from '@/lib/api/client'
import { datasetQuery } from '@/lib/api/datasets'
import { formatCount, formatDuration, plural } from '@/lib/format'
import { browserZone, momentToWall } from '@/lib/time'
import type { Timeline } from './timeline'

type KindPreviewReport = Schemas['KindPreviewReport']

interface KindTimelineProps {
  kind: string
  preview: KindPreviewReport
  /** What it changes; null while the form is incomplete: it then only shows. */
  timeline: Timeline | null
  /** The kinds of the preview in order: the cuts of shares are moved where they were measured. */
  isMeasured: boolean
}

/** Rows of a kind over time. It sets the range of the export, and moves the cuts of a split in time. */
export function KindTimeline({ kind, preview, timeline, isMeasured }: KindTimelineProps) {
  const { histogram: bars, far_out: farOut, cuts: reported } = preview
  const [draft, setDraft] = useState<TimeSpan | null>(null)
  const axis = useMemo(() => axisOf(bars), [bars])
  const series = useMemo(() => [stepsOf(bars, 'rows', 'blue')], [bars])
  const label = useMemo(() => labelOf(kind, bars), [kind, bars])
  const before = useMemo(() => rowCounter(bars), [bars])
  const cuts = useMemo(() => (reported ?? []).map(cutOf), [reported])
  const column = useTimeColumn(kind)
  if (axis === null) return null
  const early = farOut?.before?.rows ?? 0
  const shareBefore = (at: number) => (early + before(at)) / Math.max(1, preview.rows)
  const canMove = timeline !== null && isMeasured
  return (
    <Stack gap={4} component="figure" m={0}>
      <TimeChart series={series} axis={axis} label={label}>
        {timeline && (
          <RangeBrush axis={axis} draft={draft} onDraft={setDraft} onApply={timeline.onRange} say={wallOf} />
        )}
        <CutLines
          axis={axis}
          cuts={cuts}
          onMove={canMove ? (split, at) => timeline.onCut(split, at, shareBefore) : undefined}
          onEmbargo={canMove ? timeline.onEmbargo : undefined}
          say={wallOf}
          sayLength={lengthOf}
        />
      </TimeChart>
      {/* Its height never changes, so that nothing below it moves while one drags. */}
      <Text size="xs" c="dimmed" mih={{ base: 54, xs: 36 }} aria-live="polite">
        {draft ? (
          <>
            {wallOf(draft.from)} to {wallOf(draft.to)}, about{' '}
            {plural(before(draft.to) - before(draft.from), 'row')}. Release or press Enter to use it, Escape
            to cancel.
          </>
        ) : (
          <>
            First <Moment at={preview.first} />, last <Moment at={preview.last} />.
            {timeline && ' Drag across the chart to set the time range.'}
          </>
        )}
      </Text>
      {timeline?.hasRange && (
        <Group>
          <Button size="compact-xs" variant="default" onClick={() => timeline.onRange(null)}>
            All time
          </Button>
        </Group>
      )}
      {farOut && (
        <Group gap="xs">
          <FarOutText rows={farOut.rows} times={timesOf(farOut)} />
          {timeline && column !== null && (
            <Button
              size="compact-xs"
              variant="default"
              onClick={() => timeline.onLeaveOut(kind, column, boundsOf(farOut, bars))}
            >
              {farOut.rows === 1 ? 'Leave it out' : 'Leave them out'}
            </Button>
          )}
        </Group>
      )}
      <CutText cuts={cuts} axis={axis} />
    </Stack>
  )
}

interface CutTextProps {
  cuts: readonly Cut[]
  axis: Axis
}

/** The cuts in words. */
function CutText({ cuts, axis }: CutTextProps) {
  const [first] = cuts
  if (!first) return null
  const hidden = cuts.filter(({ at }) => at < axis.from || at > axis.to)
  return (
    <Text size="sm">
      {cuts.map(({ split, at }, index) => (
        <span key={split}>
          {index === 0 ? capital(split) : ` ${capital(split)}`} starts{' '}
          <Moment at={new Date(at).toISOString()} />.
        </span>
      ))}
      {first.until !== null && ` Embargo: ${lengthOf(first.until - first.at)}.`}
      {hidden.length > 0 && ` Outside the chart: ${hidden.map(({ split }) => split).join(', ')}.`}
    </Text>
  )
}

function labelOf(kind: string, bars: readonly Schemas['HistogramBar'][]): string {
  const total = bars.reduce((sum, bar) => sum + bar.rows, 0)
  const most = bars.reduce((highest, bar) => Math.max(highest, bar.rows), 0)
  return `Rows of ${kind} over time: ${plural(total, 'row')} in ${plural(bars.length, 'bar')}, at most ${formatCount(most)} per bar.`
}

function cutOf({ split, start, until }: Schemas['SplitCut']): Cut {
  return { split, at: Date.parse(start), until: until === null ? null : Date.parse(until) }
}

function timesOf({ before, after }: Schemas['FarOut']): string[] {
  return [before, after].flatMap((side) => (side ? [side.first, side.last] : []))
}

/** The conditions that leave the rows far out out. */
function boundsOf({ before, after }: Schemas['FarOut'], bars: readonly Schemas['HistogramBar'][]) {
  const [first, last] = [bars[0], bars[bars.length - 1]]
  return {
    ...(before && first && { gte: first.start }),
    ...(after && last && { lte: last.end }),
  }
}

function wallOf(at: number): string {
  return momentToWall(new Date(at).toISOString(), browserZone()) ?? ''
}

function lengthOf(millis: number): string {
  return millis === 0 ? 'none' : formatDuration(millis / 1000)
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

/** Return the time column; null if it is unknown or can't be filtered. */
function useTimeColumn(kind: string): string | null {
  const { data } = useQuery(datasetQuery(kind))
  const filter = data?.filters.find(({ name }) => name === data.time_column)
  return filter?.operators.includes('gte') && filter.operators.includes('lte') ? filter.name : null
}
