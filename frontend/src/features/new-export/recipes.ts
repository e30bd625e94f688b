import type { ConfigInput } from '@/lib/api/exports'
import { DEFAULT_FORM, formToConfig } from './form'

/** A complete config for a common purpose. */
export interface Recipe {
  name: string
  description: string
  config: ConfigInput
}

const START = formToConfig(DEFAULT_FORM)
const EMBARGO_SECONDS = 300

export const RECIPES: Recipe[] = [
  {
    name: 'Anomaly detection',
    description:
      'Log lines with a label from the anomalies, split by time. Lines without an anomaly count as normal.',
    config: {
      ...START,
      data_types: ['logs'],
      labels: { assume_normal: true },
      split: { mode: 'time', embargo_seconds: EMBARGO_SECONDS },
    },
  },
  {
    name: 'Log sequences',
    description:
      'Templates of the messages, and sequences of 100 of them for each device, for language models of logs.',
    config: { ...START, data_types: ['logs'], split: { mode: 'time' }, templates: {}, sequences: {} },
  },
  {
    name: 'Private dataset to share',
    description: 'Addresses, names and secrets are replaced, and ids numbered anew. Needs a key.',
    config: {
      ...START,
      data_types: ['logs'],
      privacy: { addresses: 'prefix_preserving', renumber_ids: true },
    },
  },
]
