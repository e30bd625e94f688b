import {
  type UploadBody,
  type UploadReport,
  announceUpload,
  cancelUpload,
  getUpload,
  sendContent,
} from '@/lib/api/ingest'
import { ProblemError } from '@/lib/api/problem'

/** Reading options of the files. The queue adds the name, size and time of each file. */
export type ReadingOptions = Omit<UploadBody, 'name' | 'size_bytes' | 'modified_at'>

export interface QueuedFile {
  key: number
  file: File
  options: ReadingOptions
  state: 'waiting' | 'sending' | 'completed' | 'failed' | 'cancelled'
  uploadId: string | null
  /** The final report of the service. */
  report: UploadReport | null
  error: Error | null
}

const BUSY_WAIT_MS = 2_000

/**
 * Uploads files one after the other. It lives outside of the screens, so that uploads continue on other
 * screens.
 */
export class UploadQueue {
  private items: readonly QueuedFile[] = []
  private readonly listeners = new Set<() => void>()
  private readonly aborts = new Map<number, AbortController>()
  private isRunning = false
  private nextKey = 1
  private readonly onLoaded: () => void

  constructor(onLoaded: () => void) {
    this.onLoaded = onLoaded
  }

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  readonly snapshot = () => this.items

  add(files: readonly File[], options: ReadingOptions) {
    const added = files.map((file): QueuedFile => ({
      key: this.nextKey++,
      file,
      options,
      state: 'waiting',
      uploadId: null,
      report: null,
      error: null,
    }))
    this.set([...this.items, ...added])
    void this.run()
  }

  /** Stop one file. Loaded rows stay. */
  cancel(key: number) {
    const item = this.items.find((one) => one.key === key)
    if (item === undefined) return
    this.change(key, { state: 'cancelled' })
    if (item.uploadId !== null) void cancelUpload(item.uploadId).catch(() => undefined)
    this.aborts.get(key)?.abort()
  }

  /** Send a file again: the service resumes where it stopped. */
  retry(key: number) {
    this.change(key, { state: 'waiting', uploadId: null, report: null, error: null })
    void this.run()
  }

  /** Remove finished files from the list. */
  clear() {
    this.set(this.items.filter(({ state }) => state === 'waiting' || state === 'sending'))
  }

  private async run() {
    if (this.isRunning) return
    this.isRunning = true
    try {
      for (;;) {
        const next = this.items.find(({ state }) => state === 'waiting')
        if (next === undefined) return
        await this.load(next)
        this.onLoaded()
      }
    } finally {
      this.isRunning = false
    }
  }

  private async load({ key, file, options }: QueuedFile) {
    const abort = new AbortController()
    this.aborts.set(key, abort)
    this.change(key, { state: 'sending' })
    let uploadId: string | null = null
    try {
      uploadId = await this.announce(file, options, abort.signal)
      this.change(key, { uploadId })
      this.end(key, await sendContent(uploadId, file, abort.signal))
    } catch (error) {
      if (!abort.signal.aborted) await this.explain(key, uploadId, error as Error)
    } finally {
      this.aborts.delete(key)
    }
  }

  /** Announce a file, and wait until the service accepts it. */
  private async announce(file: File, options: ReadingOptions, signal: AbortSignal): Promise<string> {
    for (;;) {
      signal.throwIfAborted()
      try {
        const modified = new Date(file.lastModified)
        const announced = await announceUpload({
          ...options,
          name: file.name,
          size_bytes: file.size,
          modified_at: Number.isNaN(modified.getTime()) ? null : modified.toISOString(),
        })
        return announced.upload_id
      } catch (error) {
        if (!(error instanceof ProblemError) || error.problem.status !== 429) throw error
        await new Promise((resolve) => setTimeout(resolve, BUSY_WAIT_MS))
      }
    }
  }

  /** An error during a body often reaches the browser as a closed connection: ask for the reason. */
  private async explain(key: number, uploadId: string | null, error: Error) {
    const report = uploadId === null ? null : await getUpload(uploadId).catch(() => null)
    if (report?.status === 'completed') this.end(key, report)
    else {
      const told = !(error instanceof ProblemError) && report?.error_message
      this.change(key, { state: 'failed', report, error: told ? new Error(told) : error })
    }
  }

  private end(key: number, report: UploadReport) {
    this.change(key, { state: 'completed', report })
  }

  private change(key: number, changes: Partial<QueuedFile>) {
    this.set(
      this.items.map((item) =>
        // A cancelled file stays cancelled until it is sent again.
        item.key === key && (item.state !== 'cancelled' || changes.state === 'waiting')
          ? { ...item, ...changes }
          : item,
      ),
    )
  }

  private set(items: readonly QueuedFile[]) {
    this.items = items
    for (const listener of this.listeners) listener()
  }
}
