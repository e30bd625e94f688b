import { Checkbox, Table, UnstyledButton } from '@mantine/core'
import { type Dispatch, type SetStateAction, memo, useCallback, useDeferredValue } from 'react'
import { ENDED, type ExportMetadata } from '@/lib/api/exports'
import type { HistorySearch, SortKey } from '@/lib/history'
import { mayChange, useSession } from '@/lib/session'
import { HistoryRow } from './HistoryRow'

const COLUMNS: { label: string; sort?: SortKey; isNumber?: boolean }[] = [
  { label: 'Export' },
  { label: 'Status', sort: 'status' },
  { label: 'Data types' },
  { label: 'Range' },
  { label: 'Rows', sort: 'rows', isNumber: true },
  { label: 'Size', sort: 'size', isNumber: true },
  { label: 'Duration', sort: 'duration', isNumber: true },
  { label: 'Age', sort: 'created' },
]

interface HistoryTableProps {
  rows: ExportMetadata[]
  search: HistorySearch
  onSort: (sort: SortKey | undefined, order: 'asc' | undefined) => void
  selected: ReadonlySet<string>
  /** Null if the person may not delete: then nothing can be selected. */
  onSelect: Dispatch<SetStateAction<ReadonlySet<string>>> | null
  now: number
}

/** The exports of one page. Finished ones can be selected and deleted together. */
export function HistoryTable({ rows, search, onSort, selected, onSelect, now }: HistoryTableProps) {
  const session = useSession()
  const ended = rows
    .filter((row) => ENDED.includes(row.status) && mayChange(session, row.owner))
    .map((row) => row.export_id)
  const isAll = ended.length > 0 && ended.every((id) => selected.has(id))

  // A new page is drawn in slices, so that keys and clicks stay responsive.
  const shown = useDeferredValue(rows)
  const toggle = useCallback(
    (id: string) =>
      onSelect?.((before) => {
        const changed = new Set(before)
        if (!changed.delete(id)) changed.add(id)
        return changed
      }),
    [onSelect],
  )

  return (
    <Table.ScrollContainer minWidth={860}>
      <Table highlightOnHover verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            {onSelect && (
              <Table.Th w={40}>
                <Checkbox
                  aria-label="Select all finished exports"
                  checked={isAll}
                  indeterminate={!isAll && ended.some((id) => selected.has(id))}
                  disabled={ended.length === 0}
                  onChange={() => onSelect(new Set(isAll ? [] : ended))}
                />
              </Table.Th>
            )}
            {COLUMNS.map(({ label, sort, isNumber }) => (
              <Table.Th
                key={label}
                ta={isNumber ? 'right' : undefined}
                aria-sort={sort && ariaSort(sort, search)}
              >
                {sort ? <SortButton label={label} sort={sort} search={search} onSort={onSort} /> : label}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          <Rows rows={shown} selected={selected} onToggle={onSelect && toggle} now={now} />
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

interface RowsProps {
  rows: ExportMetadata[]
  selected: ReadonlySet<string>
  onToggle: ((exportId: string) => void) | null
  now: number
}

const Rows = memo(function Rows({ rows, selected, onToggle, now }: RowsProps) {
  return rows.map((row) => (
    <HistoryRow
      key={row.export_id}
      row={row}
      isSelected={selected.has(row.export_id)}
      onToggle={onToggle}
      now={now}
    />
  ))
})

function ariaSort(sort: SortKey, search: HistorySearch) {
  if ((search.sort ?? 'created') !== sort) return 'none'
  return search.order === 'asc' ? 'ascending' : 'descending'
}

interface SortButtonProps {
  label: string
  sort: SortKey
  search: HistorySearch
  onSort: HistoryTableProps['onSort']
}

function SortButton({ label, sort, search, onSort }: SortButtonProps) {
  const state = ariaSort(sort, search)
  const arrow = state === 'none' ? '' : state === 'ascending' ? ' ↑' : ' ↓'
  return (
    <UnstyledButton
      fw={700}
      fz="sm"
      onClick={() =>
        onSort(sort === 'created' ? undefined : sort, state === 'descending' ? 'asc' : undefined)
      }
    >
      {label}
      <span aria-hidden="true">{arrow}</span>
    </UnstyledButton>
  )
}
