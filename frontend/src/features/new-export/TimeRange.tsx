import { SegmentedControl, Stack } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import { browserZone } from '@/lib/time'
import type { FieldErrors } from './field-errors'
import type { ExportForm } from './form'
import { RangePicker } from './RangePicker'
import { RelativePicker } from './RelativePicker'

interface TimeRangeProps {
  form: UseFormReturnType<ExportForm>
  errors: FieldErrors
}

/** The time range of an export: dates, or a range that moves with the time. */
export function TimeRange({ form, errors }: TimeRangeProps) {
  const { start, end, isEndExcluded, relative } = form.values
  return (
    <Stack gap="sm">
      <SegmentedControl
        aria-label="Kind of time range"
        data={[
          { value: 'dates', label: 'Dates' },
          { value: 'relative', label: 'Relative' },
        ]}
        value={relative === null ? 'dates' : 'relative'}
        onChange={(kind) =>
          form.setFieldValue(
            'relative',
            kind === 'relative' ? { range: 'last 24 hours', zone: browserZone() } : null,
          )
        }
        style={{ alignSelf: 'flex-start' }}
      />
      {relative === null ? (
        <RangePicker
          start={start}
          end={end}
          isEndExcluded={isEndExcluded}
          onChange={(range) => form.setValues(range)}
          onEndExcluded={(isExcluded) => form.setFieldValue('isEndExcluded', isExcluded)}
          startError={errors['start']}
          endError={errors['end']}
        />
      ) : (
        <RelativePicker
          value={relative}
          onChange={(value) => form.setFieldValue('relative', value)}
          // Policies judge the dates that the range becomes.
          rangeError={errors['relative'] ?? errors['start'] ?? errors['end']}
          zoneError={errors['relative.zone']}
        />
      )}
    </Stack>
  )
}
