import type { Schemas } from '@/lib/api/client'
import { formatBytes, formatCount, formatDuration, plural } from '@/lib/format'

export type RetentionLimits = Schemas['RetentionLimits']

const DAY_SECONDS = 86_400

/** The limits of the settings in words. */
export function retentionText({ days, total_bytes, keep_last }: RetentionLimits): string {
  const removed: string[] = []
  if (days !== null) removed.push(`exports that finished more than ${daysText(days)} ago`)
  if (total_bytes !== null) {
    removed.push(`the oldest exports, while all exports take more than ${formatBytes(total_bytes)}`)
  }
  if (keep_last !== null) removed.push(keptText(keep_last))
  return removed.length === 0
    ? 'Exports are kept until someone deletes them.'
    : `The service deletes automatically: ${removed.join('; ')}.`
}

function daysText(days: number): string {
  return days < 1 ? formatDuration(days * DAY_SECONDS) : plural(days, 'day')
}

function keptText(count: number): string {
  if (count === 0) return 'all finished exports'
  return `all finished exports except the last ${count === 1 ? 'one' : formatCount(count)}`
}
