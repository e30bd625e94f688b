import { Button, Group, Text } from '@mantine/core'
import type { RowPage } from '@/lib/api/rows'
import { ROWS_PER_PAGE } from '@/lib/row-search'
import { foundText, rangeText } from './cells'

interface RowPagerProps {
  page: RowPage
  place: number
  /** Whether only some rows are looked for. */
  isConditional: boolean
  isSorted: boolean
  isLoading: boolean
  /** Where the page before began; undefined: not known. */
  before: number | undefined
  onPlace: (place: number) => void
}

/** Which rows are shown, and the way to others. */
export function RowPager(props: RowPagerProps) {
  const { page, place, isConditional, isSorted, isLoading, before, onPlace } = props
  const { next } = page
  const last = Math.max(0, Math.floor((page.total - 1) / ROWS_PER_PAGE) * ROWS_PER_PAGE)
  // Sorted rows are all looked at.
  const isPartial = isConditional && !isSorted
  const isShort = isPartial && next !== null && page.rows.length < ROWS_PER_PAGE
  const text = isPartial
    ? foundText(page.rows.length, place, place + page.looked, page.total)
    : isConditional
      ? `Found rows ${place + 1} to ${place + page.rows.length}`
      : rangeText(place, place + page.rows.length, page.total)
  return (
    <Group gap="xs" role="group" aria-label="Pages">
      <Text size="sm" aria-live="polite" flex={1} miw={200}>
        {text}
      </Text>
      <Button variant="default" size="compact-sm" disabled={place === 0} onClick={() => onPlace(0)}>
        First
      </Button>
      <Button
        variant="default"
        size="compact-sm"
        disabled={place === 0 || before === undefined}
        onClick={() => before !== undefined && onPlace(before)}
      >
        Previous
      </Button>
      <Button
        variant={isShort ? 'filled' : 'default'}
        size="compact-sm"
        loading={isLoading}
        disabled={next === null}
        onClick={() => next !== null && onPlace(next)}
      >
        {isShort ? 'Look further' : 'Next'}
      </Button>
      {!isConditional && (
        <Button variant="default" size="compact-sm" disabled={next === null} onClick={() => onPlace(last)}>
          Last
        </Button>
      )}
    </Group>
  )
}
