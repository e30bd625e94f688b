import { Button, CloseButton, Group, Paper, Select, Text, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useState } from 'react'
import { Icon } from '@/components/Icon'
import type { RowColumn } from '@/lib/api/rows'
import { type Condition, conditionText, conditionsText, parseConditions, typedValue } from './conditions'

interface RowFiltersProps {
  columns: RowColumn[]
  search: string | undefined
  filters: string | undefined
  onChange: (changes: { search?: string; filters?: string }) => void
}

const TYPING_MS = 400

/** The search, the conditions that rows must meet, and a line to add one if there are columns. */
export function RowFilters({ columns, search, filters, onChange }: RowFiltersProps) {
  const [text, setText] = useState(search ?? '')
  const [isAdding, setAdding] = useState(false)
  const conditions = parseConditions(filters)
  const send = useDebouncedCallback((typed: string) => onChange({ search: typed || undefined }), TYPING_MS)
  return (
    <>
      <Group gap="xs" align="center">
        <TextInput
          aria-label="Search in all columns"
          placeholder="Search in all columns"
          leftSection={<Icon name="search" size={16} />}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value)
            send(event.currentTarget.value)
          }}
          size="xs"
          flex="0 1 260px"
        />
        {columns.length > 0 && (
          <Button
            size="xs"
            variant="default"
            aria-expanded={isAdding}
            leftSection={<Icon name="plus" size={14} />}
            onClick={() => setAdding(!isAdding)}
          >
            Filter
          </Button>
        )}
        {conditions.map((condition, index) => (
          <Paper key={`${condition.column} ${condition.operator}`} withBorder px={8} py={1}>
            <Group gap={4} wrap="nowrap">
              <Text size="xs">{conditionText(columns, condition)}</Text>
              <CloseButton
                size="xs"
                aria-label={`Remove: ${conditionText(columns, condition)}`}
                onClick={() => {
                  onChange({ filters: conditionsText(conditions.filter((_, at) => at !== index)) })
                }}
              />
            </Group>
          </Paper>
        ))}
      </Group>
      {isAdding && columns.length > 0 && (
        <NewCondition
          columns={columns}
          onAdd={(condition) => {
            setAdding(false)
            onChange({ filters: conditionsText([...conditions, condition]) })
          }}
        />
      )}
    </>
  )
}

interface NewConditionProps {
  columns: RowColumn[]
  onAdd: (condition: Condition) => void
}

function NewCondition({ columns, onAdd }: NewConditionProps) {
  const [column, setColumn] = useState<RowColumn | undefined>(undefined)
  const [operator, setOperator] = useState('eq')
  const [value, setValue] = useState('')
  const choose = (name: string | null) => {
    const chosen = columns.find((each) => each.name === name)
    setColumn(chosen)
    if (chosen && !chosen.operators.some((each) => each.name === operator)) {
      setOperator(chosen.operators[0]?.name ?? 'is_null')
    }
  }
  const isFlag = operator === 'is_null'
  return (
    <form
      aria-label="New filter"
      onSubmit={(event) => {
        event.preventDefault()
        if (column) onAdd({ column: column.name, operator, value: typedValue(operator, value) })
      }}
    >
      <Group gap="xs">
        <Select
          aria-label="Column"
          placeholder="Column"
          data={columns.filter(({ operators }) => operators.length > 0).map(({ name }) => name)}
          value={column?.name ?? null}
          onChange={choose}
          searchable
          data-autofocus
          size="xs"
          flex="1 1 140px"
          maw={220}
        />
        <Select
          aria-label="Operator"
          data={(column?.operators ?? []).map(({ name, label }) => ({ value: name, label }))}
          value={operator}
          onChange={(name) => name !== null && setOperator(name)}
          disabled={column === undefined}
          allowDeselect={false}
          size="xs"
          flex="1 1 120px"
          maw={180}
        />
        {isFlag ? (
          <Select
            aria-label="Value"
            data={['yes', 'no']}
            value={value === 'no' ? 'no' : 'yes'}
            onChange={(chosen) => setValue(chosen ?? 'yes')}
            allowDeselect={false}
            size="xs"
            flex="2 1 140px"
            maw={300}
          />
        ) : (
          <TextInput
            aria-label="Value"
            placeholder={operator.endsWith('in') ? 'Values, separated by commas' : 'Value'}
            value={value}
            onChange={(event) => setValue(event.currentTarget.value)}
            disabled={column === undefined}
            size="xs"
            flex="2 1 140px"
            maw={300}
          />
        )}
        <Button type="submit" size="xs" disabled={column === undefined || (!isFlag && value === '')}>
          Apply
        </Button>
      </Group>
    </form>
  )
}
