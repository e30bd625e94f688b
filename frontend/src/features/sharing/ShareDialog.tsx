import { Button, Checkbox, Group, Modal, Stack, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ErrorNotice } from '@/components/ErrorNotice'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { UserNames } from '@/components/UserNames'
import { exportKeys } from '@/lib/api/exports'
import { fieldMessages } from '@/lib/api/problem'
import { type Share, replaceShares, sharesQuery } from '@/lib/api/sharing'

const ROLES = ['exporter', 'viewer'] as const

interface ShareDialogProps {
  exportId: string
  opened: boolean
  onClose: () => void
}

/** Who else may read an export. */
export function ShareDialog({ exportId, opened, onClose }: ShareDialogProps) {
  const shares = useQuery({ ...sharesQuery(exportId), enabled: opened })
  return (
    <Modal opened={opened} onClose={onClose} title="Share this export">
      <QueryView query={shares} errorTitle="The shares could not be loaded" loading={<LoadingLines />}>
        {(found) => <ShareForm exportId={exportId} shares={found} onClose={onClose} />}
      </QueryView>
    </Modal>
  )
}

interface ShareFormProps {
  exportId: string
  shares: Share[]
  onClose: () => void
}

function ShareForm({ exportId, shares, onClose }: ShareFormProps) {
  const client = useQueryClient()
  const [users, setUsers] = useState(shares.flatMap(({ user_name }) => user_name ?? []))
  const [roles, setRoles] = useState(shares.flatMap(({ role }) => role ?? []))
  const call = useMutation({
    // Roles that the form doesn't offer, such as admin, are kept.
    mutationFn: () => replaceShares(exportId, { users, roles: roles as (typeof ROLES)[number][] }),
    onSuccess: (list) => {
      client.setQueryData(sharesQuery(exportId).queryKey, list.shares)
      notifications.show({ message: list.shares.length > 0 ? 'Shares saved.' : 'The export is not shared.' })
      onClose()
      return client.invalidateQueries({ queryKey: exportKeys.all })
    },
  })
  const messages = fieldMessages(call.error)
  const wrongUsers = Object.entries(messages).find(([field]) => field.startsWith('users'))?.[1]
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        call.mutate()
      }}
    >
      <Stack gap="sm">
        <Text size="sm">
          Accounts with a share may see and download the export. They can&apos;t change, share or delete it.
        </Text>
        <UserNames label="Accounts" value={users} onChange={setUsers} error={wrongUsers} />
        <Checkbox.Group
          label="Roles"
          description="Everyone with the role."
          value={roles}
          onChange={setRoles}
          error={messages['roles']}
        >
          <Group gap="md" mt={6}>
            {ROLES.map((role) => (
              <Checkbox key={role} value={role} label={role} />
            ))}
          </Group>
        </Checkbox.Group>
        {call.error && !wrongUsers && !messages['roles'] && (
          <ErrorNotice error={call.error} title="The shares were not saved" />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={call.isPending}>
            Save shares
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
