import { Alert } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Navigate, useNavigate, useSearch } from '@tanstack/react-router'
import { Allowed } from '@/components/Allowed'
import { PageHeader } from '@/components/PageHeader'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { ExportControl } from '@/features/new-export/ExportControl'
import { DEFAULT_FORM, configToForm } from '@/features/new-export/form'
import { type Verdict, exportQuery, verdictsQuery } from '@/lib/api/exports'
import { homeOf, useSession } from '@/lib/session'

type Fix = NonNullable<Verdict['fix']>

/** The form, empty or begun with the config of an old export. */
export function NewExportPage() {
  const { from, fix } = useSearch({ from: '/' })
  const { account } = useSession()
  const home = homeOf(account)
  // It is also the page that a bare address leads to.
  if (account !== null && from === undefined && home !== '/') return <Navigate to={home} replace />
  return (
    <Allowed scope="exports:write" title="New export">
      {from === undefined ? (
        <NewExport />
      ) : fix === undefined ? (
        <ClonedExport key={from} from={from} />
      ) : (
        <FixedExport key={`${from} ${fix}`} from={from} topic={fix} />
      )}
    </Allowed>
  )
}

function NewExport() {
  return <ExportControl initial={DEFAULT_FORM} {...useWaysOn()} />
}

interface ClonedExportProps {
  from: string
  fix?: Fix
}

function ClonedExport({ from, fix }: ClonedExportProps) {
  const query = useQuery(exportQuery(from))
  const waysOn = useWaysOn()
  return (
    <QueryView query={query} errorTitle="The export to clone could not be loaded" loading={<LoadingForm />}>
      {(found) => (
        <>
          {fix && (
            <Alert mb="md" title={fix.text}>
              The form has the config of export {from.slice(0, 8)} with this change. Check it, then start.
            </Alert>
          )}
          <ExportControl initial={configToForm({ ...found.export_config, ...fix?.changes })} {...waysOn} />
        </>
      )}
    </QueryView>
  )
}

interface FixedExportProps {
  from: string
  topic: string
}

/** The form with the config of an old export, and the change that a verdict on it offers. */
function FixedExport({ from, topic }: FixedExportProps) {
  const query = useQuery(verdictsQuery(from))
  return (
    <QueryView query={query} errorTitle="The verdicts could not be loaded" loading={<LoadingForm />}>
      {(found) => (
        <ClonedExport from={from} fix={found.find((verdict) => verdict.topic === topic)?.fix ?? undefined} />
      )}
    </QueryView>
  )
}

function LoadingForm() {
  return (
    <>
      <PageHeader title="New export" />
      <LoadingLines count={10} height={40} />
    </>
  )
}

function useWaysOn() {
  const navigate = useNavigate()
  return {
    onCreated: (exportId: string) => void navigate({ to: '/exports/$exportId', params: { exportId } }),
    onSchedule: (config: object, name: string) =>
      void navigate({ to: '/schedules/new', state: { config, name } }),
  }
}
