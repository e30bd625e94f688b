import { Button, Group, Text } from '@mantine/core'
import type { RowPage } from '@/lib/api/rows'
import { ROWS_PER_PAGE } from '@/lib/row-search'
import { rangeText } from './cells'

interface RowPagerProps {
  page: RowPage
  place: number
  isLoading: boolean
  onPlace: (place: number) => void
}

/** Which rows are shown, and the way to others. */
export function RowPager({ page, place, isLoading, onPlace }: RowPagerProps) {
  const last = Math.max(0, Math.floor((page.total - 1) / ROWS_PER_PAGE) * ROWS_PER_PAGE)
  return (
    <Group gap="xs" role="group" aria-label="Pages">
      <Text size="sm" aria-live="polite" flex={1} miw={200}>
        {rangeText(place, place + page.rows.length, page.total)}
      </Text>
      <Button variant="default" size="compact-sm" disabled={place === 0} onClick={() => onPlace(0)}>
        First
      </Button>
      <Button
        variant="default"
        size="compact-sm"
        disabled={place === 0}
        onClick={() => onPlace(Math.max(0, place - ROWS_PER_PAGE))}
      >
        Previous
      </Button>
      <Button
        variant="default"
        size="compact-sm"
        loading={isLoading}
        disabled={page.next === null}
        onClick={() => page.next !== null && onPlace(page.next)}
      >
        Next
      </Button>
      <Button variant="default" size="compact-sm" disabled={page.next === null} onClick={() => onPlace(last)}>
        Last
      </Button>
    </Group>
  )
}
