import { Alert, Paper, Stack, Text } from '@mantine/core'
import type { Schedule } from '@/lib/api/schedules'
import { configText } from '@/lib/config-text'
import { formatDuration, plural } from '@/lib/format'
import { NextTimes } from './NextTimes'

interface ScheduleFactsProps {
  schedule: Schedule
}

/** When a schedule runs, what it exports, and why it is paused. */
export function ScheduleFacts({ schedule }: ScheduleFactsProps) {
  return (
    <Stack gap="md">
      {schedule.is_paused && (
        <Alert color="orange" role="status" title="Paused">
          {schedule.pause_reason ?? 'Somebody paused it.'} Times during the pause are not caught up.
        </Alert>
      )}
      <Paper withBorder p="md" component="section" aria-label="When it runs">
        <NextTimes sentence={schedule.sentence} next={schedule.next} zone={schedule.time_zone} />
        <Text size="sm" mt="sm" style={{ overflowWrap: 'anywhere' }}>
          Exports {configText(schedule.config)}.
        </Text>
        <Text size="sm" c="dimmed">
          {rulesText(schedule)}
        </Text>
      </Paper>
    </Stack>
  )
}

const CATCH_UP = {
  none: 'Missed times are skipped.',
  one: 'After a break, the last missed time runs.',
  all: 'After a break, all missed times run.',
}
const OVERLAP = {
  skip: 'While a run is unfinished, new ones are skipped.',
  queue: 'While a run is unfinished, new ones wait.',
}

function rulesText(schedule: Schedule): string {
  const { pause_after_failures: failures, jitter_seconds: jitter } = schedule
  return [
    CATCH_UP[schedule.catch_up],
    OVERLAP[schedule.overlap],
    failures !== null && `It pauses after ${plural(failures, 'failure')} in a row.`,
    jitter > 0 && `Each run starts up to ${formatDuration(jitter)} late.`,
    schedule.gate && 'A gate judges each version.',
    schedule.owner && `It runs with the rights of ${schedule.owner.name}.`,
  ]
    .filter(Boolean)
    .join(' ')
}
