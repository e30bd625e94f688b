import { Group, SegmentedControl } from '@mantine/core'
import type { RowPage } from '@/lib/api/rows'
import { formatCompact } from '@/lib/format'
import type { RowSearch } from '@/lib/row-search'

interface TablePickerProps {
  page: RowPage
  isRejects: boolean
  onSearch: (changes: Partial<RowSearch>) => void
}

const ALL = ''
const START: Partial<RowSearch> = {
  place: undefined,
  search: undefined,
  filters: undefined,
  sort: undefined,
  order: undefined,
  row: undefined,
  rule: undefined,
  find: undefined,
}

/** Which table of the dataset, which split of it, and whether its rows or those that were rejected. */
export function TablePicker({ page, isRejects, onSearch }: TablePickerProps) {
  const table = page.tables.find(({ name }) => name === page.kind)
  const splits = table?.splits ?? []
  const choices = splits.map(({ name, rows }) => ({ value: name, label: `${name} ${formatCompact(rows)}` }))
  return (
    <Group gap="sm">
      {page.tables.length > 1 && (
        <SegmentedControl
          size="xs"
          aria-label="Data type"
          data={page.tables.map(({ name, rows }) => ({
            value: name,
            label: `${name} ${formatCompact(rows)}`,
          }))}
          value={page.kind}
          onChange={(kind) => onSearch({ ...START, kind, split: undefined, rejects: undefined })}
        />
      )}
      {table && !table.is_derived && (
        <SegmentedControl
          size="xs"
          aria-label="Accepted or rejected"
          data={[
            { value: 'accepted', label: 'accepted' },
            { value: 'rejected', label: `rejected ${formatCompact(table.rejected)}` },
          ]}
          value={isRejects ? 'rejected' : 'accepted'}
          onChange={(chosen) => onSearch({ ...START, rejects: chosen === 'rejected' ? true : undefined })}
        />
      )}
      {choices.length > 1 && !isRejects && (
        <SegmentedControl
          size="xs"
          aria-label="Split"
          data={[{ value: ALL, label: 'all splits' }, ...choices]}
          value={page.split ?? ALL}
          onChange={(split) =>
            onSearch({ place: undefined, row: undefined, split: split === ALL ? undefined : split })
          }
        />
      )}
    </Group>
  )
}
