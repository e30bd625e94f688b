import { Button, Stack, Text } from '@mantine/core'
import { Icon } from '@/components/Icon'
import type { DataType } from '@/lib/api/datasets'
import type { FieldErrors } from './field-errors'
import { FilterRowEditor } from './FilterRowEditor'
import type { FilterRow } from './filters'

interface FilterBuilderProps {
  /** The chosen kinds that are loaded. */
  kinds: DataType[]
  rows: FilterRow[]
  onChange: (rows: FilterRow[]) => void
  errors: FieldErrors
}

/** Conditions on columns, all of which must hold. Offers only what the service allows. */
export function FilterBuilder({ kinds, rows, onChange, errors }: FilterBuilderProps) {
  const errorAt = (index: number, part: string) => errors[`filters.${index}.${part}`]
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        Keep rows that meet every condition. Each condition applies to one data type.
      </Text>
      {rows.map((row, index) => (
        <FilterRowEditor
          key={row.id}
          number={index + 1}
          kinds={kinds}
          row={row}
          columnError={errorAt(index, 'column') ?? errorAt(index, 'operator')}
          valueError={errorAt(index, 'values')}
          onChange={(changed) => onChange(rows.map((other) => (other.id === row.id ? changed : other)))}
          onRemove={() => onChange(rows.filter((other) => other.id !== row.id))}
        />
      ))}
      <div>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<Icon name="plus" size={14} />}
          disabled={kinds.length === 0}
          onClick={() =>
            onChange([...rows, { id: crypto.randomUUID(), kind: '', column: '', operator: 'eq', values: [] }])
          }
        >
          Add condition
        </Button>
      </div>
    </Stack>
  )
}
