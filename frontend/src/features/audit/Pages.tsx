import { Button, Group, Text } from '@mantine/core'
import type { UseInfiniteQueryResult } from '@tanstack/react-query'
import { plural } from '@/lib/format'

interface PagesProps {
  query: UseInfiniteQueryResult
  /** Lines that are shown. */
  count: number
}

/** How many lines are shown, and the button for more. */
export function Pages({ query, count }: PagesProps) {
  return (
    <Group mt="sm" gap="sm">
      <Text size="sm" aria-live="polite">
        {plural(count, 'line')} shown{query.hasNextPage ? '' : ': all'}
      </Text>
      {query.hasNextPage && (
        <Button
          size="compact-sm"
          variant="default"
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          Show older
        </Button>
      )}
    </Group>
  )
}
