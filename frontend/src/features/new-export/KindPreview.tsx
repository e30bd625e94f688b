import { Divider, Group, SegmentedControl, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import type { Schemas } from '@/lib/api/client'
import type { ConfigInput } from '@/lib/api/exports'
import { formatCount, plural } from '@/lib/format'
import { SampleRecords } from './SampleRecords'
import { ZoomableBars } from './ZoomableBars'

type KindPreviewReport = Schemas['KindPreviewReport']

const NAMES = new Intl.ListFormat('en-GB')

interface KindPreviewProps {
  kind: string
  preview: KindPreviewReport
  /** What is previewed; null while the form has no valid config. */
  config: ConfigInput | null
}

/** One kind of the preview: how many rows, when, what would be rejected, and a few records. */
export function KindPreview({ kind, preview, config }: KindPreviewProps) {
  const [side, setSide] = useState('after')
  const unapplied = preview.unapplied_filters ?? []
  const records = side === 'after' ? preview.sample.after : preview.sample.before
  return (
    <Stack gap="xs" component="section" aria-label={`Preview of ${kind}`}>
      <Divider />
      <Group justify="space-between">
        <Title order={3} size="h5">
          {kind}
        </Title>
        <Text size="sm">{plural(preview.rows, 'row')}</Text>
      </Group>
      {unapplied.length > 0 && <Text size="sm">{unappliedText(kind, unapplied)}</Text>}
      {preview.rows > 0 && (
        <>
          <ZoomableBars
            kind={kind}
            bars={preview.histogram}
            config={config}
            label={`Rows of ${kind} over time`}
          />
          <Splits
            rows={preview.splits ?? {}}
            isEstimate={preview.splits_are_estimated}
            leavesRowsOut={leavesRowsOut(config)}
          />
          <Rejects estimate={preview.reject_estimate} />
          <SegmentedControl
            size="xs"
            aria-label={`Sample records of ${kind}`}
            data={[
              { value: 'after', label: 'As written' },
              { value: 'before', label: 'As stored' },
            ]}
            value={side}
            onChange={setSide}
          />
          {side === 'after' && preview.missing_key ? (
            <Text size="sm">
              What a private export writes is shown when the service has a key: see Privacy in the form.
            </Text>
          ) : (
            <SampleRecords records={records} label={`Sample of ${kind}`} />
          )}
        </>
      )}
    </Stack>
  )
}

function unappliedText(kind: string, names: string[]): string {
  return names.length === 1
    ? `The filter on ${names[0]} does not narrow ${kind}, which has no such column.`
    : `The filters on ${NAMES.format(names)} do not narrow ${kind}, which has no such columns.`
}

interface SplitsProps {
  /** By split, before any row is rejected or taken out. */
  rows: Record<string, number>
  isEstimate: boolean
  leavesRowsOut: boolean
}

function Splits({ rows, isEstimate, leavesRowsOut }: SplitsProps) {
  const parts = Object.entries(rows).map(([name, count]) => `${name} ${formatCount(count)}`)
  if (parts.length === 0) return null
  return (
    <Text size="sm">
      Splits{isEstimate && ', about'}: {parts.join(', ')}
      {leavesRowsOut && ', before duplicates and rows outside the sample are taken out'}.
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
          ? 'No row would be rejected.'
          : `No rejects among ${formatCount(estimate.sampled_rows)} rows looked at.`}
      </Text>
    )
  }
  // The rules are counted among the rows that were looked at, the total is of all.
  const grounds = estimate.is_exact ? '' : `; among the ${formatCount(estimate.sampled_rows)} looked at`
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
