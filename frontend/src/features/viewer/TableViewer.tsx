import { Button, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { EmptyState } from '@/components/EmptyState'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { type TablePage, tableHeadsQuery, tableRowsQuery } from '@/lib/api/table-rows'
import { plural } from '@/lib/format'
import { ROWS_PER_PAGE } from '@/lib/row-search'
import type { TableSearch } from '@/lib/table-search'
import { conditionsText, parseConditions } from './conditions'
import { RowFilters } from './RowFilters'
import { RowTable } from './RowTable'
import { TableDrawer } from './TableDrawer'

interface TableViewerProps {
  kind: string
  search: TableSearch
  onSearch: (changes: Partial<TableSearch>) => void
}

/** The rows of a table of the database, a page at a time: latest first. */
export function TableViewer({ kind, search, onSearch }: TableViewerProps) {
  const table = { kind, source: search.source }
  const rows = useQuery(
    tableRowsQuery(table, {
      after: search.after,
      search: search.search,
      filters: search.filters,
      order: search.order ?? 'desc',
      limit: ROWS_PER_PAGE,
    }),
  )
  return (
    <QueryView
      query={rows}
      errorTitle="The rows could not be loaded"
      loading={<LoadingLines count={16} height={28} />}
    >
      {(page) => (
        <Stack gap="sm">
          <RowFilters
            key={`${search.source ?? ''} ${kind}`}
            columns={page.columns}
            search={search.search}
            filters={search.filters}
            onChange={(changes) => onSearch({ ...changes, after: undefined })}
          />
          <Rows page={page} search={search} isLoading={rows.isPlaceholderData} onSearch={onSearch} />
          <TableDrawer table={table} id={search.row} onClose={() => onSearch({ row: undefined })} />
        </Stack>
      )}
    </QueryView>
  )
}

interface RowsProps {
  page: TablePage
  search: TableSearch
  isLoading: boolean
  onSearch: (changes: Partial<TableSearch>) => void
}

function Rows({ page, search, isLoading, onSearch }: RowsProps) {
  // Where the pages before began, as long as they follow one another. A table has no numbers of rows.
  const [trail, setTrail] = useState<(string | undefined)[]>([])
  const heads = useQuery(tableHeadsQuery({ kind: page.kind, source: search.source }))
  const isConditional = search.search !== undefined || search.filters !== undefined
  const { after } = search
  const known = after === undefined ? [] : trail
  const isShort = isConditional && page.next !== null && page.rows.length < ROWS_PER_PAGE
  if (page.rows.length === 0 && after === undefined && page.next === null) {
    return isConditional ? (
      <EmptyState title="No rows found">No row meets the search and the filters.</EmptyState>
    ) : (
      <EmptyState title="No rows">This table is empty.</EmptyState>
    )
  }
  const time = page.columns.find(({ is_sortable: isSortable }) => isSortable)?.name
  return (
    <>
      <Group gap="xs" role="group" aria-label="Pages">
        <Text size="sm" aria-live="polite" flex={1} miw={200}>
          {pageText(page, isConditional)}
        </Text>
        <Button
          variant="default"
          size="compact-sm"
          disabled={after === undefined}
          onClick={() => onSearch({ after: undefined })}
        >
          First
        </Button>
        <Button
          variant="default"
          size="compact-sm"
          disabled={known.length === 0}
          onClick={() => {
            setTrail(known.slice(0, -1))
            onSearch({ after: known.at(-1) })
          }}
        >
          Previous
        </Button>
        <Button
          variant={isShort ? 'filled' : 'default'}
          size="compact-sm"
          loading={isLoading}
          disabled={page.next === null}
          onClick={() => {
            setTrail([...known, after])
            onSearch({ after: page.next ?? undefined })
          }}
        >
          {isShort ? 'Look further' : 'Next'}
        </Button>
      </Group>
      {page.rows.length > 0 && (
        <RowTable
          columns={page.columns}
          rows={page.rows.map((row) => ({ ...row, key: row.id, label: row.id }))}
          heads={heads.data}
          sort={time}
          order={search.order ?? 'desc'}
          sortRefusal={null}
          usualOrder="Latest first"
          onSort={(_, order) => onSearch({ order: order === 'asc' ? 'asc' : undefined, after: undefined })}
          onFilter={(condition) =>
            onSearch({
              filters: conditionsText([...parseConditions(search.filters), condition]),
              after: undefined,
            })
          }
          onRow={(row) => onSearch({ row })}
        />
      )}
      <Text size="xs" c="dimmed">
        Times are in UTC. Values are as they are stored.{' '}
        {heads.data?.note != null && `Pictures of columns: ${heads.data.note}`}
      </Text>
    </>
  )
}

function pageText({ rows, looked }: TablePage, isConditional: boolean): string {
  if (!isConditional) return plural(rows.length, 'row')
  const found = rows.length === 0 ? 'Nothing found' : `${plural(rows.length, 'row')} found`
  return `${found} among ${plural(looked, 'row')}`
}
