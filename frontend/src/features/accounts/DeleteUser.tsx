import { Button, Text } from '@mantine/core'
import { modals } from '@mantine/modals'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type UserRecord, accountKeys, deleteUser } from '@/lib/api/accounts'
import { errorText } from '@/lib/api/problem'

interface DeleteUserProps {
  user: UserRecord
  onDeleted: () => void
}

/** Deletes an account when the person confirms it. */
export function DeleteUser({ user, onDeleted }: DeleteUserProps) {
  const client = useQueryClient()
  const remove = useMutation({
    mutationFn: () => deleteUser(user.user_id),
    onSuccess: () => {
      onDeleted()
      notifications.show({ message: `Deleted ${user.name}.` })
      client.removeQueries({ queryKey: [...accountKeys.users, user.user_id] })
      return client.invalidateQueries({ queryKey: accountKeys.users, exact: true })
    },
    onError: (error) =>
      notifications.show({ color: 'red', title: 'The user was not deleted', message: errorText(error) }),
  })
  const ask = () =>
    modals.openConfirmModal({
      title: `Delete ${user.name}?`,
      children: (
        <Text size="sm">
          Its keys and sessions end at once. Its exports stay, for admins only. This cannot be undone.
        </Text>
      ),
      labels: { confirm: 'Delete user', cancel: 'Keep user' },
      confirmProps: { color: 'red' },
      onConfirm: () => remove.mutate(),
    })
  return (
    <Button variant="default" c="red" onClick={ask} loading={remove.isPending}>
      Delete
    </Button>
  )
}
