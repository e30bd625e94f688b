import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { Allowed } from '@/components/Allowed'
import { PageHeader } from '@/components/PageHeader'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { DeleteUser } from '@/features/accounts/DeleteUser'
import { KeyList } from '@/features/accounts/KeyList'
import { UserBadges } from '@/features/accounts/UserTable'
import { UserSettings } from '@/features/accounts/UserSettings'
import { UserSignIn } from '@/features/accounts/UserSignIn'
import { ROLE_SCOPES, userQuery } from '@/lib/api/accounts'
import { useSession } from '@/lib/session'

/** One account, as admins see it. */
export function UserPage() {
  const { userId } = useParams({ from: '/users/$userId' })
  return (
    <Allowed scope="admin" title="User">
      <User key={userId} userId={userId} />
    </Allowed>
  )
}

interface UserProps {
  userId: string
}

function User({ userId }: UserProps) {
  const navigate = useNavigate()
  const { account } = useSession()
  const user = useQuery(userQuery(userId))
  const isOwn = account?.user_id === userId
  return (
    <>
      <PageHeader
        title={user.data ? `User ${user.data.name}` : 'User'}
        badge={user.data && <UserBadges user={user.data} />}
        actions={
          user.data &&
          !isOwn && <DeleteUser user={user.data} onDeleted={() => void navigate({ to: '/users' })} />
        }
      />
      <QueryView
        query={user}
        errorTitle="The user could not be loaded"
        loading={<LoadingLines count={6} height={32} />}
      >
        {(found) => (
          <Stack gap="xl">
            <UserSettings key={`${found.role} ${found.email}`} user={found} isOwn={isOwn} />
            {!found.is_service && <UserSignIn user={found} />}
            <KeyList userId={userId} scopes={ROLE_SCOPES[found.role] ?? []} />
          </Stack>
        )}
      </QueryView>
    </>
  )
}
