import { useQuery } from '@tanstack/react-query'
import { useLocation, useNavigate, useSearch } from '@tanstack/react-router'
import { Allowed } from '@/components/Allowed'
import { PageHeader } from '@/components/PageHeader'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { ScheduleEditor } from '@/features/schedules/ScheduleEditor'
import { newSchedule } from '@/features/schedules/form'
import { exportQuery } from '@/lib/api/exports'

declare module '@tanstack/history' {
  interface HistoryState {
    /** The config to schedule, from the form of a new export. */
    config?: object
    /** The name in that form. */
    name?: string
  }
}

/** The form of a schedule, begun with the config of an export or of the new-export form. */
export function NewSchedulePage() {
  const { from } = useSearch({ from: '/schedules/new' })
  const config = useLocation({ select: ({ state }) => state.config })
  const name = useLocation({ select: ({ state }) => state.name })
  return (
    <Allowed scope="exports:write" title="New schedule">
      <PageHeader title="New schedule" description="Runs an export automatically, with your rights." />
      {from === undefined ? <Editor config={config} name={name} /> : <OfExport key={from} from={from} />}
    </Allowed>
  )
}

interface EditorProps {
  config: object | undefined
  name?: string | undefined
}

function Editor({ config, name }: EditorProps) {
  const navigate = useNavigate()
  return (
    <ScheduleEditor
      scheduleId={null}
      initial={newSchedule(config, name)}
      onSaved={({ schedule_id: scheduleId }) =>
        void navigate({ to: '/schedules/$scheduleId', params: { scheduleId } })
      }
    />
  )
}

interface OfExportProps {
  from: string
}

function OfExport({ from }: OfExportProps) {
  const query = useQuery(exportQuery(from))
  return (
    <QueryView
      query={query}
      errorTitle="The export to schedule could not be loaded"
      loading={<LoadingLines count={8} height={40} />}
    >
      {(found) => <Editor config={found.export_config} name={found.name ?? ''} />}
    </QueryView>
  )
}
