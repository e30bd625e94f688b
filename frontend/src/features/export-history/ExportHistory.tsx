import { Button, Group, Pagination, Select, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { EmptyState } from '@/components/EmptyState'
import { LinkButton } from '@/components/LinkButton'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { ENDED, historyQuery } from '@/lib/api/exports'
import { plural } from '@/lib/format'
import { useMay } from '@/lib/session'
import { type HistorySearch, PAGE_SIZES, historyFilter, isFiltered } from '@/lib/history'
import { HistoryFilters } from './HistoryFilters'
import { HistoryTable } from './HistoryTable'
import { Totals } from './Totals'
import { useBulkDelete } from './useBulkDelete'

const LIVE_MS = 3_000
const CALM_MS = 30_000

interface ExportHistoryProps {
  search: HistorySearch
  onSearch: (changes: Partial<HistorySearch>) => void
}

/** All exports, filtered, sorted and paged by the address. */
export function ExportHistory({ search, onSearch }: ExportHistoryProps) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const history = useQuery({
    ...historyQuery(historyFilter(search)),
    // Running exports change, so the list reloads automatically.
    refetchInterval: ({ state }) =>
      state.data?.rows.some((row) => !ENDED.includes(row.status)) ? LIVE_MS : CALM_MS,
  })
  const mayDelete = useMay('exports:write')
  const bulk = useBulkDelete(() => setSelected(new Set()))
  const size = search.size ?? PAGE_SIZES[0]

  /** A changed filter starts at the first page. */
  function change(changes: Partial<HistorySearch>) {
    setSelected(new Set())
    onSearch({ page: undefined, ...changes })
  }

  return (
    <>
      <Totals />
      <HistoryFilters search={search} onChange={change} />
      <QueryView
        query={history}
        errorTitle="The history could not be loaded"
        loading={<LoadingLines count={8} height={36} />}
        isEmpty={({ total }) => total === 0}
        empty={isFiltered(search) ? <NothingFound /> : <NoExports />}
      >
        {({ rows, total }) => (
          <>
            <HistoryTable
              rows={rows}
              search={search}
              onSort={(sort, order) => change({ sort, order })}
              selected={selected}
              onSelect={mayDelete ? setSelected : null}
              now={history.dataUpdatedAt}
            />
            <Group justify="space-between" mt="md">
              <Group gap="sm">
                <Text size="sm" aria-live="polite">
                  {plural(total, 'export')}
                </Text>
                {mayDelete && selected.size > 0 && (
                  <Button
                    size="compact-sm"
                    color="red"
                    variant="outline"
                    loading={bulk.isPending}
                    onClick={() => bulk.ask([...selected])}
                  >
                    Delete {selected.size}
                  </Button>
                )}
              </Group>
              <Group gap="sm">
                <Select
                  aria-label="Exports per page"
                  size="xs"
                  w={110}
                  data={PAGE_SIZES.map((count) => ({ value: String(count), label: `${count} per page` }))}
                  value={String(size)}
                  onChange={(value) => change({ size: PAGE_SIZES.find((count) => String(count) === value) })}
                  allowDeselect={false}
                />
                <Pagination
                  size="sm"
                  total={Math.max(1, Math.ceil(total / size))}
                  value={search.page ?? 1}
                  onChange={(page) => change({ page: page > 1 ? page : undefined })}
                  getControlProps={(control) => ({ 'aria-label': `${control} page` })}
                  getItemProps={(page) => ({ 'aria-label': `Page ${page}` })}
                />
              </Group>
            </Group>
          </>
        )}
      </QueryView>
    </>
  )
}

function NoExports() {
  const mayExport = useMay('exports:write')
  return (
    <EmptyState title="No exports yet" action={mayExport && <LinkButton to="/">Create an export</LinkButton>}>
      {mayExport
        ? 'Every export is listed here with its config, result and attempts.'
        : 'Exports that somebody shares with you are listed here.'}
    </EmptyState>
  )
}

function NothingFound() {
  return <EmptyState title="No matching exports">Remove a filter to find more.</EmptyState>
}
