import type { ProgressReport } from '@/lib/api/exports'

/** Return what the tab of an unfinished export shows, such as "42% · nightly"; undefined for others. */
export function tabTitle(
  title: string,
  status: string | undefined,
  progress: ProgressReport | undefined,
): string | undefined {
  if (status === 'pending') return `Queued · ${title}`
  if (status !== 'running') return undefined
  const { processed_records: done = 0, total_records: all = 0 } = progress ?? {}
  // It isn't done before its files are committed.
  return `${all > 0 ? Math.min(99, Math.floor((100 * done) / all)) : 0}% · ${title}`
}
