import { useNavigate, useSearch } from '@tanstack/react-router'
import { Allowed } from '@/components/Allowed'
import { PageHeader } from '@/components/PageHeader'
import { DataOverview } from '@/features/data/DataOverview'
import { useMay } from '@/lib/session'

/** What is in the database. */
export function DataPage() {
  const { kind } = useSearch({ from: '/data' })
  const mayLoad = useMay('ingest:write')
  const navigate = useNavigate()
  return (
    <Allowed scope="sources:read" title="Data">
      <PageHeader
        title="Data"
        description={mayLoad ? 'Browse the database and load more data.' : 'What is in the database.'}
      />
      <DataOverview
        kind={kind}
        onKind={(chosen) => void navigate({ to: '/data', search: { kind: chosen } })}
      />
    </Allowed>
  )
}
