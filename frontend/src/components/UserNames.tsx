import { TagsInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { usersQuery } from '@/lib/api/accounts'
import { useMay } from '@/lib/session'

interface UserNamesProps {
  label: string
  description?: ReactNode
  value: string[]
  onChange: (names: string[]) => void
  error?: ReactNode
}

/** Names of accounts. Admins choose them from a list; others type them. */
export function UserNames({ label, description, value, onChange, error }: UserNamesProps) {
  const mayList = useMay('admin')
  const users = useQuery({ ...usersQuery(), enabled: mayList })
  return (
    <TagsInput
      label={label}
      description={description}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      placeholder={value.length === 0 ? 'Type a name, then Enter' : undefined}
      data={(users.data ?? []).map(({ name }) => name)}
      value={value}
      onChange={onChange}
      acceptValueOnBlur
      clearable
      error={error}
    />
  )
}
