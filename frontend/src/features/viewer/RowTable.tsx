import type { Row, RowColumn } from '@/lib/api/rows'
import { formatCount } from '@/lib/format'
import { cellText, isNumeric, typeWord } from './cells'
import classes from './RowViewer.module.css'

interface RowTableProps {
  columns: RowColumn[]
  rows: Row[]
}

/** Rows with one column for each of the dataset. It scrolls in both directions, and its heads stay. */
export function RowTable({ columns, rows }: RowTableProps) {
  return (
    <div className={classes.scroll} tabIndex={0} role="region" aria-label="Rows">
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col" className={classes.place}>
              Row
            </th>
            {columns.map((column) => (
              <th key={column.name} scope="col" className={isNumeric(column) ? classes.number : undefined}>
                {column.name}
                <span className={classes.type}>{typeWord(column)}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.place}>
              <th scope="row" className={classes.place}>
                {formatCount(row.place + 1)}
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
    <td className={isNumeric(column) ? classes.number : undefined}>
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
