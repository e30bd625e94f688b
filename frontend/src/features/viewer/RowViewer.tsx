import { Group, SegmentedControl, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { EmptyState } from '@/components/EmptyState'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { type RowPage, rowsQuery } from '@/lib/api/rows'
import { formatCompact } from '@/lib/format'
import { ROWS_PER_PAGE, type RowSearch } from '@/lib/row-search'
import { RowPager } from './RowPager'
import { RowTable } from './RowTable'

interface RowViewerProps {
  exportId: string
  search: RowSearch
  onSearch: (changes: Partial<RowSearch>) => void
}

const ALL = ''

/** The rows of a finished dataset, a page at a time. */
export function RowViewer({ exportId, search, onSearch }: RowViewerProps) {
  const rows = useQuery(rowsQuery(exportId, { ...search, limit: ROWS_PER_PAGE }))
  return (
    <QueryView
      query={rows}
      errorTitle="The rows could not be loaded"
      loading={<LoadingLines count={16} height={28} />}
    >
      {(page) => (
        <Stack gap="sm">
          <TablePicker page={page} onSearch={onSearch} />
          <RowPager
            page={page}
            place={search.place ?? 0}
            isLoading={rows.isPlaceholderData}
            onPlace={(place) => onSearch({ place })}
          />
          {page.total === 0 ? (
            <EmptyState title="No rows">This part of the dataset is empty.</EmptyState>
          ) : (
            <RowTable columns={page.columns} rows={page.rows} />
          )}
        </Stack>
      )}
    </QueryView>
  )
}

interface TablePickerProps {
  page: RowPage
  onSearch: (changes: Partial<RowSearch>) => void
}

/** Which table of the dataset, and which split of it. */
function TablePicker({ page, onSearch }: TablePickerProps) {
  const splits = page.tables.find(({ name }) => name === page.kind)?.splits ?? []
  const choices = splits.map(({ name, rows }) => ({ value: name, label: `${name} ${formatCompact(rows)}` }))
  const start = { place: undefined, search: undefined, filters: undefined }
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
          onChange={(kind) => onSearch({ ...start, kind, split: undefined })}
        />
      )}
      {choices.length > 1 && (
        <SegmentedControl
          size="xs"
          aria-label="Split"
          data={[{ value: ALL, label: 'all splits' }, ...choices]}
          value={page.split ?? ALL}
          onChange={(split) => onSearch({ place: undefined, split: split === ALL ? undefined : split })}
        />
      )}
    </Group>
  )
}
