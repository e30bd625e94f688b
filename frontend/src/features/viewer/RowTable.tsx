import { UnstyledButton } from '@mantine/core'
import type { ColumnHeadReport, RowColumn } from '@/lib/api/rows'
import { ColumnHead } from './ColumnHead'
import { cellText } from './cells'
import type { Condition } from './conditions'
import classes from './RowViewer.module.css'

/** A row as the table shows it. */
export interface TableLine {
  key: string
  /** What the button of the row says: its number, or its id. */
  label: string
  values: Record<string, unknown>
  /** Columns whose text is cut. */
  cut: string[]
}

interface RowTableProps {
  columns: RowColumn[]
  rows: TableLine[]
  /** Missing while they are loaded. */
  heads: { columns: ColumnHeadReport[]; looked: number } | undefined
  sort: string | undefined
  order: 'asc' | 'desc' | undefined
  sortRefusal: string | null
  /** The order without a sort, such as "Order of the files". */
  usualOrder: string
  onSort: (column: string, order: 'asc' | 'desc' | undefined) => void
  onFilter: (condition: Condition) => void
  onRow: (key: string) => void
}

/** Rows with one column for each of the dataset. It scrolls in both directions, and its heads stay. */
export function RowTable(props: RowTableProps) {
  const { columns, rows, heads, sort, order, sortRefusal, usualOrder, ...actions } = props
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
              <th
                key={column.name}
                scope="col"
                aria-sort={sort === column.name ? ariaSort(order) : undefined}
              >
                <ColumnHead
                  column={column}
                  head={byName.get(column.name)}
                  looked={heads?.looked ?? 0}
                  sorted={sort === column.name ? (order ?? 'asc') : undefined}
                  sortRefusal={sortRefusal}
                  usualOrder={usualOrder}
                  onSort={(order) => actions.onSort(column.name, order)}
                  onFilter={actions.onFilter}
                />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <th scope="row" className={classes.place}>
                <UnstyledButton
                  className={classes.open}
                  aria-label={`Show row ${row.label}`}
                  onClick={() => actions.onRow(row.key)}
                >
                  {row.label}
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
  row: TableLine
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

function ariaSort(order: 'asc' | 'desc' | undefined) {
  return order === 'desc' ? 'descending' : 'ascending'
}
