import { Button, Menu, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useContext } from 'react'
import { Icon } from '@/components/Icon'
import { signOut } from '@/lib/api/session'
import { Leave, useSession } from '@/lib/session'

/** Who is signed in, with the way to their account and out. Nothing without accounts. */
export function AccountMenu() {
  const { accounts_on, account } = useSession()
  const close = useContext(Leave)
  const leave = useMutation({
    mutationFn: signOut,
    onSuccess: close,
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
