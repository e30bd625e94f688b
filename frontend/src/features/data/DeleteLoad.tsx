import { Button, Text } from '@mantine/core'
import { modals } from '@mantine/modals'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { sourceKeys } from '@/lib/api/ingest'
import { deleteLoad } from '@/lib/api/loads'
import { plural } from '@/lib/format'

interface DeleteLoadProps {
  sourceId: string
  name: string
}

/** Deletes the rows of a loaded file after a confirmation, so that the file can be loaded again. */
export function DeleteLoad({ sourceId, name }: DeleteLoadProps) {
  const client = useQueryClient()
  const remove = useMutation({
    mutationFn: () => deleteLoad(sourceId),
    onSuccess: (deletion) => {
      const records = plural(deletion.addresses_deleted, 'IP record')
      notifications.show({ message: `Deleted ${plural(deletion.rows_deleted, 'row')} and ${records}.` })
      void client.invalidateQueries({ queryKey: ['datasets'] })
      return client.invalidateQueries({ queryKey: sourceKeys.all })
    },
    onError: (error) =>
      notifications.show({ color: 'red', title: 'The file was not deleted', message: error.message }),
  })

  function ask() {
    modals.openConfirmModal({
      title: 'Delete all rows of this file?',
      children: (
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          This deletes the rows that were loaded from {name}, and what they added to IP records. You can load
          the file again afterwards.
        </Text>
      ),
      labels: { confirm: 'Delete rows', cancel: 'Keep' },
      confirmProps: { color: 'red' },
      onConfirm: () => remove.mutate(),
    })
  }

  return (
    <Button
      size="compact-xs"
      variant="default"
      loading={remove.isPending}
      aria-label={`Delete rows of ${name}`}
      onClick={ask}
    >
      Delete
    </Button>
  )
}
