import { Button } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Allowed } from '@/components/Allowed'
import { Icon } from '@/components/Icon'
import { LinkButton } from '@/components/LinkButton'
import { PageHeader } from '@/components/PageHeader'
import { AuditTrail } from '@/features/audit/AuditTrail'
import { VerifyChain } from '@/features/audit/VerifyChain'
import { AUDIT_EXPORT_URL } from '@/lib/api/audit'
import { auditSearch } from '@/lib/audit'

/** Who did what. What is shown stands in the address. */
export function AuditPage() {
  const search = useSearch({ from: '/audit' })
  const navigate = useNavigate({ from: '/audit' })
  return (
    <Allowed scope="audit:read" title="Audit trail">
      <PageHeader
        title="Audit trail"
        description="Who did what, when, from where, with which key and result. Lines are never changed or deleted."
        actions={
          <>
            <LinkButton to="/audit/outgoing" variant="default">
              Outgoing data
            </LinkButton>
            <Button
              component="a"
              href={AUDIT_EXPORT_URL}
              download="audit.jsonl"
              variant="default"
              leftSection={<Icon name="download" size={16} />}
            >
              Export as JSON Lines
            </Button>
          </>
        }
      />
      <VerifyChain />
      <AuditTrail
        search={search}
        onSearch={(changes) =>
          void navigate({ search: auditSearch({ ...search, ...changes }), replace: true })
        }
      />
    </Allowed>
  )
}
