import type { ProgressReport } from '@/lib/api/exports'

const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 15_000

interface StreamHandlers {
  onProgress: (report: ProgressReport) => void
  /** Whether the stream works. If not, the caller must poll. */
  onOpenChange: (isOpen: boolean) => void
}

/**
 * Follow an export's events until `stop` is called. The browser reconnects a broken stream. When it gives
 * up, for example after an error response, a new stream is opened with exponential back-off.
 */
export function followEvents(url: string, handlers: StreamHandlers): () => void {
  let source: EventSource | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let waitMs = FIRST_WAIT_MS

  function open() {
    source = new EventSource(url)
    source.addEventListener('open', () => {
      waitMs = FIRST_WAIT_MS
      handlers.onOpenChange(true)
    })
    source.addEventListener('progress', (event: MessageEvent<string>) => {
      const report = parseReport(event.data)
      if (report !== null) handlers.onProgress(report)
    })
    source.addEventListener('error', () => {
      handlers.onOpenChange(false)
      if (source?.readyState !== EventSource.CLOSED) return
      timer = setTimeout(open, waitMs)
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)
    })
  }

  open()
  return () => {
    clearTimeout(timer)
    source?.close()
  }
}

function parseReport(text: string): ProgressReport | null {
  try {
    return JSON.parse(text) as ProgressReport
  } catch {
    return null
  }
}
