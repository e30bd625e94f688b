import { Group, Input, Select } from '@mantine/core'
import { type ReactNode, useId, useState } from 'react'
import { NumberField } from './NumberField'

const UNITS = [
  { value: '86400', label: 'days' },
  { value: '3600', label: 'hours' },
  { value: '60', label: 'minutes' },
  { value: '1', label: 'seconds' },
]

interface DurationFieldProps {
  label: string
  description?: ReactNode
  /** Seconds. */
  value: number
  onChange: (seconds: number) => void
  /** The unit for an empty value, in seconds. */
  usualUnit?: number
  error?: ReactNode
}

/** A duration as a number and a unit. */
export function DurationField(props: DurationFieldProps) {
  const { label, description, value, onChange, usualUnit = 60, error } = props
  const id = useId()
  const [chosen, setChosen] = useState<number | null>(null)
  const unit = chosen ?? unitOf(value, usualUnit)
  return (
    <Input.Wrapper
      id={id}
      label={label}
      description={description}
      error={error}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
    >
      <Group gap={4} wrap="nowrap" mb={description || error ? 5 : 0}>
        <NumberField
          id={id}
          min={0}
          allowNegative={false}
          value={Number((value / unit).toPrecision(12))}
          onChange={(count) => {
            setChosen(unit)
            onChange(Number((count * unit).toPrecision(12)))
          }}
          error={Boolean(error)}
          miw={64}
          flex={1}
        />
        <Select
          aria-label={`${label}: unit`}
          data={UNITS}
          value={String(unit)}
          onChange={(name) => {
            setChosen(Number(name))
            // Changing the unit keeps the number.
            onChange(Number(((value / unit) * Number(name)).toPrecision(12)))
          }}
          allowDeselect={false}
          w={112}
        />
      </Group>
    </Input.Wrapper>
  )
}

/** Return the largest unit that divides the duration. */
function unitOf(seconds: number, usualUnit: number): number {
  if (!(seconds > 0)) return usualUnit
  return UNITS.map(({ value }) => Number(value)).find((unit) => seconds % unit === 0) ?? 1
}
