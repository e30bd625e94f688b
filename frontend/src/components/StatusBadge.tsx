import { Badge } from '@mantine/core'

const COLORS: Record<string, string> = {
  pending: 'gray',
  running: 'blue',
  completed: 'green',
  failed: 'red',
  cancelled: 'orange',
}

interface StatusBadgeProps {
  status: string
  isCancelling?: boolean
}

/** The status of an export. */
export function StatusBadge({ status, isCancelling = false }: StatusBadgeProps) {
  const text = isCancelling && status === 'running' ? 'cancelling' : status
  return (
    <Badge color={COLORS[status] ?? 'gray'} variant="outline" radius="sm" miw="max-content">
      {text}
    </Badge>
  )
}
