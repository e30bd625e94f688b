import { Button } from '@mantine/core'
import { ConfirmButton } from '@/components/ConfirmButton'
import {
  type Schedule,
  type ScheduleRun,
  pauseSchedule,
  removeSchedule,
  resumeSchedule,
  runSchedule,
  scheduleKeys,
} from '@/lib/api/schedules'
import { useCall } from '@/lib/calls'

interface ScheduleActionsProps {
  schedule: Schedule
  onRemoved: () => void
}

/** Run now, pause or resume, and remove. */
export function ScheduleActions({ schedule, onRemoved }: ScheduleActionsProps) {
  const { schedule_id: id, name, is_paused: isPaused } = schedule
  const run = useCall({
    call: () => runSchedule(id),
    refreshes: scheduleKeys.all,
    done: runText,
    failed: 'The run was not started',
  })
  const pause = useCall({
    call: () => pauseSchedule(id),
    refreshes: scheduleKeys.all,
    done: `Paused ${name}.`,
    failed: 'The schedule was not paused',
  })
  const resume = useCall({
    call: () => resumeSchedule(id),
    refreshes: scheduleKeys.all,
    done: `Resumed ${name}.`,
    failed: 'The schedule was not resumed',
  })
  const remove = useCall({
    call: () => removeSchedule(id),
    refreshes: [...scheduleKeys.all, 'list'],
    done: `Removed ${name}.`,
    failed: 'The schedule was not removed',
    onDone: onRemoved,
  })
  return (
    <>
      <Button onClick={() => run.mutate()} loading={run.isPending}>
        Run now
      </Button>
      {isPaused ? (
        <Button variant="default" onClick={() => resume.mutate()} loading={resume.isPending}>
          Resume
        </Button>
      ) : (
        <Button variant="default" onClick={() => pause.mutate()} loading={pause.isPending}>
          Pause
        </Button>
      )}
      <ConfirmButton
        question={`Remove the schedule ${name}?`}
        explanation="It never runs again, and its list of runs is deleted. Its exports and versions stay. To stop it for a while, pause it."
        confirm="Remove schedule"
        cancel="Keep schedule"
        onConfirm={() => remove.mutate()}
        loading={remove.isPending}
      >
        Remove
      </ConfirmButton>
    </>
  )
}

/** A run that the owner's rights or policies don't allow has failed at once. */
function runText({ status, reason }: ScheduleRun): string {
  return status === 'failed' ? `The run failed: ${reason ?? 'no reason was given'}` : 'A run was started.'
}
