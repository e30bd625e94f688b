import { Badge, Button, Group, Switch, Table, Text } from '@mantine/core'
import { modals } from '@mantine/modals'
import { notifications } from '@mantine/notifications'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Moment } from '@/components/Moment'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { type KeyRecord, accountKeys, keysQuery, revokeKey } from '@/lib/api/accounts'
import { errorText } from '@/lib/api/problem'
import { KeyForm } from './KeyForm'
import { Section } from '@/components/Section'

const STATE_COLORS: Record<string, string> = { active: 'green', expired: 'orange', revoked: 'gray' }

interface KeyListProps {
  /** Whose keys; null for one's own. */
  userId: string | null
  /** The rights that a key can have: those of its owner. */
  scopes: readonly string[]
}

/** The API keys of an account, to create and to revoke. */
export function KeyList({ userId, scopes }: KeyListProps) {
  const [isCreating, setIsCreating] = useState(false)
  const [showsAll, setShowsAll] = useState(false)
  const keys = useQuery(keysQuery(userId))
  const hasOld = keys.data?.some(({ state }) => state !== 'active')
  return (
    <Section
      title="API keys"
      description="Programs use the API with a key. Give each program a key of its own, with no more rights than it needs."
    >
      <QueryView
        query={keys}
        errorTitle="The keys could not be loaded"
        loading={<LoadingLines />}
        isEmpty={(found) => found.length === 0}
        empty={<Text size="sm">No keys yet.</Text>}
      >
        {(found) => (
          <KeyTable userId={userId} keys={found.filter(({ state }) => showsAll || state === 'active')} />
        )}
      </QueryView>
      <Group>
        <Button variant="default" onClick={() => setIsCreating(true)}>
          Create key
        </Button>
        {hasOld && (
          <Switch
            label="Show expired and revoked keys"
            checked={showsAll}
            onChange={(event) => setShowsAll(event.currentTarget.checked)}
          />
        )}
      </Group>
      <KeyForm userId={userId} scopes={scopes} opened={isCreating} onClose={() => setIsCreating(false)} />
    </Section>
  )
}

interface KeyTableProps {
  userId: string | null
  keys: KeyRecord[]
}

function KeyTable({ userId, keys }: KeyTableProps) {
  if (keys.length === 0) return <Text size="sm">No active keys.</Text>
  return (
    <Table.ScrollContainer minWidth={700}>
      <Table verticalSpacing={6} fz="sm" aria-label="API keys">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Id</Table.Th>
            <Table.Th>Rights</Table.Th>
            <Table.Th>Data types</Table.Th>
            <Table.Th>Last used</Table.Th>
            <Table.Th>Expires</Table.Th>
            <Table.Th aria-label="Actions" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {keys.map((key) => (
            <Table.Tr key={key.key_id}>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{key.name}</Table.Td>
              <Table.Td ff="monospace">{key.key_id}</Table.Td>
              <Table.Td>{key.scopes.join(', ')}</Table.Td>
              <Table.Td>{key.kinds === null ? 'all' : key.kinds.join(', ')}</Table.Td>
              <Table.Td>
                <Moment at={key.last_used_at} none="never" />
              </Table.Td>
              <Table.Td>
                <Moment at={key.expires_at} none="never" />
              </Table.Td>
              <Table.Td ta="right">
                {key.state === 'active' ? (
                  <RevokeButton userId={userId} apiKey={key} />
                ) : (
                  <Badge color={STATE_COLORS[key.state] ?? 'gray'} variant="light" radius="sm">
                    {key.state}
                  </Badge>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

interface RevokeButtonProps {
  userId: string | null
  apiKey: KeyRecord
}

function RevokeButton({ userId, apiKey }: RevokeButtonProps) {
  const client = useQueryClient()
  const revoke = useMutation({
    mutationFn: () => revokeKey(userId, apiKey.key_id),
    onSuccess: () => client.invalidateQueries({ queryKey: accountKeys.keys(userId) }),
    onError: (error) =>
      notifications.show({ color: 'red', title: 'The key was not revoked', message: errorText(error) }),
  })
  const ask = () =>
    modals.openConfirmModal({
      title: `Revoke the key ${apiKey.name}?`,
      children: <Text size="sm">Programs that use it lose access at once. This cannot be undone.</Text>,
      labels: { confirm: 'Revoke key', cancel: 'Keep key' },
      confirmProps: { color: 'red' },
      onConfirm: () => revoke.mutate(),
    })
  return (
    <Button
      size="compact-xs"
      variant="default"
      c="red"
      loading={revoke.isPending}
      onClick={ask}
      aria-label={`Revoke the key ${apiKey.name}`}
    >
      Revoke
    </Button>
  )
}
