import { Divider, Group, SegmentedControl, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { TimeBars } from '@/components/TimeBars'
import type { Schemas } from '@/lib/api/client'
import { formatCount, plural } from '@/lib/format'
import { SampleRecords } from './SampleRecords'

type KindPreviewReport = Schemas['KindPreviewReport']

interface KindPreviewProps {
  kind: string
  preview: KindPreviewReport
}

/** One kind of the preview: how many rows, when, what would be rejected, and a few records. */
export function KindPreview({ kind, preview }: KindPreviewProps) {
  const [side, setSide] = useState('after')
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
      {preview.rows > 0 && (
        <>
          <TimeBars bars={preview.histogram} label={`Rows of ${kind} over time`} />
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
          <SampleRecords records={records} label={`Sample of ${kind}`} />
        </>
      )}
    </Stack>
  )
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
