import { Button, Group, Text } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { formatCount } from '@/lib/format'

interface MoreProps<T> {
  items: T[]
  /** How many are shown at first, and added each time. */
  step: number
  /** What they are, such as "versions". */
  noun: string
  children: (shown: T[]) => ReactNode
}

/** The first items of a long list, and a button for more: thousands of rows would slow the page down. */
export function More<T>({ items, step, noun, children }: MoreProps<T>) {
  const [most, setMost] = useState(step)
  const shown = items.slice(0, most)
  return (
    <>
      {children(shown)}
      {shown.length < items.length && (
        <Group gap="sm" mt="sm">
          <Button variant="default" size="xs" onClick={() => setMost(most + step)}>
            Show more {noun}
          </Button>
          <Text size="sm" c="dimmed">
            {formatCount(shown.length)} of {formatCount(items.length)} {noun}
          </Text>
        </Group>
      )}
    </>
  )
}
