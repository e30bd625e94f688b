import { MultiSelect, Stack } from '@mantine/core'
import type { FieldErrors } from '@/features/new-export/field-errors'
import type { DatasetDetails } from '@/lib/api/datasets'
import type { ColumnsForm } from './columns'
import { Part } from './Part'

interface ColumnsPartProps {
  value: ColumnsForm
  onChange: (value: ColumnsForm) => void
  /** The chosen kinds that are loaded. */
  kinds: DatasetDetails[]
  /** The enabled options that add columns. */
  adding: readonly string[]
  errors: FieldErrors
}

/** Which columns of each kind are written, and in what order. */
export function ColumnsPart({ value, onChange, kinds, adding, errors }: ColumnsPartProps) {
  return (
    <Part title="Columns" description="Columns are written in the order chosen. Leave empty for all.">
      <Stack gap="sm">
        {kinds.map((kind) => (
          <MultiSelect
            key={kind.kind}
            label={`Columns of ${kind.kind}`}
            placeholder={value[kind.kind]?.length ? undefined : 'All columns'}
            data={columnsOf(kind, adding, value[kind.kind] ?? [])}
            value={value[kind.kind] ?? []}
            onChange={(columns) => onChange({ ...value, [kind.kind]: columns })}
            searchable
            clearable
            hidePickedOptions
            maxDropdownHeight={280}
            nothingFoundMessage="No matching column"
            error={errors[`fields.${kind.kind}`]}
          />
        ))}
      </Stack>
    </Part>
  )
}

function columnsOf(kind: DatasetDetails, adding: readonly string[], chosen: string[]): string[] {
  const added = adding.flatMap((option) => kind.added?.[option] ?? [])
  return [...new Set([...[...kind.columns, ...added].map(({ name }) => name), ...chosen])]
}
