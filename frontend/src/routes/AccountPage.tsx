import { Stack, Text } from '@mantine/core'
import { EmptyState } from '@/components/EmptyState'
import { PageHeader } from '@/components/PageHeader'
import { KeyList } from '@/features/accounts/KeyList'
import { OwnPassword } from '@/features/accounts/OwnPassword'
import { SessionList } from '@/features/accounts/SessionList'
import { useSession } from '@/lib/session'

/** One's own account: password, keys and sessions. */
export function AccountPage() {
  const { accounts_on, account } = useSession()
  if (!accounts_on || account === null) {
    return (
      <>
        <PageHeader title="Account" />
        <EmptyState title="There are no accounts">Anyone who uses this machine may do everything.</EmptyState>
      </>
    )
  }
  const kinds = account.kinds === null ? '' : ` Data types: ${account.kinds.join(', ')}.`
  return (
    <>
      <PageHeader title="Account" description={[account.name, account.email].filter(Boolean).join(', ')} />
      <Stack gap="xl">
        <Text size="sm">
          Role: {account.role}. Rights: {account.scopes.join(', ')}.{kinds}
        </Text>
        {account.has_password && <OwnPassword name={account.name} />}
        <KeyList userId={null} scopes={account.scopes} />
        <SessionList />
      </Stack>
    </>
  )
}
