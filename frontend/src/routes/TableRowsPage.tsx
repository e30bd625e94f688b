import { useNavigate, useSearch } from '@tanstack/react-router'
import { Allowed } from '@/components/Allowed'
import { LinkButton } from '@/components/LinkButton'
import { PageHeader } from '@/components/PageHeader'
import { TableChoice } from '@/features/viewer/TableChoice'
import { tableSearch } from '@/lib/table-search'

/** The rows of a table of the database. What is shown stands in the address. */
export function TableRowsPage() {
  const search = useSearch({ from: '/data/rows' })
  const navigate = useNavigate({ from: '/data/rows' })
  return (
    <Allowed scope="exports:write" title="Rows">
      <PageHeader
        title="Rows of the database"
        actions={
          <LinkButton to="/data" search={{ kind: search.kind }} variant="default">
            Data
          </LinkButton>
        }
      />
      <TableChoice
        search={search}
        onSearch={(changes) => void navigate({ search: tableSearch({ ...search, ...changes }) })}
      />
    </Allowed>
  )
}
