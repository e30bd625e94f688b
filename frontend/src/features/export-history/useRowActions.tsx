import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { type ConfigInput, type ExportMetadata, createExport, exportKeys } from '@/lib/api/exports'
import type { RowActions } from './RowMenu'

interface Handlers {
  onCompare: (row: ExportMetadata) => void
  onDelete: (row: ExportMetadata) => void
}

/** The actions of a row's menu, and the export that is being named. */
export function useRowActions({ onCompare, onDelete }: Handlers) {
  const client = useQueryClient()
  const [named, setNamed] = useState<ExportMetadata | null>(null)
  const { mutate: runAgain } = useMutation({
    mutationFn: ({ export_config, name, tags }: ExportMetadata) =>
      createExport(export_config as unknown as ConfigInput, crypto.randomUUID(), { name, tags }),
    onSuccess: () => {
      notifications.show({ message: 'A new export with the same config is queued.' })
      return client.invalidateQueries({ queryKey: exportKeys.lists })
    },
    onError: (error) =>
      notifications.show({ color: 'red', title: 'The new export was not created', message: error.message }),
  })
  const actions: RowActions = useMemo(
    () => ({ name: setNamed, runAgain, compare: onCompare, remove: onDelete }),
    [runAgain, onCompare, onDelete],
  )
  return { actions, named, closeNaming: () => setNamed(null) }
}
