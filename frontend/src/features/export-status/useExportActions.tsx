import { Text } from '@mantine/core'
import { modals } from '@mantine/modals'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import {
  type ConfigInput,
  cancelExport,
  createExport,
  deleteExport,
  exportKeys,
  retryExport,
} from '@/lib/api/exports'

function tellError(title: string) {
  return (error: Error) => notifications.show({ color: 'red', title, message: error.message })
}

/** Actions on an export: cancel, retry, run again, delete. Destructive ones ask for confirmation. */
export function useExportActions(exportId: string, onDeleted: () => void, onCreated: (id: string) => void) {
  const client = useQueryClient()
  const reload = () => client.invalidateQueries({ queryKey: exportKeys.all })
  const cancel = useMutation({
    mutationFn: () => cancelExport(exportId),
    onSuccess: reload,
    onError: tellError('The export was not cancelled'),
  })
  const retry = useMutation({
    mutationFn: () => retryExport(exportId),
    onSuccess: reload,
    onError: tellError('The export was not retried'),
  })
  const runAgain = useMutation({
    mutationFn: (config: Record<string, unknown>) => createExport(config as ConfigInput, crypto.randomUUID()),
    onSuccess: (created) => {
      void client.invalidateQueries({ queryKey: exportKeys.lists })
      notifications.show({ message: 'A new export with the same config is queued.' })
      onCreated(created.export_id)
    },
    onError: tellError('The new export was not created'),
  })
  const remove = useMutation({
    mutationFn: () => deleteExport(exportId),
    onSuccess: (deletion) => {
      client.removeQueries({ queryKey: exportKeys.one(exportId) })
      void client.invalidateQueries({ queryKey: exportKeys.lists })
      const what = deletion.files_deleted
        ? 'Export and files deleted.'
        : 'Export deleted. Its folder is kept.'
      notifications.show({ message: what })
      onDeleted()
    },
    onError: tellError('The export was not deleted'),
  })

  function askToCancel() {
    modals.openConfirmModal({
      title: 'Cancel this export?',
      children: (
        <Text size="sm">The export stops within seconds. Retry resumes from the finished partitions.</Text>
      ),
      labels: { confirm: 'Cancel export', cancel: 'Keep running' },
      confirmProps: { color: 'red' },
      onConfirm: () => cancel.mutate(),
    })
  }

  function askToDelete() {
    modals.openConfirmModal({
      title: 'Delete this export?',
      children: <Text size="sm">This deletes its record and files, and cannot be undone.</Text>,
      labels: { confirm: 'Delete export', cancel: 'Keep export' },
      confirmProps: { color: 'red' },
      onConfirm: () => remove.mutate(),
    })
  }

  return { cancel, retry, runAgain, remove, askToCancel, askToDelete }
}
