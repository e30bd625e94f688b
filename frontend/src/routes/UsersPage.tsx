import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Allowed } from '@/components/Allowed'
import { EmptyState } from '@/components/EmptyState'
import { PageHeader } from '@/components/PageHeader'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { AddUser } from '@/features/accounts/AddUser'
import { UserTable } from '@/features/accounts/UserTable'
import { usersQuery } from '@/lib/api/accounts'

/** All accounts. */
export function UsersPage() {
  return (
    <Allowed scope="admin" title="Users">
      <Users />
    </Allowed>
  )
}

function Users() {
  const navigate = useNavigate()
  const users = useQuery(usersQuery())
  const [isAdding, { open, close }] = useDisclosure(false)
  return (
    <>
      <PageHeader
        title="Users"
        description="Accounts of people and programs."
        actions={<Button onClick={open}>Add user</Button>}
      />
      <QueryView
        query={users}
        errorTitle="The users could not be loaded"
        loading={<LoadingLines count={5} height={36} />}
        isEmpty={(found) => found.length === 0}
        empty={
          <EmptyState title="No users">
            There are no accounts: whoever uses this machine may do everything.
          </EmptyState>
        }
      >
        {(found) => <UserTable users={found} />}
      </QueryView>
      <AddUser
        opened={isAdding}
        onClose={close}
        onAdded={({ user_id }) => void navigate({ to: '/users/$userId', params: { userId: user_id } })}
      />
    </>
  )
}
