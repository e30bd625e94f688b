import { Anchor, Card, SimpleGrid, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Moment } from '@/components/Moment'
import { titleOf } from '@/lib/api/exports'
import { formatBytes, plural } from '@/lib/format'
import type { Comparison } from './compare'

interface ComparedExportsProps {
  found: Comparison
}

/** The two exports side by side. */
export function ComparedExports({ found }: ComparedExportsProps) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
      {(['a', 'b'] as const).map((side) => {
        const export_ = found[side]
        return (
          <Card key={side} withBorder padding="sm">
            <Text size="xs" c="dimmed">
              {side.toUpperCase()}
            </Text>
            <Anchor
              component={Link}
              to={`/exports/${export_.export_id}`}
              style={{ overflowWrap: 'anywhere' }}
            >
              {titleOf(export_)}
            </Anchor>
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
              {export_.what}
            </Text>
            <Text size="sm" c="dimmed">
              {plural(export_.rows, 'row')}, {formatBytes(export_.bytes)}, <Moment at={export_.created_at} />
            </Text>
          </Card>
        )
      })}
    </SimpleGrid>
  )
}
