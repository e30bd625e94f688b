/** The part of `manifest.json` that the pages show. */
export interface SplitFacts {
  rows: number
  first: string | null
  last: string | null
}

/** Rows of the later split that have something in common with the earlier one. */
export interface SharedRows {
  columns: string[]
  rows: number
  /** From 0 to 1, of the later split. */
  share: number
}

export const MEASURES = ['exact', 'near', 'template', 'groups'] as const
export type Measure = (typeof MEASURES)[number]

/** What two splits share; null if it was not measured, with the reason in `not_checked`. */
export interface LeakagePair extends Record<Measure, SharedRows | null> {
  a: string
  b: string
  time: { overlap: boolean; gap_seconds: number } | null
  not_checked?: Record<string, string>
}

export interface KindProof {
  read: number
  written: number
  rejected: number
  deduplicated: number
  sampled_out?: number
  splits?: Record<string, SplitFacts>
  /** By split: how many rows have the label 1, 0 and none. */
  labels?: Record<string, Record<'1' | '0' | 'null', number> | null>
  leakage?: LeakagePair[]
  privacy?: {
    replaced: Record<string, number>
    /** By column and type; older manifests lack it. */
    replaced_by_column?: Record<string, Record<string, number>>
    residue_scan: { files: number; rows: number; residues: number }
  }
}

export interface PrivacyFacts {
  addresses: string
  tokens: string[]
  secrets: string
  key_id?: string | null
}

export interface Manifest {
  kinds: Record<string, KindProof>
  privacy?: PrivacyFacts
}
