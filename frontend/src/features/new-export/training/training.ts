import type { ConfigInput } from '@/lib/api/exports'
import { type ColumnsForm, columnsToForm, formToColumns } from './columns'
import { type LabelForm, formToLabels, labelProblems, labelsToForm } from './labels'
import { type MiningForm, formToMining, miningProblems, miningToForm } from './mining'
import { type RowsForm, formToRows, rowsProblems, rowsToForm } from './rows'
import { type SplitForm, formToSplit, splitProblems, splitToForm } from './split'
import type { Problems } from './usual'

/** Options that prepare a dataset for training. The initial values change nothing. */
export interface TrainingForm {
  split: SplitForm
  labels: LabelForm
  rows: RowsForm
  mining: MiningForm
  columns: ColumnsForm
}

/** The config fields in the training section. */
export const TRAINING_FIELDS = [
  'split',
  'labels',
  'deduplicate',
  'sample',
  'order',
  'templates',
  'sequences',
  'fields',
] as const

type TrainingConfig = Pick<ConfigInput, (typeof TRAINING_FIELDS)[number]>

export function trainingToForm(config: TrainingConfig): TrainingForm {
  return {
    split: splitToForm(config.split),
    labels: labelsToForm(config.labels),
    rows: rowsToForm(config),
    mining: miningToForm(config),
    columns: columnsToForm(config.fields),
  }
}

/** Return the part of the config that is not as usual; empty in an untouched form. */
export function formToTraining(form: TrainingForm, kinds: readonly string[]): TrainingConfig {
  const split = formToSplit(form.split)
  const labels = formToLabels(form.labels)
  const fields = formToColumns(form.columns, kinds)
  return {
    ...(split && { split }),
    ...(labels && { labels }),
    ...formToRows(form.rows),
    ...formToMining(form.mining),
    ...(fields && { fields }),
  }
}

export function trainingProblems(form: TrainingForm): Problems {
  return {
    ...splitProblems(form.split),
    ...labelProblems(form.labels),
    ...rowsProblems(form.rows),
    ...miningProblems(form.mining),
  }
}
