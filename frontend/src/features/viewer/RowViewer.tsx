import { Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { EmptyState } from '@/components/EmptyState'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { type RowPage, headsQuery, rowsQuery } from '@/lib/api/rows'
import { formatCount } from '@/lib/format'
import { ROWS_PER_PAGE, type RowSearch, isConditional } from '@/lib/row-search'
import { conditionsText, parseConditions } from './conditions'
import { FindRow } from './FindRow'
import { RejectedRows } from './RejectedRows'
import { RowDrawer } from './RowDrawer'
import { RowFilters } from './RowFilters'
import { RowPager } from './RowPager'
import { RowTable } from './RowTable'
import { TablePicker } from './TablePicker'

interface RowViewerProps {
  exportId: string
  search: RowSearch
  onSearch: (changes: Partial<RowSearch>) => void
}

/** The rows of a finished dataset, a page at a time, and those that it rejected. */
export function RowViewer({ exportId, search, onSearch }: RowViewerProps) {
  const { kind, split, sort, order } = search
  const isRejects = search.rejects === true
  const rows = useQuery(
    rowsQuery(exportId, {
      kind,
      split,
      sort,
      order,
      place: isRejects ? undefined : search.place,
      search: isRejects ? undefined : search.search,
      filters: isRejects ? undefined : search.filters,
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
          <TablePicker page={page} isRejects={isRejects} onSearch={onSearch} />
          {/* A new table has other columns. */}
          <RowFilters
            key={page.kind}
            columns={isRejects ? [] : page.columns}
            search={search.search}
            filters={isRejects ? undefined : search.filters}
            onChange={(changes) => onSearch({ ...changes, place: undefined })}
          />
          {isDataType(page) && (
            <FindRow
              key={`find ${page.kind}`}
              exportId={exportId}
              kind={page.kind}
              id={search.find}
              onId={(find) => onSearch({ find })}
              onPlace={(place) =>
                onSearch({
                  split: undefined,
                  sort: undefined,
                  order: undefined,
                  search: undefined,
                  filters: undefined,
                  rejects: undefined,
                  place: place - (place % ROWS_PER_PAGE),
                  row: place,
                })
              }
            />
          )}
          {isRejects ? (
            <RejectedRows exportId={exportId} kind={page.kind} search={search} onSearch={onSearch} />
          ) : (
            <Accepted
              exportId={exportId}
              page={page}
              search={search}
              isLoading={rows.isPlaceholderData}
              onSearch={onSearch}
            />
          )}
        </Stack>
      )}
    </QueryView>
  )
}

/** Whether the rows of a table are rows of the database. */
function isDataType({ kind, tables }: RowPage): boolean {
  return tables.some(({ name, is_derived: isDerived }) => name === kind && !isDerived)
}

interface AcceptedProps {
  exportId: string
  page: RowPage
  search: RowSearch
  isLoading: boolean
  onSearch: (changes: Partial<RowSearch>) => void
}

function Accepted({ exportId, page, search, isLoading, onSearch }: AcceptedProps) {
  const { kind, split, place = 0, filters } = search
  const [trail, setTrail] = useState<number[]>([])
  const heads = useQuery(headsQuery(exportId, { kind, split }))
  const conditional = isConditional(search)
  if (page.total === 0) return <EmptyState title="No rows">This part of the dataset is empty.</EmptyState>
  const known = trail.findLast((each) => each < place)
  const move = (to: number) => {
    setTrail(to > place ? [...trail.filter((each) => each < place), place] : trail)
    onSearch({ place: to })
  }
  return (
    <>
      <RowPager
        page={page}
        place={place}
        isConditional={conditional}
        isSorted={search.sort !== undefined}
        isLoading={isLoading}
        // Between pages of all rows no place is unknown.
        before={conditional ? known : Math.max(0, place - ROWS_PER_PAGE)}
        onPlace={move}
      />
      {page.rows.length > 0 && (
        <RowTable
          columns={page.columns}
          rows={page.rows.map((row) => ({
            ...row,
            key: String(row.place),
            label: formatCount(row.place + 1),
          }))}
          heads={heads.data}
          sort={search.sort}
          order={search.order}
          usualOrder="Order of the files"
          sortRefusal={page.sort_refusal}
          onSort={(column, order) =>
            onSearch({
              sort: order && column,
              order: order === 'desc' ? 'desc' : undefined,
              place: undefined,
            })
          }
          onFilter={(condition) =>
            onSearch({
              filters: conditionsText([...parseConditions(filters), condition]),
              place: undefined,
            })
          }
          onRow={(key) => onSearch({ row: Number(key) })}
        />
      )}
      <Text size="xs" c="dimmed">
        Times are in UTC. {heads.data?.note != null && `Pictures of columns: ${heads.data.note}`}
      </Text>
      <RowDrawer
        exportId={exportId}
        kind={page.kind}
        split={split}
        total={page.total}
        place={search.row}
        onPlace={(row) => onSearch({ row })}
      />
    </>
  )
}
