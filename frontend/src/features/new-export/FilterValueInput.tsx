import { Autocomplete, MultiSelect, Select, TagsInput, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { MomentInput } from '@/components/MomentInput'
import type { DatasetFilter } from '@/lib/api/datasets'
import { type FilterRow, takesList } from './filters'

const SHOWN = 100

interface FilterValueInputProps {
  filter: DatasetFilter | undefined
  row: FilterRow
  onChange: (values: string[]) => void
  error?: ReactNode
}

/** The value of a condition, with an input that suits the column and the operator. */
export function FilterValueInput({ filter, row, onChange, error }: FilterValueInputProps) {
  const [first = ''] = row.values
  const setOne = (value: string | null) => onChange(value === null || value === '' ? [] : [value])
  const allowed = filter?.allowed ?? []
  const known = (filter?.known?.values ?? []).flatMap(({ value }) => (value === null ? [] : [value]))
  const shared = { 'aria-label': 'Value', error, flex: '2 1 180px', disabled: row.column === '' }

  if (row.operator === 'is_null') {
    const choices = [
      { value: 'true', label: 'yes' },
      { value: 'false', label: 'no' },
    ]
    return <Select {...shared} data={choices} value={first} onChange={setOne} allowDeselect={false} />
  }
  if (takesList(row.operator)) {
    if (allowed.length > 0) {
      return <MultiSelect {...shared} data={allowed} value={row.values} onChange={onChange} />
    }
    return (
      <TagsInput
        {...shared}
        // A value can contain a comma.
        splitChars={[]}
        placeholder={row.operator === 'cidr' ? '10.0.0.0/8, then Enter' : 'A value, then Enter'}
        data={known.filter((value) => !row.values.includes(value))}
        limit={SHOWN}
        value={row.values}
        onChange={onChange}
        acceptValueOnBlur
      />
    )
  }
  if (allowed.length > 0) {
    return <Select {...shared} data={allowed} value={first || null} onChange={setOne} allowDeselect={false} />
  }
  if (filter?.type === 'time') {
    return <MomentInput label="Value" value={first || null} onChange={setOne} error={error} />
  }
  if (filter?.type === 'integer' || filter?.type === 'real') {
    return (
      <TextInput
        {...shared}
        inputMode="decimal"
        value={first}
        onChange={(event) => setOne(event.currentTarget.value.trim())}
      />
    )
  }
  return <Autocomplete {...shared} data={known} limit={SHOWN} value={first} onChange={setOne} />
}
