import { Text } from '@mantine/core'
import { modals } from '@mantine/modals'
import { notifications } from '@mantine/notifications'
import { useMutation } from '@tanstack/react-query'
import { useCallback, useState } from 'react'
import { type ExportMetadata, changeMany, titleOf } from '@/lib/api/exports'
import { plural } from '@/lib/format'
import { type HistorySearch, matchingOf } from '@/lib/history'
import { useMay } from '@/lib/session'
import type { Selection } from './HistoryTable'
import { type BulkWork, useBulk } from './useBulk'

const NONE: Selection = new Map()

/** The selected exports, or all that match the filters, and what is done with them. */
export function useSelection(search: HistorySearch) {
  const [selected, setSelected] = useState<Selection>(NONE)
  /** How many the service counted, if all that match are taken. */
  const [matched, setMatched] = useState<number | null>(null)
  const [isTagging, setTagging] = useState(false)
  const mayChange = useMay('exports:write')
  const clear = useCallback(() => {
    setSelected(NONE)
    setMatched(null)
  }, [])
  const select = useCallback((change: React.SetStateAction<Selection>) => {
    setMatched(null)
    setSelected(change)
  }, [])
  const bulk = useBulk(clear)
  const { run } = bulk
  const counting = useMutation({
    mutationFn: () => changeMany({ action: 'delete', matching: matchingOf(search), is_dry_run: true }),
    onSuccess: ({ matched: found }) => setMatched(found ?? 0),
    onError: (error) =>
      notifications.show({ color: 'red', title: 'The exports were not counted', message: error.message }),
  })
  const count = matched ?? selected.size
  const what: Pick<BulkWork, 'ids' | 'matching'> =
    matched === null ? { ids: [...selected.keys()] } : { matching: matchingOf(search) }

  const askToDelete = useCallback(
    (row: ExportMetadata) =>
      confirmDeletion(`Delete ${titleOf(row)}?`, () => run({ action: 'delete', ids: [row.export_id] }, 1)),
    [run],
  )

  function askToDeleteSelected() {
    const question =
      matched === null
        ? `Delete ${plural(count, 'export')}?`
        : `Delete all ${plural(count, 'export')} that match?`
    confirmDeletion(question, () => run({ action: 'delete', ...what } as BulkWork, count))
  }

  return {
    selected,
    select,
    clear,
    askToDelete,
    isShown: count > 0 || bulk.progress !== null,
    failed: bulk.failed,
    forgetFailed: bulk.forget,
    bar: {
      selected: [...selected.values()],
      matched,
      mayChange,
      progress: bulk.progress,
      onAll: () => counting.mutate(),
      onClear: clear,
      onDelete: askToDeleteSelected,
      onTag: () => setTagging(true),
      onStop: bulk.stop,
    },
    tagDialog: {
      count,
      opened: isTagging,
      onClose: () => setTagging(false),
      onTag: (action: 'tag' | 'untag', tags: string[]) => run({ action, tags, ...what } as BulkWork, count),
    },
  }
}

function confirmDeletion(title: string, onConfirm: () => void) {
  modals.openConfirmModal({
    title,
    children: (
      <Text size="sm">
        This deletes their records and files, and cannot be undone. Queued and running exports stay.
      </Text>
    ),
    labels: { confirm: 'Delete', cancel: 'Keep' },
    confirmProps: { color: 'red' },
    onConfirm,
  })
}
