import { PasswordInput } from '@mantine/core'
import type { ReactNode } from 'react'

interface NewPasswordProps {
  label?: string
  value: string
  onChange: (value: string) => void
  error?: ReactNode
}

/** A password to set. The button in the field shows it, so it is asked for once. */
export function NewPassword({ label = 'New password', value, onChange, error }: NewPasswordProps) {
  return (
    <PasswordInput
      label={label}
      description="At least 12 characters, five of them different. A sentence is a good password."
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      name="new-password"
      autoComplete="new-password"
      required
      minLength={12}
      maxLength={1000}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
    />
  )
}
