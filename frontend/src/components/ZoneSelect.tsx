import { Select } from '@mantine/core'
import type { ReactNode } from 'react'
import { ZONES } from '@/lib/zones'

interface ZoneSelectProps {
  label: string
  description?: ReactNode
  value: string
  onChange: (zone: string) => void
  error?: ReactNode
}

/** A time zone of the IANA database. */
export function ZoneSelect({ label, description, value, onChange, error }: ZoneSelectProps) {
  return (
    <Select
      label={label}
      description={description}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      data={ZONES.includes(value) ? ZONES : [value, ...ZONES]}
      value={value}
      onChange={(zone) => zone !== null && onChange(zone)}
      searchable
      limit={100}
      allowDeselect={false}
      nothingFoundMessage="No such time zone"
      error={error}
    />
  )
}
