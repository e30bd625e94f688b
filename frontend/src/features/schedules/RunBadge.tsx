import { Badge } from '@mantine/core'
import type { ScheduleRun } from '@/lib/api/schedules'

const COLORS: Record<string, string> = {
  running: 'blue',
  completed: 'green',
  failed: 'red',
  held: 'orange',
}

const DECIDED: Record<string, string> = { published: 'green', dropped: 'gray' }

interface RunBadgeProps {
  run: Pick<ScheduleRun, 'status' | 'decision'>
}

/** The status of a run, and what a person decided about a version that was held. */
export function RunBadge({ run: { status, decision } }: RunBadgeProps) {
  return (
    <Badge
      color={(decision === null ? COLORS[status] : DECIDED[decision]) ?? 'gray'}
      variant="light"
      radius="sm"
      miw="max-content"
    >
      {decision === null ? status : `${status}, ${decision}`}
    </Badge>
  )
}
