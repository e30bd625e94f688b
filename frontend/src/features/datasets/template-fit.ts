import type { Version } from '@/lib/api/named-datasets'
import { formatPercent } from '@/lib/format'

interface Counts {
  rows: number
  added: number
  templates?: { since: number; unmatched: number | null; unmatched_added: number | null }
}

/** Say for each data type with log templates how many of its messages match none, and who mined them. */
export function templateFits(version: Version): string[] {
  return Object.values(version.kinds as Record<string, Counts>).flatMap(({ rows, added, templates }) => {
    if (templates === undefined) return []
    const { since, unmatched, unmatched_added: ofAdded } = templates
    if (ofAdded !== null && added > 0)
      return [`${formatPercent(ofAdded / added)} of new rows match no template of v${since}`]
    if (unmatched !== null && rows > 0)
      return [`${formatPercent(unmatched / rows)} of rows match no template of v${since}`]
    return [`templates of v${since}`]
  })
}
