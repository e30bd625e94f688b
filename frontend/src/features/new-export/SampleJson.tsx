import { Box } from '@mantine/core'

const LONGEST_TEXT = 400

interface SampleJsonProps {
  records: Record<string, unknown>[]
  label: string
}

/** Records as plain text, never as markup. */
export function SampleJson({ records, label }: SampleJsonProps) {
  return (
    <Box
      component="pre"
      tabIndex={0}
      aria-label={label}
      m={0}
      p="xs"
      fz="xs"
      bg="var(--mantine-color-default-hover)"
      style={{ overflow: 'auto', maxHeight: 240, borderRadius: 'var(--mantine-radius-sm)' }}
    >
      {records.map((record) => JSON.stringify(record, cut, 2)).join('\n')}
    </Box>
  )
}

function cut(_name: string, value: unknown): unknown {
  return typeof value === 'string' && value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value
}
