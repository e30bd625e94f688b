import { useQuery } from '@tanstack/react-query'
import { Allowed } from '@/components/Allowed'
import { EmptyState } from '@/components/EmptyState'
import { LinkButton } from '@/components/LinkButton'
import { PageHeader } from '@/components/PageHeader'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { ScheduleList } from '@/features/schedules/ScheduleList'
import { schedulesQuery } from '@/lib/api/schedules'
import { useMay } from '@/lib/session'

/** All schedules. */
export function SchedulesPage() {
  return (
    <Allowed scope="exports:read" title="Schedules">
      <Schedules />
    </Allowed>
  )
}

function Schedules() {
  const schedules = useQuery(schedulesQuery())
  const mayExport = useMay('exports:write')
  const newSchedule = mayExport && <LinkButton to="/schedules/new">New schedule</LinkButton>
  return (
    <>
      <PageHeader
        title="Schedules"
        description="Exports that run automatically, at set times or at an interval."
        actions={newSchedule}
      />
      <QueryView
        query={schedules}
        errorTitle="The schedules could not be loaded"
        loading={<LoadingLines count={4} height={36} />}
        isEmpty={(found) => found.length === 0}
        empty={
          <EmptyState title="No schedules yet">
            A schedule runs an export’s config every night, every hour or at any other time. To keep a dataset
            up to date, build its export in “New export”, give it a dataset name, turn on “Incremental”, and
            choose “Schedule…”.
          </EmptyState>
        }
      >
        {(found) => <ScheduleList schedules={found} />}
      </QueryView>
    </>
  )
}
