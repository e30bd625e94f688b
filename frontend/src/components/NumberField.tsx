import { NumberInput, type NumberInputProps } from '@mantine/core'
import { useState } from 'react'

export interface NumberFieldProps extends Omit<NumberInputProps, 'value' | 'onChange' | 'defaultValue'> {
  /** NaN if the field is empty. */
  value: number
  onChange: (value: number) => void
}

/** A numeric field that keeps the typed text, so that "12." can become 12.5. */
export function NumberField({ value, onChange, ...others }: NumberFieldProps) {
  const [typed, setTyped] = useState<string | number>('')
  const shown = Number.isNaN(value) ? '' : value
  return (
    <NumberInput
      {...others}
      value={Object.is(toNumber(typed), value) ? typed : shown}
      onChange={(changed) => {
        setTyped(changed)
        onChange(toNumber(changed))
      }}
    />
  )
}

function toNumber(typed: string | number): number {
  return typed === '' ? Number.NaN : Number(typed)
}
