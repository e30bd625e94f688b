import { NumberField, type NumberFieldProps } from './NumberField'

interface PercentFieldProps extends Omit<NumberFieldProps, 'suffix' | 'min' | 'max'> {
  /** A share from 0 to 1. */
  value: number
}

/** A share, shown and typed in percent. */
export function PercentField({ value, onChange, ...others }: PercentFieldProps) {
  return (
    <NumberField
      min={0}
      max={100}
      step={5}
      suffix="%"
      allowNegative={false}
      {...others}
      // Ten digits: 0.07 in percent is 7, not 7.000000000000001.
      value={Number((value * 100).toPrecision(10))}
      onChange={(percent) => onChange(Number((percent / 100).toPrecision(12)))}
    />
  )
}
