import { Anchor, Checkbox, Table, UnstyledButton } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { ENDED, type ExportMetadata } from '@/lib/api/exports'
import type { HistorySearch, SortKey } from '@/lib/history'
import { HistoryRow } from './HistoryRow'

const COLUMNS: { label: string; sort?: SortKey; isNumber?: boolean }[] = [
  { label: 'Export' },
  { label: 'Status', sort: 'status' },
  { label: 'Kinds' },
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
  onSelect: (ids: Set<string>) => void
  now: number
}

/** The exports of one page. Those that have ended can be chosen, to be deleted together. */
export function HistoryTable({ rows, search, onSort, selected, onSelect, now }: HistoryTableProps) {
  const ended = rows.filter((row) => ENDED.includes(row.status)).map((row) => row.export_id)
  const isAll = ended.length > 0 && ended.every((id) => selected.has(id))

  function toggle(id: string) {
    const changed = new Set(selected)
    if (!changed.delete(id)) changed.add(id)
    onSelect(changed)
  }

  return (
    <Table.ScrollContainer minWidth={860}>
      <Table highlightOnHover verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={40}>
              <Checkbox
                aria-label="Choose all that have ended"
                checked={isAll}
                indeterminate={!isAll && ended.some((id) => selected.has(id))}
                disabled={ended.length === 0}
                onChange={() => onSelect(new Set(isAll ? [] : ended))}
              />
            </Table.Th>
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
          {rows.map((row) => (
            <HistoryRow
              key={row.export_id}
              row={row}
              isSelected={selected.has(row.export_id)}
              onToggle={() => toggle(row.export_id)}
              now={now}
              link={
                <Anchor component={Link} to={`/exports/${row.export_id}`} ff="monospace" fz="sm">
                  {row.export_id.slice(0, 8)}
                </Anchor>
              }
            />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

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
