import { NumberInput, type NumberInputProps } from '@mantine/core'
import { useState } from 'react'

export interface NumberFieldProps extends Omit<NumberInputProps, 'value' | 'onChange' | 'defaultValue'> {
  /** NaN: nothing is typed in. */
  value: number
  onChange: (value: number) => void
}

/** A number that is kept as a number, while what is typed stays as it is: "12." is on the way to 12.5. */
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
