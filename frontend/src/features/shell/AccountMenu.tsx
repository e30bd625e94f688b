import { Button, Menu, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useRouter } from '@tanstack/react-router'
import { Icon } from '@/components/Icon'
import { forgetData, sessionQuery, signOut } from '@/lib/api/session'
import { useSession } from '@/lib/session'

/** Who is signed in, with the way to their account and out. Nothing without accounts. */
export function AccountMenu() {
  const { accounts_on, account } = useSession()
  const client = useQueryClient()
  const router = useRouter()
  const leave = useMutation({
    mutationFn: signOut,
    onSuccess: async () => {
      // First the session, so that the page closes and asks for nothing any more.
      await client.resetQueries(sessionQuery())
      forgetData(client)
      await router.navigate({ to: '/sign-in' })
    },
    onError: (error) =>
      notifications.show({ color: 'red', title: 'You are still signed in', message: error.message }),
  })
  if (!accounts_on || account === null) return null
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <Button
          variant="default"
          px="xs"
          maw={180}
          leftSection={<Icon name="user" />}
          aria-label={`Account of ${account.name}`}
        >
          <Text component="span" size="sm" truncate visibleFrom="xs">
            {account.name}
          </Text>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {account.name}, {account.role}
        </Menu.Label>
        <Menu.Item component={Link} to="/account">
          Account
        </Menu.Item>
        <Menu.Item onClick={() => leave.mutate()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
