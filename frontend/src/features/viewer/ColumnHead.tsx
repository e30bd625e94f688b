import { Button, Popover, Stack, Text, UnstyledButton, VisuallyHidden } from '@mantine/core'
import type { ColumnHeadReport, RowColumn } from '@/lib/api/rows'
import { formatCount, formatPercent } from '@/lib/format'
import { cellText, typeWord } from './cells'
import classes from './RowViewer.module.css'
import type { Condition } from './conditions'

interface ColumnHeadProps {
  column: RowColumn
  /** Missing while it is loaded. */
  head: ColumnHeadReport | undefined
  /** Rows that the head is made of. */
  looked: number
  sorted: 'asc' | 'desc' | undefined
  /** Why rows can't be sorted. */
  sortRefusal: string | null
  /** The order without a sort, such as "Order of the files". */
  usualOrder: string
  onSort: (order: 'asc' | 'desc' | undefined) => void
  onFilter: (condition: Condition) => void
}

const LONGEST = 40

/** A column's name with a picture of its values; a press shows more, and offers to sort and filter. */
export function ColumnHead(props: ColumnHeadProps) {
  const { column, head, looked, sorted } = props
  const arrow = sorted === undefined ? '' : sorted === 'asc' ? ' ↑' : ' ↓'
  return (
    <Popover position="bottom-start" withArrow shadow="md" trapFocus>
      <Popover.Target>
        <UnstyledButton className={classes.head}>
          <span>
            {column.name}
            {arrow}
          </span>{' '}
          <span className={classes.type}>{typeWord(column)}</span> <HeadPicture head={head} looked={looked} />
          <VisuallyHidden> Values, sort and filter</VisuallyHidden>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown maw={320}>
        <HeadDetails {...props} />
      </Popover.Dropdown>
    </Popover>
  )
}

interface HeadPictureProps {
  head: ColumnHeadReport | undefined
  looked: number
}

/** Bars of a histogram or of the most frequent values, and the share of nulls. */
function HeadPicture({ head, looked }: HeadPictureProps) {
  const bars = head ? (head.bins.length > 0 ? head.bins : head.top).map(({ rows }) => rows) : []
  const most = Math.max(1, ...bars)
  const width = 100 / Math.max(8, bars.length)
  const isUnique = head !== undefined && head.top.length > 0 && head.distinct === looked - head.nulls
  return (
    <span className={classes.picture}>
      <svg viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true" className={classes.bars}>
        {!isUnique &&
          bars.map((rows, index) => {
            const height = rows === 0 ? 0 : Math.max(1, (rows / most) * 20)
            return <rect key={index} x={index * width} y={20 - height} width={width * 0.85} height={height} />
          })}
      </svg>
      <span className={classes.type}>{head ? headText(head, looked) : '\u00a0'}</span>
    </span>
  )
}

function headText(head: ColumnHeadReport, looked: number): string {
  const share = looked === 0 ? 0 : head.nulls / looked
  if (head.nulls === looked) return 'all null'
  const nulls = head.nulls === 0 ? '' : `${formatPercent(share)} null`
  const isText = head.top.length > 0 && head.distinct != null
  const values = !isText
    ? ''
    : head.distinct === looked - head.nulls
      ? 'all different'
      : `${formatCount(head.distinct ?? 0)} value${head.distinct === 1 ? '' : 's'}`
  return [values, nulls].filter((part) => part !== '').join(', ') || '\u00a0'
}

/** Everything that is known of a column, with buttons. */
function HeadDetails(props: ColumnHeadProps) {
  const { column, head, looked, sorted, sortRefusal, usualOrder, onSort, onFilter } = props
  const canFilter = (operator: string) => column.operators.some(({ name }) => name === operator)
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600}>
        {column.name}
      </Text>
      {head && (
        <Text size="xs">
          {formatCount(looked - head.nulls)} with a value, {formatCount(head.nulls)} null
          {head.distinct != null && `, ${formatCount(head.distinct)} different`}.
          {head.bins.length > 0 &&
            ` From ${cellText(head.minimum) ?? ''} to ${cellText(head.maximum) ?? ''}.`}
          {head.outside > 0 && ` ${formatCount(head.outside)} far outside.`}
        </Text>
      )}
      {head && head.top.length > 0 && (
        <Stack gap={2} component="ul" m={0} p={0} style={{ listStyle: 'none' }} aria-label="Frequent values">
          {head.top.map(({ value, rows }) => (
            <li key={String(value)}>
              <Button
                variant="subtle"
                size="compact-xs"
                disabled={!canFilter('eq') || String(value).length >= 120}
                onClick={() => onFilter({ column: column.name, operator: 'eq', value })}
              >
                {shortened(cellText(value) ?? '')} · {formatCount(rows)}
              </Button>
            </li>
          ))}
        </Stack>
      )}
      {head && head.nulls > 0 && canFilter('is_null') && (
        <Button
          variant="default"
          size="compact-xs"
          onClick={() => onFilter({ column: column.name, operator: 'is_null', value: true })}
        >
          Only rows without a value
        </Button>
      )}
      {sortRefusal === null && column.is_sortable ? (
        <Button.Group>
          <Button variant="default" size="compact-xs" onClick={() => onSort('asc')}>
            Sort ascending
          </Button>
          <Button variant="default" size="compact-xs" onClick={() => onSort('desc')}>
            Sort descending
          </Button>
        </Button.Group>
      ) : (
        <Text size="xs" c="dimmed">
          {sortRefusal ?? 'Rows can’t be sorted by this column.'}
        </Text>
      )}
      {sorted !== undefined && (
        <Button variant="default" size="compact-xs" onClick={() => onSort(undefined)}>
          {usualOrder}
        </Button>
      )}
    </Stack>
  )
}

function shortened(text: string): string {
  if (text === '') return '(empty text)'
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}
