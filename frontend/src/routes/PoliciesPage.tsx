import { useQuery } from '@tanstack/react-query'
import { Allowed } from '@/components/Allowed'
import { EmptyState } from '@/components/EmptyState'
import { LinkButton } from '@/components/LinkButton'
import { PageHeader } from '@/components/PageHeader'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { PolicyTable } from '@/features/policies/PolicyTable'
import { policiesQuery } from '@/lib/api/policies'

/** All export policies. */
export function PoliciesPage() {
  return (
    <Allowed scope="admin" title="Policies">
      <Policies />
    </Allowed>
  )
}

const NEW = { to: '/policies/$policyId', params: { policyId: 'new' } } as const

function Policies() {
  const policies = useQuery(policiesQuery())
  return (
    <>
      <PageHeader
        title="Policies"
        description="What roles and accounts may export. Every policy that applies must allow an export."
        actions={<LinkButton {...NEW}>New policy</LinkButton>}
      />
      <QueryView
        query={policies}
        errorTitle="The policies could not be loaded"
        loading={<LoadingLines count={4} height={36} />}
        isEmpty={(found) => found.length === 0}
        empty={
          <EmptyState title="No policies">
            Whoever may create exports may export everything. A policy limits that by role or account.
          </EmptyState>
        }
      >
        {(found) => <PolicyTable policies={found} />}
      </QueryView>
    </>
  )
}
