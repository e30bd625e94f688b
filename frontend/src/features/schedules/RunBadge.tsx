import { Badge } from '@mantine/core'

const COLORS: Record<string, string> = {
  running: 'blue',
  completed: 'green',
  failed: 'red',
  held: 'orange',
}

interface RunBadgeProps {
  status: string
}

/** The status of a run. */
export function RunBadge({ status }: RunBadgeProps) {
  return (
    <Badge color={COLORS[status] ?? 'gray'} variant="light" radius="sm" miw="max-content">
      {status}
    </Badge>
  )
}
