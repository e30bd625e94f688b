import { useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useEffect, useState } from 'react'
import { datasetsQuery } from '@/lib/api/datasets'
import { sourceKeys } from '@/lib/api/ingest'
import { UploadContext } from './upload-context'
import { UploadQueue } from './upload-queue'

interface UploadProviderProps {
  children: ReactNode
}

/** Keeps uploads running across screens, and warns before the page is closed during one. */
export function UploadProvider({ children }: UploadProviderProps) {
  const client = useQueryClient()
  const [queue] = useState(
    () =>
      new UploadQueue(() => {
        void client.invalidateQueries({ queryKey: datasetsQuery().queryKey })
        void client.invalidateQueries({ queryKey: sourceKeys.all })
      }),
  )
  useEffect(() => {
    function ask(event: BeforeUnloadEvent) {
      if (queue.snapshot().some(({ state }) => state === 'sending' || state === 'waiting')) {
        event.preventDefault()
      }
    }
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [queue])
  return <UploadContext value={queue}>{children}</UploadContext>
}
