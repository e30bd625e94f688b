import { UnstyledButton } from '@mantine/core'
import type { HeadsReport, Row, RowColumn } from '@/lib/api/rows'
import { formatCount } from '@/lib/format'
import type { RowSearch } from '@/lib/row-search'
import { ColumnHead } from './ColumnHead'
import { cellText } from './cells'
import type { Condition } from './conditions'
import classes from './RowViewer.module.css'

interface RowTableProps {
  columns: RowColumn[]
  rows: Row[]
  /** Missing while it is loaded. */
  heads: HeadsReport | undefined
  search: RowSearch
  sortRefusal: string | null
  onSort: (column: string, order: 'asc' | 'desc' | undefined) => void
  onFilter: (condition: Condition) => void
  onRow: (place: number) => void
}

/** Rows with one column for each of the dataset. It scrolls in both directions, and its heads stay. */
export function RowTable({ columns, rows, heads, search, sortRefusal, ...actions }: RowTableProps) {
  const byName = new Map(heads?.columns.map((head) => [head.name, head]))
  return (
    <div className={classes.scroll} tabIndex={0} role="region" aria-label="Rows">
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col" className={classes.place}>
              Row
            </th>
            {columns.map((column) => (
              <th key={column.name} scope="col" aria-sort={ariaSort(search, column.name)}>
                <ColumnHead
                  column={column}
                  head={byName.get(column.name)}
                  looked={heads?.looked ?? 0}
                  sorted={search.sort === column.name ? (search.order ?? 'asc') : undefined}
                  sortRefusal={sortRefusal}
                  onSort={(order) => actions.onSort(column.name, order)}
                  onFilter={actions.onFilter}
                />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.place}>
              <th scope="row" className={classes.place}>
                <UnstyledButton
                  className={classes.open}
                  aria-label={`Show row ${formatCount(row.place + 1)}`}
                  onClick={() => actions.onRow(row.place)}
                >
                  {formatCount(row.place + 1)}
                </UnstyledButton>
              </th>
              {columns.map((column) => (
                <Cell key={column.name} column={column} row={row} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface CellProps {
  column: RowColumn
  row: Row
}

function Cell({ column, row }: CellProps) {
  const text = cellText(row.values[column.name])
  const isCut = row.cut.includes(column.name)
  return (
    <td>
      {text === null ? (
        <span className={`${classes.cell} ${classes.missing}`}>null</span>
      ) : (
        <span className={classes.cell} title={text}>
          {text}
          {isCut && '…'}
        </span>
      )}
    </td>
  )
}

function ariaSort({ sort, order }: RowSearch, name: string) {
  if (sort !== name) return undefined
  return order === 'desc' ? 'descending' : 'ascending'
}
