import { useQuery } from '@tanstack/react-query'
import { Navigate, useNavigate, useSearch } from '@tanstack/react-router'
import { Allowed } from '@/components/Allowed'
import { PageHeader } from '@/components/PageHeader'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { ExportControl } from '@/features/new-export/ExportControl'
import { DEFAULT_FORM, configToForm } from '@/features/new-export/form'
import { exportQuery } from '@/lib/api/exports'
import { homeOf, useSession } from '@/lib/session'

/** The form, empty or begun with the config of an old export. */
export function NewExportPage() {
  const { from } = useSearch({ from: '/' })
  const { account } = useSession()
  const home = homeOf(account)
  // It is also the page that a bare address leads to.
  if (account !== null && from === undefined && home !== '/') return <Navigate to={home} replace />
  return (
    <Allowed scope="exports:write" title="New export">
      {from === undefined ? <NewExport /> : <ClonedExport key={from} from={from} />}
    </Allowed>
  )
}

function NewExport() {
  return <ExportControl initial={DEFAULT_FORM} {...useWaysOn()} />
}

interface ClonedExportProps {
  from: string
}

function ClonedExport({ from }: ClonedExportProps) {
  const query = useQuery(exportQuery(from))
  const waysOn = useWaysOn()
  return (
    <QueryView
      query={query}
      errorTitle="The export to clone could not be loaded"
      loading={
        <>
          <PageHeader title="New export" />
          <LoadingLines count={10} height={40} />
        </>
      }
    >
      {(found) => <ExportControl initial={configToForm(found.export_config)} {...waysOn} />}
    </QueryView>
  )
}

function useWaysOn() {
  const navigate = useNavigate()
  return {
    onCreated: (exportId: string) => void navigate({ to: '/exports/$exportId', params: { exportId } }),
    onSchedule: (config: object) => void navigate({ to: '/schedules/new', state: { config } }),
  }
}
