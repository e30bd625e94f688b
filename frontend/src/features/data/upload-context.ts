import { createContext, useContext, useSyncExternalStore } from 'react'
import type { UploadQueue } from './upload-queue'

export const UploadContext = createContext<UploadQueue | null>(null)

/** The upload queue and its actions. */
export function useUploads() {
  const queue = useContext(UploadContext)
  if (queue === null) throw new Error('useUploads needs an UploadProvider.')
  return { queue, files: useSyncExternalStore(queue.subscribe, queue.snapshot) }
}
