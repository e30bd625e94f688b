import { Group, Pagination, Select, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import { EmptyState } from '@/components/EmptyState'
import { LinkButton } from '@/components/LinkButton'
import { NamingDialog } from '@/components/NamingDialog'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { ENDED, type ExportMetadata, historyQuery } from '@/lib/api/exports'
import { plural } from '@/lib/format'
import { type HistorySearch, PAGE_SIZES, historyFilter, isFiltered } from '@/lib/history'
import { useMay } from '@/lib/session'
import { BulkBar, BulkFailures } from './BulkBar'
import { HistoryFilters } from './HistoryFilters'
import { HistoryTable } from './HistoryTable'
import { TagDialog } from './TagDialog'
import { Totals } from './Totals'
import { useRowActions } from './useRowActions'
import { useSelection } from './useSelection'

const LIVE_MS = 3_000
const CALM_MS = 30_000

interface ExportHistoryProps {
  search: HistorySearch
  onSearch: (changes: Partial<HistorySearch>) => void
}

/** All exports, filtered, sorted and paged by the address. */
export function ExportHistory({ search, onSearch }: ExportHistoryProps) {
  const history = useQuery({
    ...historyQuery(historyFilter(search)),
    // Running exports change, so the list reloads automatically.
    refetchInterval: ({ state }) =>
      state.data?.rows.some((row) => !ENDED.includes(row.status)) ? LIVE_MS : CALM_MS,
  })
  const selection = useSelection(search)
  const { clear, select, askToDelete } = selection
  const compare = useCallback(
    (row: ExportMetadata) => select((before) => new Map(before).set(row.export_id, row)),
    [select],
  )
  const row = useRowActions({ onCompare: compare, onDelete: askToDelete })
  const size = search.size ?? PAGE_SIZES[0]

  /** A changed filter starts at the first page. */
  const change = useCallback(
    (changes: Partial<HistorySearch>) => {
      clear()
      onSearch({ page: undefined, ...changes })
    },
    [clear, onSearch],
  )
  const tags = search.tag
  const addTag = useCallback(
    (tag: string) => change({ tag: [...new Set([...(tags ?? []), tag])] }),
    [change, tags],
  )

  return (
    <>
      <Totals />
      <HistoryFilters search={search} onChange={change} />
      <BulkFailures failed={selection.failed} onClose={selection.forgetFailed} />
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
              onSort={(sort, order) => onSearch({ page: undefined, sort, order })}
              selected={selection.selected}
              onSelect={select}
              onTag={addTag}
              actions={row.actions}
              now={history.dataUpdatedAt}
            />
            {selection.isShown && <BulkBar {...selection.bar} total={total} />}
            <Group justify="space-between" mt="md">
              <Text size="sm" aria-live="polite">
                {plural(total, 'export')}
              </Text>
              <Group gap="sm">
                <Select
                  aria-label="Exports per page"
                  size="xs"
                  w={110}
                  data={PAGE_SIZES.map((count) => ({ value: String(count), label: `${count} per page` }))}
                  value={String(size)}
                  onChange={(value) =>
                    onSearch({
                      page: undefined,
                      size: PAGE_SIZES.find((count) => String(count) === value),
                    })
                  }
                  allowDeselect={false}
                />
                <Pagination
                  size="sm"
                  total={Math.max(1, Math.ceil(total / size))}
                  value={search.page ?? 1}
                  onChange={(page) => onSearch({ page: page > 1 ? page : undefined })}
                  getControlProps={(control) => ({ 'aria-label': `${control} page` })}
                  getItemProps={(page) => ({ 'aria-label': `Page ${page}` })}
                />
              </Group>
            </Group>
          </>
        )}
      </QueryView>
      <TagDialog {...selection.tagDialog} />
      {row.named && <NamingDialog details={row.named} opened onClose={row.closeNaming} />}
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
