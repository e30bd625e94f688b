import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { Allowed } from '@/components/Allowed'
import { LinkButton } from '@/components/LinkButton'
import { PageHeader } from '@/components/PageHeader'
import { RowViewer } from '@/features/viewer/RowViewer'
import { rowSearch } from '@/lib/row-search'

/** The rows of an export's dataset. What is shown stands in the address. */
export function RowsPage() {
  const { exportId } = useParams({ from: '/exports/$exportId/rows' })
  const search = useSearch({ from: '/exports/$exportId/rows' })
  const navigate = useNavigate({ from: '/exports/$exportId/rows' })
  const title = `Rows of export ${exportId.slice(0, 8)}`
  return (
    <Allowed scope="exports:read" title={title}>
      <PageHeader
        title={title}
        actions={
          <LinkButton to="/exports/$exportId" params={{ exportId }} variant="default">
            Export
          </LinkButton>
        }
      />
      <RowViewer
        key={exportId}
        exportId={exportId}
        search={search}
        onSearch={(changes) => void navigate({ search: rowSearch({ ...search, ...changes }) })}
      />
    </Allowed>
  )
}
