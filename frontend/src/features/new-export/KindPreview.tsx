import { Divider, Group, Stack, Text, Title } from '@mantine/core'
import type { Schemas } from '@/lib/api/client'
import type { ConfigInput } from '@/lib/api/exports'
import { formatCount, plural } from '@/lib/format'
import { KindTimeline } from './KindTimeline'
import { Replacements } from './Replacements'
import { SampleRecords } from './SampleRecords'
import { IncrementText } from './VersionPreview'
import type { Timeline } from './timeline'

type KindPreviewReport = Schemas['KindPreviewReport']

const NAMES = new Intl.ListFormat('en-GB')

interface KindPreviewProps {
  kind: string
  preview: KindPreviewReport
  /** The previewed config; null while the form is invalid. */
  config: ConfigInput | null
  /** What the chart changes in the form. */
  timeline: Timeline
}

/** The preview of one kind: rows over time, rejects and sample records. */
export function KindPreview({ kind, preview, config, timeline }: KindPreviewProps) {
  const unapplied = preview.unapplied_filters ?? []
  return (
    <Stack gap="xs" component="section" aria-label={`Preview of ${kind}`}>
      <Divider />
      <Group justify="space-between">
        <Title order={3} size="h5">
          {kind}
        </Title>
        <Text size="sm">
          {preview.rows_are_estimated && 'about '}
          {plural(preview.rows, 'row')}
        </Text>
      </Group>
      {preview.rows_are_estimated && (
        <Text size="sm">Numbers of rows are estimates from sampled keys. The export reads every row.</Text>
      )}
      {preview.increment && <IncrementText increment={preview.increment} />}
      {unapplied.length > 0 && <Text size="sm">{unappliedText(kind, unapplied)}</Text>}
      {(preview.notes ?? []).map((note) => (
        <Text key={note} size="sm">
          {note}
        </Text>
      ))}
      {isShort(preview.rows, config) && (
        <Text size="sm">
          The sample asks for {formatCount(sampleRows(config))} rows; the selection has{' '}
          {formatCount(preview.rows)}.
        </Text>
      )}
      {preview.rows > 0 && (
        <>
          <KindTimeline
            kind={kind}
            preview={preview}
            timeline={config === null ? null : timeline}
            isMeasured={preview.cuts_from == null || preview.cuts_from === kind}
          />
          {preview.folders != null && <Text size="sm">Files in {plural(preview.folders, 'folder')}.</Text>}
          <Splits
            rows={preview.splits ?? {}}
            isEstimate={preview.splits_are_estimated}
            leavesRowsOut={leavesRowsOut(config)}
          />
          <Rejects estimate={preview.reject_estimate} />
          <Replacements
            kind={kind}
            replacements={preview.replacements ?? []}
            rows={preview.reject_estimate.sampled_rows}
          />
          <SampleRecords kind={kind} sample={preview.sample} missingKey={preview.missing_key ?? null} />
        </>
      )}
    </Stack>
  )
}

function sampleRows(config: ConfigInput | null): number {
  const sample = config?.sample
  return (typeof sample === 'object' && sample?.rows) || 0
}

function isShort(rows: number, config: ConfigInput | null): boolean {
  return rows > 0 && rows < sampleRows(config)
}

function unappliedText(kind: string, names: string[]): string {
  return names.length === 1
    ? `The filter on ${names[0]} does not apply to ${kind}, which has no such column.`
    : `The filters on ${NAMES.format(names)} do not apply to ${kind}, which has no such columns.`
}

interface SplitsProps {
  /** By split, before rejects, deduplication and sampling. */
  rows: Record<string, number>
  isEstimate: boolean
  leavesRowsOut: boolean
}

function Splits({ rows, isEstimate, leavesRowsOut }: SplitsProps) {
  const parts = Object.entries(rows).map(([name, count]) => `${name} ${formatCount(count)}`)
  if (parts.length === 0) return null
  return (
    <Text size="sm">
      Splits{isEstimate && ' (estimated)'}: {parts.join(', ')}
      {leavesRowsOut && ', before deduplication and sampling'}.
    </Text>
  )
}

function leavesRowsOut(config: ConfigInput | null): boolean {
  return Boolean(config?.sample ?? config?.deduplicate)
}

interface RejectsProps {
  estimate: KindPreviewReport['reject_estimate']
}

function Rejects({ estimate }: RejectsProps) {
  const rules = Object.entries(estimate.by_rule)
  if (estimate.rows === 0) {
    return (
      <Text size="sm" c="dimmed">
        {estimate.is_exact
          ? 'No rows would be rejected.'
          : `No rejects in ${formatCount(estimate.sampled_rows)} sampled rows.`}
      </Text>
    )
  }
  // Rules are counted in the sampled rows; the total is for all rows.
  const grounds = estimate.is_exact ? '' : `; in ${formatCount(estimate.sampled_rows)} sampled rows`
  return (
    <Text size="sm">
      {estimate.is_exact ? '' : 'About '}
      {plural(estimate.rows, 'row')} would be rejected
      {rules.length > 0 &&
        `${grounds}: ${rules.map(([rule, rows]) => `${rule} ${formatCount(rows)}`).join(', ')}`}
      .
    </Text>
  )
}
