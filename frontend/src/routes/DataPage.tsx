import { useNavigate, useSearch } from '@tanstack/react-router'
import { Allowed } from '@/components/Allowed'
import { PageHeader } from '@/components/PageHeader'
import { DataOverview } from '@/features/data/DataOverview'

/** What is in the database. */
export function DataPage() {
  const { kind } = useSearch({ from: '/data' })
  const navigate = useNavigate()
  return (
    <Allowed scope="sources:read" title="Data">
      <PageHeader title="Data" description="Browse the database and load more data." />
      <DataOverview
        kind={kind}
        onKind={(chosen) => void navigate({ to: '/data', search: { kind: chosen } })}
      />
    </Allowed>
  )
}
