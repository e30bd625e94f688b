import { Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import formats from '@/lib/api/formats.json'
import { savedFormatsQuery } from '@/lib/api/own-formats'
import type { ReadingOptions } from './upload-queue'

interface FormatSelectProps {
  value: ReadingOptions
  onChange: (changes: Partial<ReadingOptions>) => void
}

/** The built-in formats of a data type, and the saved ones. */
export function FormatSelect({ value, onChange }: FormatSelectProps) {
  const all = useQuery(savedFormatsQuery()).data ?? []
  const saved = all.filter(({ kind }) => kind === value.kind)
  const builtIn = value.kind === 'logs' ? [...formats.records, ...formats.logs] : formats.records
  return (
    <Select
      label="Format"
      description="auto: recognises each file and line by content."
      data={
        saved.length > 0
          ? [
              { group: 'Saved formats', items: saved.map(({ name }) => name) },
              { group: 'Built in', items: builtIn },
            ]
          : builtIn
      }
      value={value.format}
      allowDeselect={false}
      onChange={(format) => {
        const found = saved.find(({ name }) => name === format)
        onChange({
          format: format ?? 'auto',
          // A pattern is a format of its own.
          ...(format !== 'auto' && { pattern: null }),
          ...(found && { map: {}, time_format: null }),
          ...(found?.timezone && { timezone: found.timezone }),
          ...(found?.default_level && { default_level: found.default_level }),
        })
      }}
    />
  )
}
