import { Checkbox, Table, UnstyledButton } from '@mantine/core'
import { type Dispatch, type SetStateAction, memo, useCallback, useDeferredValue } from 'react'
import { ENDED, type ExportMetadata } from '@/lib/api/exports'
import type { HistorySearch, SortKey } from '@/lib/history'
import { HistoryRow } from './HistoryRow'
import classes from './HistoryTable.module.css'
import type { RowActions } from './RowMenu'

/** The selected exports by their ids, in the order in which they were selected. */
export type Selection = ReadonlyMap<string, ExportMetadata>

const COLUMNS: { label: string; sort?: SortKey; isNumber?: boolean }[] = [
  { label: 'Export' },
  { label: 'Status', sort: 'status' },
  { label: 'Rows', sort: 'rows', isNumber: true },
  { label: 'Size', sort: 'size', isNumber: true },
  { label: 'Duration', sort: 'duration', isNumber: true },
  { label: 'Age', sort: 'created' },
]

interface HistoryTableProps {
  rows: ExportMetadata[]
  search: HistorySearch
  onSort: (sort: SortKey | undefined, order: 'asc' | undefined) => void
  selected: Selection
  onSelect: Dispatch<SetStateAction<Selection>>
  onTag: (tag: string) => void
  actions: RowActions
  now: number
}

/** The exports of one page, as cards where it is narrow. Finished ones can be selected, also on several pages. */
export function HistoryTable(props: HistoryTableProps) {
  const { rows, search, onSort, selected, onSelect, onTag, actions, now } = props
  const ended = rows.filter((row) => ENDED.includes(row.status))
  const isAll = ended.length > 0 && ended.every((row) => selected.has(row.export_id))

  // A new page is drawn in slices, so that keys and clicks stay responsive.
  const shown = useDeferredValue(rows)
  const toggle = useCallback(
    (row: ExportMetadata) =>
      onSelect((before) => {
        const changed = new Map(before)
        if (!changed.delete(row.export_id)) changed.set(row.export_id, row)
        return changed
      }),
    [onSelect],
  )

  return (
    <div className={classes.list}>
      <Table highlightOnHover verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={40} className={classes.touched}>
              <Checkbox
                aria-label="Select all finished exports"
                checked={isAll}
                indeterminate={!isAll && ended.some((row) => selected.has(row.export_id))}
                disabled={ended.length === 0}
                onChange={() => onSelect((before) => withPage(before, ended, !isAll))}
              />
            </Table.Th>
            {COLUMNS.map(({ label, sort, isNumber }) => (
              <Table.Th
                key={label}
                className={sort && classes.touched}
                ta={isNumber ? 'right' : undefined}
                aria-sort={sort && ariaSort(sort, search)}
              >
                {sort ? <SortButton label={label} sort={sort} search={search} onSort={onSort} /> : label}
              </Table.Th>
            ))}
            <Table.Th w={44} aria-label="Actions" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          <Rows
            rows={shown}
            selected={selected}
            onToggle={toggle}
            onTag={onTag}
            actions={actions}
            now={now}
          />
        </Table.Tbody>
      </Table>
    </div>
  )
}

/** Select the exports of a page besides those of others, or none of them. */
function withPage(before: Selection, rows: ExportMetadata[], isSelected: boolean): Selection {
  const changed = new Map(before)
  for (const row of rows) {
    if (isSelected) changed.set(row.export_id, row)
    else changed.delete(row.export_id)
  }
  return changed
}

interface RowsProps {
  rows: ExportMetadata[]
  selected: Selection
  onToggle: (row: ExportMetadata) => void
  onTag: (tag: string) => void
  actions: RowActions
  now: number
}

const Rows = memo(function Rows({ rows, selected, onToggle, onTag, actions, now }: RowsProps) {
  return rows.map((row) => (
    <HistoryRow
      key={row.export_id}
      row={row}
      isSelected={selected.has(row.export_id)}
      onToggle={onToggle}
      onTag={onTag}
      actions={actions}
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
