import { MultiSelect } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { datasetQuery } from '@/lib/api/datasets'
import { formatCount } from '@/lib/format'
import { policiesText } from '@/lib/policy-text'
import { namesOf, ruleOf, useRules } from './rules'

/** A longer list would be slow. Typing finds the others. */
const SHOWN = 100
const SEARCH_DELAY_MS = 250

interface ProcessSelectProps {
  /** The kind whose processes these are. */
  kind: string
  value: string[]
  onChange: (names: string[]) => void
  error?: ReactNode
}

/** The processes to keep, chosen from those in the data. */
export function ProcessSelect({ kind, value, onChange, error }: ProcessSelectProps) {
  const rule = ruleOf(useRules(), 'processes')
  const allowed = namesOf(rule)
  const [search, setSearch] = useState('')
  const [asked] = useDebouncedValue(search.trim(), SEARCH_DELAY_MS)
  const all = useQuery(datasetQuery(kind))
  const column = all.data?.process_column
  const known = all.data?.filters.find((filter) => filter.name === column)?.known
  // The first response has the most common ones. Ask again only if there are more.
  const hasMore = known ? known.total > known.values.length || !known.is_complete : false
  const more = useQuery({ ...datasetQuery(kind, asked), enabled: hasMore && asked !== '' })
  const found = more.data?.filters.find((filter) => filter.name === column)?.known
  const rows = new Map<string, number>()
  for (const item of [...(known?.values ?? []), ...(found?.values ?? [])]) {
    if (item.value !== null) rows.set(item.value, item.rows)
  }
  return (
    <MultiSelect
      label="Processes"
      description={
        rule
          ? `Choose from ${allowed.join(', ') || 'none'}: others are not allowed by the ${policiesText(rule)}.`
          : 'Keep only log lines of these programs. Leave empty for all.'
      }
      placeholder={value.length > 0 ? undefined : rule ? 'Required' : 'All processes'}
      data={[...new Set([...rows.keys(), ...allowed, ...value])].map((name) => ({
        value: name,
        label: name,
        disabled: rule !== undefined && !allowed.includes(name),
      }))}
      value={value}
      onChange={onChange}
      searchable
      searchValue={search}
      onSearchChange={setSearch}
      clearable
      limit={SHOWN}
      hidePickedOptions
      maxDropdownHeight={280}
      nothingFoundMessage={all.isPending || more.isFetching ? 'Searching…' : 'No matching process'}
      renderOption={({ option }) => `${option.label} (${formatCount(rows.get(option.value) ?? 0)})`}
      error={error ?? (all.isError ? 'The processes could not be loaded.' : undefined)}
    />
  )
}
