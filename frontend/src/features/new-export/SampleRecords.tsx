import { Group, SegmentedControl, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import type { Schemas } from '@/lib/api/client'
import { SampleJson } from './SampleJson'
import { SampleTable } from './SampleTable'

const NAMES = new Intl.ListFormat('en-GB')

interface SampleRecordsProps {
  kind: string
  sample: Schemas['SampleRecords']
  missingKey: string | null
}

/** Sample records as they would be written or as they are stored, in a table or as JSON. */
export function SampleRecords({ kind, sample, missingKey }: SampleRecordsProps) {
  const [side, setSide] = useState('after')
  const [look, setLook] = useState('table')
  const isAfter = side === 'after'
  const records = isAfter ? sample.after : sample.before
  const notShown = isAfter && records.length > 0 ? (sample.not_shown ?? []) : []
  const approximate = isAfter ? (sample.approximate ?? []) : []
  const label = `Sample of ${kind}`
  return (
    <Stack gap="xs">
      <Group gap="xs" justify="space-between">
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
        <SegmentedControl
          size="xs"
          aria-label={`How records of ${kind} are shown`}
          data={[
            { value: 'table', label: 'Table' },
            { value: 'json', label: 'JSON' },
          ]}
          value={look}
          onChange={setLook}
        />
      </Group>
      {isAfter && missingKey ? (
        <Text size="sm">The service needs a key to preview a private export: see Privacy.</Text>
      ) : look === 'table' ? (
        <SampleTable records={records} notShown={notShown} label={label} />
      ) : (
        <SampleJson records={records} label={label} />
      )}
      {look === 'json' && notShown.length > 0 && (
        <Text size="sm">Not shown in a preview: {NAMES.format(notShown)}.</Text>
      )}
      {approximate.length > 0 && (
        <Text size="sm">
          From the sample rows: {NAMES.format(approximate)}. The export mines all training rows, so its values
          may differ.
        </Text>
      )}
    </Stack>
  )
}
