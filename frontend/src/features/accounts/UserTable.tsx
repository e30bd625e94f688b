import { Anchor, Badge, Group, Table, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Moment } from '@/components/Moment'
import type { UserRecord } from '@/lib/api/accounts'
import { formatCount } from '@/lib/format'

interface UserTableProps {
  users: UserRecord[]
}

/** All accounts, with the way to each. */
export function UserTable({ users }: UserTableProps) {
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table verticalSpacing={6} fz="sm" aria-label="Users" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Role</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th>Last sign-in</Table.Th>
            <Table.Th ta="right">Keys</Table.Th>
            <Table.Th ta="right">Sessions</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {users.map((user) => (
            <Table.Tr key={user.user_id}>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>
                <Anchor component={Link} to={`/users/${user.user_id}`} fz="sm">
                  {user.name}
                </Anchor>
                {user.email && (
                  <Text size="xs" c="dimmed">
                    {user.email}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>{user.role}</Table.Td>
              <Table.Td>
                <UserBadges user={user} />
              </Table.Td>
              <Table.Td>
                <Moment at={user.last_login_at} none={user.is_service ? '–' : 'never'} />
              </Table.Td>
              <Table.Td ta="right">{formatCount(user.keys)}</Table.Td>
              <Table.Td ta="right">{formatCount(user.sessions)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

interface UserBadgesProps {
  user: UserRecord
}

/** What is special about an account. */
export function UserBadges({ user }: UserBadgesProps) {
  return (
    <Group gap={4}>
      {user.is_service && (
        <Badge variant="light" color="blue" radius="sm">
          service
        </Badge>
      )}
      <Badge variant="light" color={user.is_disabled ? 'red' : 'green'} radius="sm">
        {user.is_disabled ? 'disabled' : 'active'}
      </Badge>
    </Group>
  )
}
