import { Badge } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { Allowed } from '@/components/Allowed'
import { PageHeader } from '@/components/PageHeader'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { DeletePolicy } from '@/features/policies/DeletePolicy'
import { PolicyEditor } from '@/features/policies/PolicyEditor'
import { policyQuery } from '@/lib/api/policies'

/** One policy, or `new` for another. */
export function PolicyPage() {
  const { policyId } = useParams({ from: '/policies/$policyId' })
  return (
    <Allowed scope="admin" title="Policy">
      {policyId === 'new' ? <NewPolicy /> : <OnePolicy key={policyId} policyId={policyId} />}
    </Allowed>
  )
}

function NewPolicy() {
  const navigate = useNavigate()
  return (
    <>
      <PageHeader title="New policy" description="An empty rule sets no limit." />
      <PolicyEditor policy={null} onSaved={() => void navigate({ to: '/policies' })} />
    </>
  )
}

interface OnePolicyProps {
  policyId: string
}

function OnePolicy({ policyId }: OnePolicyProps) {
  const navigate = useNavigate()
  const policy = useQuery(policyQuery(policyId))
  const toList = () => void navigate({ to: '/policies' })
  return (
    <>
      <PageHeader
        title={policy.data ? `Policy ${policy.data.name}` : 'Policy'}
        description="A change applies at once, also to queued exports, and raises the version."
        badge={
          policy.data && (
            <Badge variant="light" radius="sm">
              version {policy.data.version}
            </Badge>
          )
        }
        actions={policy.data && <DeletePolicy policy={policy.data} onDeleted={toList} />}
      />
      <QueryView
        query={policy}
        errorTitle="The policy could not be loaded"
        loading={<LoadingLines count={8} height={36} />}
      >
        {(found) => <PolicyEditor key={found.version} policy={found} onSaved={toList} />}
      </QueryView>
    </>
  )
}
