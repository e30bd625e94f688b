import { Text } from '@mantine/core'
import { modals } from '@mantine/modals'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { deleteExport, exportKeys } from '@/lib/api/exports'
import { plural } from '@/lib/format'

/** Delete several exports after a confirmation, and report those that were not deleted. */
export function useBulkDelete(onDone: () => void) {
  const client = useQueryClient()
  const remove = useMutation({
    mutationFn: async (ids: string[]) => {
      const failed: string[] = []
      for (const id of ids) {
        try {
          await deleteExport(id)
        } catch (error) {
          failed.push(`${id.slice(0, 8)}: ${error instanceof Error ? error.message : String(error)}`)
        }
      }
      return { deleted: ids.length - failed.length, failed }
    },
    onSuccess: ({ deleted, failed }) => {
      if (deleted > 0) notifications.show({ message: `Deleted ${plural(deleted, 'export')}.` })
      if (failed.length > 0) {
        notifications.show({
          color: 'red',
          title: 'Some exports were not deleted',
          message: failed.join('; '),
        })
      }
      onDone()
      return client.invalidateQueries({ queryKey: exportKeys.all })
    },
  })

  function ask(ids: string[]) {
    modals.openConfirmModal({
      title: `Delete ${plural(ids.length, 'export')}?`,
      children: <Text size="sm">This deletes their records and files, and cannot be undone.</Text>,
      labels: { confirm: 'Delete', cancel: 'Keep' },
      confirmProps: { color: 'red' },
      onConfirm: () => remove.mutate(ids),
    })
  }

  return { ask, isPending: remove.isPending }
}
