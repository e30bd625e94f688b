import { SimpleGrid, Stack, Text } from '@mantine/core'
import { MomentInput } from '@/components/MomentInput'
import { PercentField } from '@/components/PercentField'
import type { FieldErrors } from '@/features/new-export/field-errors'
import { type SplitForm, SPLITS, isInTime } from './split'

const WORDS = { train: 'Train', validation: 'Validation', test: 'Test' }

interface SplitCutsProps {
  value: SplitForm
  onChange: (value: SplitForm) => void
  errors: FieldErrors
}

/** The shares of the splits, or the times at which they start. */
export function SplitCuts({ value, onChange, errors }: SplitCutsProps) {
  const byDates = isInTime(value.mode) && value.cutBy === 'dates'
  const whole = errors[byDates ? 'split.dates' : 'split.ratios']
  return (
    <Stack gap={4}>
      {byDates ? (
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          {(['validation', 'test'] as const).map((name) => (
            <MomentInput
              key={name}
              label={`${WORDS[name]} starts`}
              unset="Empty: no such split"
              value={value.dates[name]}
              onChange={(moment) => onChange({ ...value, dates: { ...value.dates, [name]: moment } })}
              error={errors[`split.dates.${name}`]}
            />
          ))}
        </SimpleGrid>
      ) : (
        <SimpleGrid cols={3}>
          {SPLITS.map((name) => (
            <PercentField
              key={name}
              label={WORDS[name]}
              value={value.ratios[name]}
              onChange={(share) => onChange({ ...value, ratios: { ...value.ratios, [name]: share } })}
              error={errors[`split.ratios.${name}`] ?? Boolean(whole)}
            />
          ))}
        </SimpleGrid>
      )}
      {whole && (
        <Text size="xs" c="red" role="alert">
          {whole}
        </Text>
      )}
    </Stack>
  )
}
