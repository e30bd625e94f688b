import { useNavigate, useSearch } from '@tanstack/react-router'
import { Allowed } from '@/components/Allowed'
import { LinkButton } from '@/components/LinkButton'
import { PageHeader } from '@/components/PageHeader'
import { Outgoing } from '@/features/audit/Outgoing'
import { outgoingSearch } from '@/lib/audit'

/** What left the service. What is shown stands in the address. */
export function OutgoingPage() {
  const search = useSearch({ from: '/audit/outgoing' })
  const navigate = useNavigate({ from: '/audit/outgoing' })
  return (
    <Allowed scope="audit:read" title="Outgoing data">
      <PageHeader
        title="Outgoing data"
        description="Downloads, and datasets that commands wrote: who got which rows, and under which policy."
        actions={
          <LinkButton to="/audit" variant="default">
            Audit trail
          </LinkButton>
        }
      />
      <Outgoing
        search={search}
        onSearch={(changes) =>
          void navigate({ search: outgoingSearch({ ...search, ...changes }), replace: true })
        }
      />
    </Allowed>
  )
}
