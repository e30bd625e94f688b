import { Autocomplete, SimpleGrid, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { ZoneSelect } from '@/components/ZoneSelect'
import { RELATIVE_RANGES, type RelativeRange } from './relative'

interface RelativePickerProps {
  value: RelativeRange
  onChange: (value: RelativeRange) => void
  rangeError?: ReactNode
  zoneError?: ReactNode
}

/** A range of dates that moves with the time, such as "yesterday". */
export function RelativePicker({ value, onChange, rangeError, zoneError }: RelativePickerProps) {
  return (
    <Stack gap="xs">
      <Text size="sm" c="dimmed">
        Becomes dates when the export is created; in a schedule, at the nominal time of each run.
      </Text>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <Autocomplete
          label="Relative range"
          description="Or a number: last 12 hours, last 90 days, last 3 months."
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          data={[...RELATIVE_RANGES]}
          // All choices stay in the list while the text is one of them.
          filter={({ options, search }) =>
            RELATIVE_RANGES.some((known) => known === search)
              ? options
              : options.filter((option) => 'value' in option && option.value.includes(search.toLowerCase()))
          }
          autoComplete="off"
          value={value.range}
          onChange={(range) => onChange({ ...value, range })}
          error={rangeError}
        />
        <ZoneSelect
          label="Time zone of the days"
          value={value.zone ?? 'UTC'}
          onChange={(zone) => onChange({ ...value, zone })}
          error={zoneError}
        />
      </SimpleGrid>
    </Stack>
  )
}
