import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { type BulkFailure, type BulkRequest, changeMany, exportKeys } from '@/lib/api/exports'
import { plural } from '@/lib/format'

/** As many as the service takes at once, with some progress between. */
const IDS_AT_ONCE = 25

export type BulkWork = Pick<BulkRequest, 'action' | 'tags'> &
  (
    | { ids: string[]; matching?: undefined }
    | { ids?: undefined; matching: NonNullable<BulkRequest['matching']> }
  )

export interface BulkProgress {
  done: number
  failed: BulkFailure[]
  total: number
}

const DONE = { delete: 'Deleted', tag: 'Tagged', untag: 'Removed tags of' } as const

/** Changes many exports batch by batch, tells how far it is, and can be stopped between two batches. */
export function useBulk(onDone: () => void) {
  const client = useQueryClient()
  const [progress, setProgress] = useState<BulkProgress | null>(null)
  const [failed, setFailed] = useState<BulkFailure[]>([])
  const isStopped = useRef(false)
  const work = useMutation({
    mutationFn: async ({ wanted, total }: { wanted: BulkWork; total: number }) => {
      isStopped.current = false
      const state: BulkProgress = { done: 0, failed: [], total }
      setProgress(state)
      for await (const batch of batches(wanted, () => isStopped.current)) {
        state.done += batch.done
        state.failed = [...state.failed, ...batch.failed]
        setProgress({ ...state })
      }
      return { ...state, action: wanted.action }
    },
    onSuccess: ({ done, failed: left, action }) => {
      if (done > 0) notifications.show({ message: `${DONE[action]} ${plural(done, 'export')}.` })
      setFailed(left)
      onDone()
    },
    onError: (error) =>
      notifications.show({ color: 'red', title: 'Not all exports were changed', message: error.message }),
    onSettled: () => {
      setProgress(null)
      return client.invalidateQueries({ queryKey: exportKeys.all })
    },
  })
  return {
    run: (wanted: BulkWork, total: number) => work.mutate({ wanted, total }),
    stop: () => {
      isStopped.current = true
    },
    progress,
    failed,
    forget: () => setFailed([]),
  }
}

async function* batches(wanted: BulkWork, isStopped: () => boolean) {
  if (wanted.matching === undefined) {
    let left = wanted.ids
    while (left.length > 0 && !isStopped()) {
      const batch = await changeMany({ ...wanted, ids: left.slice(0, IDS_AT_ONCE) })
      // A batch that takes long ends before its last id.
      left = left.slice(Math.max(1, batch.done + batch.failed.length))
      yield batch
    }
    return
  }
  let place: Pick<BulkRequest, 'until' | 'after'> = {}
  while (!isStopped()) {
    const batch = await changeMany({ ...wanted, ...place })
    yield batch
    if (!batch.after) return
    place = { until: batch.until, after: batch.after }
  }
}
