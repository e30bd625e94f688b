import { Select, SimpleGrid } from '@mantine/core'
import { NumberField } from '@/components/NumberField'
import { PercentField } from '@/components/PercentField'
import type { FieldErrors } from '@/features/new-export/field-errors'
import { Part } from './Part'
import type { RowsForm } from './rows'

const BELOW = ['label', 'input', 'description', 'error'] as const
const DUPLICATE_WORDS: { value: RowsForm['duplicates']; label: string }[] = [
  { value: 'off', label: 'Keep all' },
  { value: 'exact', label: 'Remove exact duplicates' },
  { value: 'burst', label: 'Collapse bursts' },
]
const DUPLICATE_HELP: Record<RowsForm['duplicates'], string> = {
  off: 'Keeps every log line.',
  exact: 'Of log lines equal in device, time, process and message, keeps the first.',
  burst:
    'Consecutive lines of a device with the same process, level and message become one line with repeat_count and its first and last time.',
}
const SAMPLE_WORDS: { value: RowsForm['sampleBy']; label: string }[] = [
  { value: 'all', label: 'All rows' },
  { value: 'share', label: 'Share of rows' },
  { value: 'rows', label: 'Number of rows' },
]
const SAMPLE_HELP: Record<RowsForm['sampleBy'], string> = {
  all: 'Keeps all rows.',
  share: 'Keeps about this share of each data type. Without strata, anomalies stay with their log line.',
  rows: 'Keeps this many rows of each data type, or all if there are fewer.',
}
const STRATA = [
  { value: 'none', label: 'Nothing' },
  { value: 'log_level', label: 'Log level' },
  { value: 'label', label: 'Label' },
]
const ORDER_WORDS: { value: RowsForm['order']; label: string }[] = [
  { value: 'time', label: 'By time' },
  { value: 'shuffle', label: 'Shuffled' },
]
const ORDER_HELP: Record<RowsForm['order'], string> = {
  time: 'Sorted by time, then by id.',
  shuffle: 'Shuffles each split, for trainers that read rows in file order.',
}

interface RowsPartProps {
  value: RowsForm
  onChange: (value: RowsForm) => void
  errors: FieldErrors
}

/** Duplicates, sample and order. */
export function RowsPart({ value, onChange, errors }: RowsPartProps) {
  const set = (changes: Partial<RowsForm>) => onChange({ ...value, ...changes })
  return (
    <Part title="Rows" error={errors['deduplicate'] ?? errors['sample'] ?? errors['order']}>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <Select
          label="Duplicates"
          description={DUPLICATE_HELP[value.duplicates]}
          inputWrapperOrder={[...BELOW]}
          data={DUPLICATE_WORDS}
          value={value.duplicates}
          onChange={(name) => set({ duplicates: oneOf(DUPLICATE_WORDS, name) })}
          allowDeselect={false}
        />
        {value.duplicates === 'burst' && (
          <NumberField
            label="Burst window"
            description="A run ends at each multiple of this many seconds."
            inputWrapperOrder={[...BELOW]}
            suffix=" s"
            min={1}
            allowDecimal={false}
            value={value.burstSeconds}
            onChange={(burstSeconds) => set({ burstSeconds })}
            error={errors['deduplicate.burst_seconds']}
          />
        )}
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <Select
          label="Sample"
          description={SAMPLE_HELP[value.sampleBy]}
          inputWrapperOrder={[...BELOW]}
          data={SAMPLE_WORDS}
          value={value.sampleBy}
          onChange={(name) => set({ sampleBy: oneOf(SAMPLE_WORDS, name) })}
          allowDeselect={false}
        />
        {value.sampleBy === 'share' && (
          <PercentField
            label="Share to keep"
            value={value.share}
            onChange={(share) => set({ share })}
            error={errors['sample.share']}
          />
        )}
        {value.sampleBy === 'rows' && (
          <NumberField
            label="Rows to keep"
            min={1}
            step={1000}
            allowDecimal={false}
            thousandSeparator=","
            value={value.rows}
            onChange={(rows) => set({ rows })}
            error={errors['sample.rows']}
          />
        )}
        {value.sampleBy !== 'all' && (
          <>
            <Select
              label="Stratify by"
              description="Each value keeps at least one row."
              inputWrapperOrder={[...BELOW]}
              data={STRATA}
              value={value.stratify ?? 'none'}
              onChange={(name) => set({ stratify: name === 'log_level' || name === 'label' ? name : null })}
              allowDeselect={false}
              error={errors['sample.stratify']}
            />
            <NumberField
              label="Sample seed"
              description="A different seed keeps different rows."
              inputWrapperOrder={[...BELOW]}
              min={0}
              allowDecimal={false}
              value={value.sampleSeed}
              onChange={(sampleSeed) => set({ sampleSeed })}
              error={errors['sample.seed']}
            />
          </>
        )}
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <Select
          label="Order"
          description={ORDER_HELP[value.order]}
          inputWrapperOrder={[...BELOW]}
          data={ORDER_WORDS}
          value={value.order}
          onChange={(name) => set({ order: oneOf(ORDER_WORDS, name) })}
          allowDeselect={false}
        />
        {value.order === 'shuffle' && (
          <NumberField
            label="Order seed"
            description="A different seed gives a different order."
            inputWrapperOrder={[...BELOW]}
            min={0}
            allowDecimal={false}
            value={value.orderSeed}
            onChange={(orderSeed) => set({ orderSeed })}
            error={errors['order.seed']}
          />
        )}
      </SimpleGrid>
    </Part>
  )
}

/** Return the chosen value, or the first one for an unknown name. */
function oneOf<T extends string>(choices: readonly { value: T }[], name: string | null): T {
  const found = choices.find(({ value }) => value === name) ?? choices[0]
  if (found === undefined) throw new Error('There are no choices.')
  return found.value
}
