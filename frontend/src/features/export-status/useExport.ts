import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { ENDED, eventsUrl, exportKeys, exportQuery, progressQuery } from '@/lib/api/exports'
import { followEvents } from './event-stream'

const POLL_MS = 2_000

/**
 * Follow one export from `pending` to its end: by its event stream, and by polling while the stream is broken.
 * All state comes from the service, so that a reload continues.
 */
export function useExport(exportId: string) {
  const client = useQueryClient()
  const [isStreaming, setIsStreaming] = useState(false)
  const details = useQuery(exportQuery(exportId))
  const hasEnded = details.data !== undefined && ENDED.includes(details.data.status)
  const isFollowed = details.data !== undefined && !hasEnded

  const progress = useQuery({
    ...progressQuery(exportId),
    enabled: details.data !== undefined,
    refetchInterval: isFollowed && !isStreaming ? POLL_MS : false,
  })

  useEffect(() => {
    if (!isFollowed) return
    const stop = followEvents(eventsUrl(exportId), {
      onProgress: (report) => client.setQueryData(exportKeys.progress(exportId), report),
      onOpenChange: setIsStreaming,
    })
    return () => {
      stop()
      setIsStreaming(false)
    }
  }, [client, exportId, isFollowed])

  // When the status changes, load the full record with counts, error and attempts.
  const reported = progress.data?.status
  const phase = progress.data?.phase
  useEffect(() => {
    if (reported === undefined) return
    void client.invalidateQueries({ queryKey: exportQuery(exportId).queryKey })
    if (ENDED.includes(reported)) void client.invalidateQueries({ queryKey: exportKeys.lists })
  }, [client, exportId, reported, phase])

  // The record's final status wins: it may arrive before the last report, and polling then stops.
  const status = hasEnded ? details.data.status : (reported ?? details.data?.status)
  return { details, status, progress: progress.data, isStreaming }
}
