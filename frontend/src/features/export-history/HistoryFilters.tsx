import { Button, Group, MultiSelect, Select, TagsInput, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Icon } from '@/components/Icon'
import { datasetsQuery } from '@/lib/api/datasets'
import { type HistorySearch, STATUSES, isFiltered } from '@/lib/history'

const TYPING_MS = 300

interface HistoryFiltersProps {
  search: HistorySearch
  onChange: (changes: Partial<HistorySearch>) => void
}

/** Filters of the history, all kept in the address. */
export function HistoryFilters({ search, onChange }: HistoryFiltersProps) {
  const [text, setText] = useState(search.text ?? '')
  const [shownText, setShownText] = useState(search.text)
  if (search.text !== shownText) {
    // The address changed without typing, for example by the back button.
    setShownText(search.text)
    setText(search.text ?? '')
  }
  const { data: datasets = [] } = useQuery(datasetsQuery())
  const named = datasets.map((dataset) => dataset.kind)
  const kinds = search.kind === undefined || named.includes(search.kind) ? named : [...named, search.kind]
  const searchFor = useDebouncedCallback((typed: string) => {
    const found = typed.trim() === '' ? undefined : typed
    setShownText(found)
    onChange({ text: found })
  }, TYPING_MS)

  return (
    <Group gap="xs" align="flex-end" mb="md" role="search" aria-label="Filter the history">
      <TextInput
        label="Search"
        placeholder="name, tag, note, id, folder, error or config"
        leftSection={<Icon name="search" size={16} />}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value)
          searchFor(event.currentTarget.value)
        }}
        flex="2 1 180px"
        miw={0}
      />
      <MultiSelect
        label="Status"
        data={[...STATUSES]}
        value={search.status ?? []}
        onChange={(names) => {
          const status = STATUSES.filter((name) => names.includes(name))
          onChange({ status: status.length > 0 ? status : undefined })
        }}
        placeholder={search.status ? undefined : 'Any'}
        clearable
        flex="1 1 130px"
        miw={0}
      />
      <Select
        label="Data type"
        data={kinds}
        value={search.kind ?? null}
        onChange={(kind) => onChange({ kind: kind ?? undefined })}
        placeholder="Any"
        clearable
        flex="1 1 110px"
        miw={0}
      />
      <TagsInput
        label="Tags"
        value={search.tag ?? []}
        onChange={(tag) => onChange({ tag: tag.length > 0 ? tag : undefined })}
        placeholder={search.tag ? undefined : 'Any'}
        acceptValueOnBlur
        clearable
        flex="1 1 110px"
        miw={0}
      />
      <TextInput
        type="date"
        label="Created from"
        value={search.since ?? ''}
        onChange={(event) => onChange({ since: event.currentTarget.value || undefined })}
        flex="1 1 135px"
        miw={0}
      />
      <TextInput
        type="date"
        label="Created until"
        value={search.until ?? ''}
        onChange={(event) => onChange({ until: event.currentTarget.value || undefined })}
        flex="1 1 135px"
        miw={0}
      />
      {isFiltered(search) && (
        <Button
          variant="subtle"
          onClick={() =>
            onChange({
              status: undefined,
              kind: undefined,
              text: undefined,
              tag: undefined,
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
