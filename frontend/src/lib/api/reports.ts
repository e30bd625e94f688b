/** Rows, and the first and last of their times. */
export interface TimesCovered {
  rows: number
  first: string
  last: string
}

/** Rows in bins of so many seconds, by how many bins behind the first each is. */
export interface TimeBins {
  seconds: number
  start: string
  places: number[]
  rows: number[]
}

export interface TemplateCounts {
  templates: number
  uncounted: number
  by_rows: { from: number; to: number; templates: number; rows: number }[]
}

export interface SequenceCounts {
  sequences: number
  events: number
  shortest: number | null
  longest: number | null
  by_length: { from: number; to: number; sequences: number }[]
}

/** The quality report of a dataset, per kind; `quality_report.json` in its folder. */
export interface KindQuality {
  rows: number
  fields: Record<string, { completeness: number | null; conformity: number | null; description?: string }>
  levels: Record<string, number> | null
  processes: Record<string, number> | null
  time: {
    first: string | null
    last: string | null
    /** Without rows that lie far out. Datasets of earlier versions lack it. */
    main?: TimesCovered | null
    far_out?: { rows: number; ranges: TimesCovered[] }
    rows_per_day: Record<string, number>
    longest_gaps: { after: string; seconds: number }[]
    /** Of the main part; only bins with rows. Datasets of earlier versions lack them. */
    bins?: TimeBins
    /** Columns that are null in some rows; null if there are none. */
    nulls?: (TimeBins & { columns: Record<string, number[]> }) | null
  }
  /** Templates of the messages, by how many rows have them. */
  templates?: TemplateCounts
  /** Sequences by their number of events. */
  sequences?: SequenceCounts
  rejects_by_rule: Record<string, number>
  changes: Record<string, number>
}

export type QualityReport = Record<string, KindQuality>

/** A row that broke a rule. Its value is whatever the source wrote. */
export interface Reject {
  kind: string
  id: number
  rule: string
  column: string
  value: unknown
  reason: string
}

/** Read JSON Lines; a line that is cut off at the end is left out. */
export function parseRejects(text: string): Reject[] {
  const rejects: Reject[] = []
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    try {
      rejects.push(JSON.parse(line) as Reject)
    } catch {
      break
    }
  }
  return rejects
}
