import { ActionIcon, Group, Select, Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'
import { Icon } from '@/components/Icon'
import type { DataType, DatasetFilter } from '@/lib/api/datasets'
import { FilterValueInput } from './FilterValueInput'
import { type FilterRow, operatorLabel, takesList } from './filters'

interface FilterRowEditorProps {
  number: number
  kinds: DataType[]
  row: FilterRow
  onChange: (row: FilterRow) => void
  onRemove: () => void
  columnError?: ReactNode
  valueError?: ReactNode
}

/** One condition: column, operator, value. */
export function FilterRowEditor(props: FilterRowEditorProps) {
  const { number, kinds, row, onChange, onRemove, columnError, valueError } = props
  const filter = findFilter(kinds, row)

  function chooseColumn(place: string | null) {
    const [kind = '', column = ''] = (place ?? '').split('/')
    const chosen = findFilter(kinds, { kind, column })
    const operator = chosen?.operators.includes(row.operator) ? row.operator : (chosen?.operators[0] ?? 'eq')
    onChange({ ...row, kind, column, operator, type: chosen?.type, values: startValues(operator) })
  }

  function chooseOperator(operator: string) {
    const isSameShape = takesList(operator) === takesList(row.operator) && row.operator !== 'is_null'
    const values = isSameShape && operator !== 'is_null' ? row.values : startValues(operator)
    onChange({ ...row, operator, values })
  }

  return (
    <Group gap="xs" align="flex-start" role="group" aria-label={`Condition ${number}`}>
      <Select
        aria-label="Column"
        placeholder="Column"
        data={columnChoices(kinds, row)}
        value={row.column === '' ? null : `${row.kind}/${row.column}`}
        onChange={chooseColumn}
        searchable
        allowDeselect={false}
        error={columnError}
        flex="1 1 150px"
      />
      <Select
        aria-label="Operator"
        data={operatorChoices(filter, row.operator)}
        value={row.operator}
        onChange={(operator) => operator !== null && chooseOperator(operator)}
        allowDeselect={false}
        disabled={row.column === ''}
        flex="1 1 130px"
      />
      <FilterValueInput
        filter={filter}
        row={row}
        onChange={(values) => onChange({ ...row, values })}
        error={valueError}
      />
      <Tooltip label="Remove">
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          onClick={onRemove}
          aria-label={`Remove condition ${number}`}
        >
          <Icon name="close" size={16} />
        </ActionIcon>
      </Tooltip>
    </Group>
  )
}

function startValues(operator: string): string[] {
  return operator === 'is_null' ? ['true'] : []
}

/** A column without a kind, as old configs have, means every kind that has it. */
function findFilter(kinds: DataType[], place: { kind: string; column: string }): DatasetFilter | undefined {
  const owners = place.kind === '' ? kinds : kinds.filter((kind) => kind.kind === place.kind)
  return owners.flatMap((kind) => kind.filters).find((filter) => filter.name === place.column)
}

function columnChoices(kinds: DataType[], row: FilterRow) {
  const groups = kinds.map((kind) => ({
    group: kind.title,
    items: kind.filters.map((filter) => ({ value: `${kind.kind}/${filter.name}`, label: filter.name })),
  }))
  const chosen = `${row.kind}/${row.column}`
  const isListed = groups.some((group) => group.items.some((item) => item.value === chosen))
  if (row.column === '' || isListed) return groups
  const group = row.kind === '' ? 'All data types' : `${row.kind} (not selected)`
  return [...groups, { group, items: [{ value: chosen, label: row.column }] }]
}

function operatorChoices(filter: DatasetFilter | undefined, chosen: string) {
  const names = filter?.operators ?? [chosen]
  const listed = names.includes(chosen) ? names : [...names, chosen]
  return listed.map((name) => ({ value: name, label: operatorLabel(name) }))
}
