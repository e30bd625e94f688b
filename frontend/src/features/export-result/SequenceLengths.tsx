import { Stack, Text } from '@mantine/core'
import { BarList } from '@/components/charts/BarList'
import type { SequenceCounts } from '@/lib/api/reports'
import { formatCount, plural } from '@/lib/format'
import { lengthClasses } from './bins'

interface SequenceLengthsProps {
  counts: SequenceCounts
}

/** How long the sequences are, in events. */
export function SequenceLengths({ counts }: SequenceLengthsProps) {
  const { sequences, events, shortest, longest, by_length: byLength } = counts
  const classes = lengthClasses(byLength).map(({ name, sequences: found }) => [`${name} events`, found])
  return (
    <Stack gap={4}>
      <BarList title="Sequences by length" counts={Object.fromEntries(classes) as Record<string, number>} />
      <Text size="xs" c="dimmed">
        {plural(sequences, 'sequence')}, {formatCount(Math.round(events / sequences))} events on average, from{' '}
        {formatCount(shortest ?? 0)} to {formatCount(longest ?? 0)}.
      </Text>
    </Stack>
  )
}
