import { Button, Group, MultiSelect, Select, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useState } from 'react'
import { ACTIONS, RESULTS } from '@/lib/api/audit'
import type { AuditSearch } from '@/lib/audit'

const TYPING_MS = 300

interface TrailFiltersProps {
  search: AuditSearch
  onSearch: (changes: Partial<AuditSearch>) => void
  /** The page shows one kind of action only. */
  isOutgoing?: boolean
}

/** Filters of the audit pages, all kept in the address. */
export function TrailFilters({ search, onSearch, isOutgoing = false }: TrailFiltersProps) {
  const isFiltered = Object.values(search).some((value) => value !== undefined)
  return (
    <Group gap="xs" align="flex-end" mb="md" role="search" aria-label="Filter the lines">
      <TypedFilter
        label={isOutgoing ? 'Who got it' : 'Who'}
        value={search.actor}
        onChange={(actor) => onSearch({ actor })}
      />
      {!isOutgoing && (
        <>
          <MultiSelect
            label="Action"
            data={ACTIONS.map((name) => ({ value: name, label: actionText(name) }))}
            value={search.action ?? []}
            onChange={(names) => {
              const action = ACTIONS.filter((name) => names.includes(name))
              onSearch({ action: action.length > 0 ? action : undefined })
            }}
            placeholder={search.action ? undefined : 'Any'}
            searchable
            clearable
            flex="2 1 200px"
          />
          <Select
            label="Result"
            data={[...RESULTS]}
            value={search.result ?? null}
            onChange={(name) => onSearch({ result: RESULTS.find((known) => known === name) })}
            placeholder="Any"
            clearable
            flex="1 1 110px"
          />
        </>
      )}
      <TypedFilter label="Export id" value={search.export} onChange={(id) => onSearch({ export: id })} />
      <TextInput
        type="date"
        label="From"
        value={search.since ?? ''}
        onChange={(event) => onSearch({ since: event.currentTarget.value || undefined })}
        flex="1 1 140px"
      />
      <TextInput
        type="date"
        label="Until"
        value={search.until ?? ''}
        onChange={(event) => onSearch({ until: event.currentTarget.value || undefined })}
        flex="1 1 140px"
      />
      {isFiltered && (
        <Button
          variant="subtle"
          onClick={() =>
            onSearch({
              actor: undefined,
              action: undefined,
              result: undefined,
              export: undefined,
              since: undefined,
              until: undefined,
            })
          }
        >
          Clear
        </Button>
      )}
    </Group>
  )
}

interface TypedFilterProps {
  label: string
  value: string | undefined
  onChange: (value: string | undefined) => void
}

/** A text that is searched for a moment after typing. */
function TypedFilter({ label, value, onChange }: TypedFilterProps) {
  const [text, setText] = useState(value ?? '')
  const [shown, setShown] = useState(value)
  if (value !== shown) {
    // The address changed without typing, for example by the back button.
    setShown(value)
    setText(value ?? '')
  }
  const search = useDebouncedCallback((typed: string) => {
    const found = typed.trim() || undefined
    setShown(found)
    onChange(found)
  }, TYPING_MS)
  return (
    <TextInput
      label={label}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value)
        search(event.currentTarget.value)
      }}
      flex="1 1 140px"
    />
  )
}

/** `export_created` -> "export created". */
export function actionText(action: string): string {
  return action.replaceAll('_', ' ')
}
