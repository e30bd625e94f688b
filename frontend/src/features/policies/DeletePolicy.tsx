import { Button, Text } from '@mantine/core'
import { modals } from '@mantine/modals'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type Policy, deletePolicy, policyKeys } from '@/lib/api/policies'
import { errorText } from '@/lib/api/problem'

interface DeletePolicyProps {
  policy: Policy
  onDeleted: () => void
}

/** Deletes a policy when the person confirms it. */
export function DeletePolicy({ policy, onDeleted }: DeletePolicyProps) {
  const client = useQueryClient()
  const remove = useMutation({
    mutationFn: () => deletePolicy(policy.policy_id),
    onSuccess: () => {
      onDeleted()
      notifications.show({ message: `Deleted ${policy.name}.` })
      return client.invalidateQueries({ queryKey: [...policyKeys.all, 'list'] })
    },
    onError: (error) =>
      notifications.show({ color: 'red', title: 'The policy was not deleted', message: errorText(error) }),
  })
  const ask = () =>
    modals.openConfirmModal({
      title: `Delete the policy ${policy.name}?`,
      children: (
        <Text size="sm">
          What it forbade is then allowed, unless another policy forbids it. To keep it for later, turn it
          off.
        </Text>
      ),
      labels: { confirm: 'Delete policy', cancel: 'Keep policy' },
      confirmProps: { color: 'red' },
      onConfirm: () => remove.mutate(),
    })
  return (
    <Button variant="default" c="red" onClick={ask} loading={remove.isPending}>
      Delete
    </Button>
  )
}
