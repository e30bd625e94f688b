import { Divider, Stack } from '@mantine/core'
import type { FieldErrors } from '@/features/new-export/field-errors'
import type { DataType } from '@/lib/api/datasets'
import { ColumnsPart } from './ColumnsPart'
import { LabelPart } from './LabelPart'
import { MiningPart } from './MiningPart'
import { RowsPart } from './RowsPart'
import { SplitPart } from './SplitPart'
import type { TrainingForm } from './training'

interface TrainingOptionsProps {
  value: TrainingForm
  onChange: (value: TrainingForm) => void
  /** The chosen kinds that are loaded. */
  kinds: DataType[]
  errors: FieldErrors
}

/** Options that prepare a dataset for training. */
export function TrainingOptions({ value, onChange, kinds, errors }: TrainingOptionsProps) {
  const { split, labels, rows, mining, columns } = value
  const set = (changes: Partial<TrainingForm>) => onChange({ ...value, ...changes })
  return (
    <Stack gap="md">
      <SplitPart
        value={split}
        onChange={(changed) => set({ split: changed })}
        kinds={kinds}
        errors={errors}
      />
      <Divider />
      <LabelPart value={labels} onChange={(changed) => set({ labels: changed })} errors={errors} />
      <Divider />
      <RowsPart value={rows} onChange={(changed) => set({ rows: changed })} errors={errors} />
      <Divider />
      <MiningPart value={mining} onChange={(changed) => set({ mining: changed })} errors={errors} />
      <Divider />
      <ColumnsPart
        value={columns}
        onChange={(changed) => set({ columns: changed })}
        kinds={kinds}
        adding={addingOptions(value)}
        errors={errors}
      />
    </Stack>
  )
}

/** Return the enabled options that add columns, by their names in a config. */
function addingOptions({ labels, rows, mining }: TrainingForm): string[] {
  const isOn = {
    labels: labels.isOn,
    deduplicate: rows.duplicates === 'burst',
    templates: mining.hasTemplates || mining.hasSequences,
  }
  return Object.entries(isOn).flatMap(([option, is]) => (is ? [option] : []))
}
