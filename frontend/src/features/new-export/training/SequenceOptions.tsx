import { Select, SimpleGrid } from '@mantine/core'
import { DurationField } from '@/components/DurationField'
import { NumberField } from '@/components/NumberField'
import type { FieldErrors } from '@/features/new-export/field-errors'
import { type MiningForm, hasMaxLength } from './mining'

const MODES = [
  { value: 'sliding', label: 'Windows of one size' },
  { value: 'session', label: 'Sessions: no long gap' },
]
const UNITS = [
  { value: 'events', label: 'Log lines' },
  { value: 'seconds', label: 'Seconds' },
]
const ENDS = [
  { value: 'usual', label: 'As usual' },
  { value: 'drop', label: 'Leave it out' },
  { value: 'keep', label: 'Keep it' },
]

interface SequenceOptionsProps {
  value: MiningForm
  onChange: (value: MiningForm) => void
  errors: FieldErrors
}

/** How long sequences are, and where they begin. */
export function SequenceOptions({ value, onChange, errors }: SequenceOptionsProps) {
  const set = (changes: Partial<MiningForm>) => onChange({ ...value, ...changes })
  const isSliding = value.mode === 'sliding'
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }}>
      <Select
        label="Sequences are"
        data={MODES}
        value={value.mode}
        onChange={(name) => set({ mode: name === 'session' ? 'session' : 'sliding' })}
        allowDeselect={false}
      />
      {isSliding && (
        <>
          <Select
            label="Measured in"
            data={UNITS}
            value={value.unit}
            onChange={(name) => set({ unit: name === 'seconds' ? 'seconds' : 'events' })}
            allowDeselect={false}
            error={errors['sequences.unit']}
          />
          <NumberField
            label="Size of a window"
            min={1}
            allowDecimal={false}
            thousandSeparator=","
            value={value.size}
            onChange={(size) => set({ size })}
            error={errors['sequences.size']}
          />
          <NumberField
            label="Step to the next"
            placeholder="The size: no overlap"
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
          label="A session ends after a gap of"
          value={value.gapSeconds}
          onChange={(gapSeconds) => set({ gapSeconds })}
          error={errors['sequences.gap_seconds']}
        />
      )}
      {hasMaxLength(value) && (
        <NumberField
          label="Most lines of a sequence"
          min={1}
          allowDecimal={false}
          thousandSeparator=","
          value={value.maxLength}
          onChange={(maxLength) => set({ maxLength })}
          error={errors['sequences.max_length']}
        />
      )}
      <Select
        label="What the end of a split cuts short"
        data={ENDS}
        value={value.dropLast === null ? 'usual' : value.dropLast ? 'drop' : 'keep'}
        onChange={(name) => set({ dropLast: name === 'usual' ? null : name === 'drop' })}
        allowDeselect={false}
        error={errors['sequences.drop_last']}
      />
    </SimpleGrid>
  )
}
