import type { ConfigInput } from '@/lib/api/exports'
import { formatCount, formatPercent } from '@/lib/format'

const SPLIT_WORDS: Record<string, string> = {
  time: 'split by time',
  group: 'split by group',
  time_group: 'split by time and group',
  random: 'split at random',
}
const ADDRESS_WORDS: Record<string, string> = {
  token: 'addresses as tokens',
  truncate: 'address prefixes only',
  drop: 'addresses removed',
  keep: 'addresses kept',
}

/** Return the enabled training options in a few words each. */
export function trainingSummary(config: ConfigInput): string[] {
  const { split, labels, deduplicate, sample, order, templates, sequences, fields } = config
  const words = [
    split && SPLIT_WORDS[split.mode ?? ''],
    labels && 'labels',
    deduplicate && (deduplicate.mode === 'burst' ? 'bursts collapsed' : 'duplicates removed'),
    sample?.share && `${formatPercent(sample.share)} of rows`,
    sample?.rows && `${formatCount(sample.rows)} rows`,
    order && 'shuffled',
    templates && 'templates',
    sequences && 'sequences',
    fields && 'selected columns',
  ]
  return words.filter((word): word is string => typeof word === 'string')
}

/** Return the enabled privacy options in a few words. */
export function privacySummary({ privacy }: ConfigInput): string[] {
  return privacy ? [ADDRESS_WORDS[privacy.addresses ?? ''] ?? 'addresses replaced'] : []
}
