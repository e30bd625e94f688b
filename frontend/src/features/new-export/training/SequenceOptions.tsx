import { Select, SimpleGrid } from '@mantine/core'
import { DurationField } from '@/components/DurationField'
import { NumberField } from '@/components/NumberField'
import type { FieldErrors } from '@/features/new-export/field-errors'
import { type MiningForm, hasMaxLength } from './mining'

const MODES = [
  { value: 'sliding', label: 'Sliding windows' },
  { value: 'session', label: 'Sessions' },
]
const UNITS = [
  { value: 'events', label: 'Log lines' },
  { value: 'seconds', label: 'Seconds' },
]
const ENDS = [
  { value: 'usual', label: 'Default' },
  { value: 'drop', label: 'Drop' },
  { value: 'keep', label: 'Keep' },
]

interface SequenceOptionsProps {
  value: MiningForm
  onChange: (value: MiningForm) => void
  errors: FieldErrors
}

/** Options for windows and sessions. */
export function SequenceOptions({ value, onChange, errors }: SequenceOptionsProps) {
  const set = (changes: Partial<MiningForm>) => onChange({ ...value, ...changes })
  const isSliding = value.mode === 'sliding'
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }}>
      <Select
        label="Sequence type"
        data={MODES}
        value={value.mode}
        onChange={(name) => set({ mode: name === 'session' ? 'session' : 'sliding' })}
        allowDeselect={false}
      />
      {isSliding && (
        <>
          <Select
            label="Unit"
            data={UNITS}
            value={value.unit}
            onChange={(name) => set({ unit: name === 'seconds' ? 'seconds' : 'events' })}
            allowDeselect={false}
            error={errors['sequences.unit']}
          />
          <NumberField
            label="Window size"
            min={1}
            allowDecimal={false}
            thousandSeparator=","
            value={value.size}
            onChange={(size) => set({ size })}
            error={errors['sequences.size']}
          />
          <NumberField
            label="Step"
            placeholder="Window size: no overlap"
            min={1}
            allowDecimal={false}
            thousandSeparator=","
            value={value.step ?? Number.NaN}
            onChange={(step) => set({ step: Number.isNaN(step) ? null : step })}
            error={errors['sequences.step']}
          />
        </>
      )}
      {!isSliding && (
        <DurationField
          label="Session gap"
          value={value.gapSeconds}
          onChange={(gapSeconds) => set({ gapSeconds })}
          error={errors['sequences.gap_seconds']}
        />
      )}
      {hasMaxLength(value) && (
        <NumberField
          label="Maximum lines"
          min={1}
          allowDecimal={false}
          thousandSeparator=","
          value={value.maxLength}
          onChange={(maxLength) => set({ maxLength })}
          error={errors['sequences.max_length']}
        />
      )}
      <Select
        label="Incomplete windows at the end of a split"
        data={ENDS}
        value={value.dropLast === null ? 'usual' : value.dropLast ? 'drop' : 'keep'}
        onChange={(name) => set({ dropLast: name === 'usual' ? null : name === 'drop' })}
        allowDeselect={false}
        error={errors['sequences.drop_last']}
      />
    </SimpleGrid>
  )
}
