import { Button, Stack } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { Allowed } from '@/components/Allowed'
import { EmptyState } from '@/components/EmptyState'
import { LinkButton } from '@/components/LinkButton'
import { PageHeader } from '@/components/PageHeader'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { RunTable } from '@/features/schedules/RunTable'
import { ScheduleActions } from '@/features/schedules/ScheduleActions'
import { ScheduleEditor } from '@/features/schedules/ScheduleEditor'
import { ScheduleFacts } from '@/features/schedules/ScheduleFacts'
import { PausedBadge } from '@/features/schedules/ScheduleTable'
import { scheduleToForm } from '@/features/schedules/form'
import { isMissing } from '@/lib/api/problem'
import { scheduleQuery } from '@/lib/api/schedules'
import { mayChange, useSession } from '@/lib/session'

/** One schedule: when it runs, and its runs. */
export function SchedulePage() {
  const { scheduleId } = useParams({ from: '/schedules/$scheduleId' })
  return (
    <Allowed scope="exports:read" title="Schedule">
      <OneSchedule key={scheduleId} scheduleId={scheduleId} />
    </Allowed>
  )
}

interface OneScheduleProps {
  scheduleId: string
}

function OneSchedule({ scheduleId }: OneScheduleProps) {
  const navigate = useNavigate()
  const session = useSession()
  const schedule = useQuery(scheduleQuery(scheduleId))
  const [isEditing, { toggle, close }] = useDisclosure(false)
  const found = schedule.data
  const isOwn = found !== undefined && mayChange(session, found.owner)
  return (
    <>
      <PageHeader
        title={found ? `Schedule ${found.name}` : 'Schedule'}
        badge={found?.is_paused && <PausedBadge />}
        actions={
          isOwn && (
            <>
              <ScheduleActions schedule={found} onRemoved={() => void navigate({ to: '/schedules' })} />
              <Button variant="default" onClick={toggle} aria-expanded={isEditing}>
                {isEditing ? 'Stop editing' : 'Edit'}
              </Button>
            </>
          )
        }
      />
      {isMissing(schedule.error) ? (
        <EmptyState
          title="Schedule not found"
          action={<LinkButton to="/schedules">All schedules</LinkButton>}
        >
          It may have been removed.
        </EmptyState>
      ) : (
        <QueryView
          query={schedule}
          errorTitle="The schedule could not be loaded"
          loading={<LoadingLines count={8} height={32} />}
        >
          {(data) => (
            <Stack gap="xl">
              {isEditing ? (
                <ScheduleEditor scheduleId={scheduleId} initial={scheduleToForm(data)} onSaved={close} />
              ) : (
                <ScheduleFacts schedule={data} />
              )}
              <RunTable scheduleId={scheduleId} />
            </Stack>
          )}
        </QueryView>
      )}
    </>
  )
}
