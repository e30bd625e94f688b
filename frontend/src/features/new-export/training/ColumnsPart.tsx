import { MultiSelect, Stack } from '@mantine/core'
import type { FieldErrors } from '@/features/new-export/field-errors'
import type { DataType } from '@/lib/api/datasets'
import type { ColumnsForm } from './columns'
import { namesOf, ruleOf, useRules } from '@/features/new-export/rules'
import { policiesText } from '@/lib/policy-text'
import { Part } from './Part'

interface ColumnsPartProps {
  value: ColumnsForm
  onChange: (value: ColumnsForm) => void
  /** The chosen kinds that are loaded. */
  kinds: DataType[]
  /** The enabled options that add columns. */
  adding: readonly string[]
  errors: FieldErrors
}

/** Which columns of each kind are written, and in what order. */
export function ColumnsPart({ value, onChange, kinds, adding, errors }: ColumnsPartProps) {
  const rules = useRules()
  return (
    <Part title="Columns" description="Columns are written in the order chosen. Leave empty for all.">
      <Stack gap="sm">
        {kinds.map((kind) => {
          const rule = ruleOf(rules, 'columns', kind.kind)
          const known = kind.columns.map(({ name }) => name)
          const allowed = namesOf(rule)
          return (
            <MultiSelect
              key={kind.kind}
              label={`Columns of ${kind.kind}`}
              description={
                rule &&
                `Choose columns: those that are not in the list are not allowed by the ${policiesText(rule)}.`
              }
              placeholder={value[kind.kind]?.length ? undefined : rule ? 'Required' : 'All columns'}
              data={columnsOf(kind, adding, value[kind.kind] ?? []).filter(
                (name) =>
                  !rule || !known.includes(name) || allowed.includes(name) || isAlwaysAllowed(kind, name),
              )}
              value={value[kind.kind] ?? []}
              onChange={(columns) => onChange({ ...value, [kind.kind]: columns })}
              searchable
              clearable
              hidePickedOptions
              maxDropdownHeight={280}
              nothingFoundMessage="No matching column"
              error={errors[`fields.${kind.kind}`]}
            />
          )
        })}
      </Stack>
    </Part>
  )
}

function columnsOf(kind: DataType, adding: readonly string[], chosen: string[]): string[] {
  const added = adding.flatMap((option) => kind.added?.[option] ?? [])
  return [...new Set([...[...kind.columns, ...added].map(({ name }) => name), ...chosen])]
}

/** Ids and times can't be hidden, so no policy forbids them. */
function isAlwaysAllowed(kind: DataType, name: string): boolean {
  return name === 'id' || name === kind.time_column
}
