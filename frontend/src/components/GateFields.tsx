import { Checkbox, Select, SimpleGrid, Stack, Switch, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { testSetsQuery } from '@/lib/api/named-datasets'
import { plural } from '@/lib/format'
import { type GateForm, columnLimits, gateProblems } from '@/lib/gate'
import { NumberField } from './NumberField'
import { PercentField } from './PercentField'

interface GateFieldsProps {
  gate: GateForm
  onChange: (gate: GateForm) => void
  /** Messages of the service by the field of the gate; those for the whole have no name. */
  errors: Record<string, string>
  /** What the gate judges, if that isn't obvious. */
  note?: ReactNode
}

/** What holds a new version, so that a person looks at it before it becomes the latest. */
export function GateFields({ gate, onChange, errors, note }: GateFieldsProps) {
  const set = (changes: Partial<GateForm>) => onChange({ ...gate, ...changes })
  const found = { ...errors, ...gateProblems(gate) }
  const order = ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[]
  const field = { inputWrapperOrder: order, placeholder: 'No limit' }
  const count = { ...field, min: 0, allowDecimal: false, allowNegative: false, thousandSeparator: ',' }
  const ratio = { ...field, min: 0, step: 0.1, allowNegative: false, suffix: ' times' }
  const columns = columnLimits(gate.before)
  return (
    <Stack gap="sm">
      <Switch
        label="Hold versions that break a limit"
        description="A held version doesn't become the latest one until a person publishes it."
        checked={gate.isOn}
        onChange={(event) => set({ isOn: event.currentTarget.checked })}
        error={found['']}
      />
      {gate.isOn && note}
      {gate.isOn && (
        <>
          <Checkbox
            label="Hold if data types, columns or their types change"
            checked={gate.holdsSchemaChange}
            onChange={(event) => set({ holdsSchemaChange: event.currentTarget.checked })}
            error={found['schema_change']}
          />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <NumberField
              label="Fewest rows"
              description="Of all data types. Of an increment, the rows that it adds."
              {...count}
              value={gate.minRows}
              onChange={(minRows) => set({ minRows })}
              error={found['rows.min']}
            />
            <NumberField
              label="Most rows"
              description="Of all data types. Of an increment, the rows that it adds."
              {...count}
              value={gate.maxRows}
              onChange={(maxRows) => set({ maxRows })}
              error={found['rows.max']}
            />
            <NumberField
              label="Fewest rows, to the usual number"
              description="0.2 holds a data type with less than a fifth of its median in the last versions."
              {...ratio}
              value={gate.minRatio}
              onChange={(minRatio) => set({ minRatio })}
              error={found['rows.min_ratio']}
            />
            <NumberField
              label="Most rows, to the usual number"
              description="5 holds a data type with more than five times its median in the last versions."
              {...ratio}
              value={gate.maxRatio}
              onChange={(maxRatio) => set({ maxRatio })}
              error={found['rows.max_ratio']}
            />
            <PercentField
              label="Rejected rows"
              description="Largest share of the rows of a data type that may break a rule."
              {...field}
              value={gate.rejects}
              onChange={(rejects) => set({ rejects })}
              error={found['max_reject_ratio']}
            />
            <PercentField
              label="Drift of a column"
              description="0%: the same values as in the version before. 100%: none in common. Ids and times are left out."
              {...field}
              value={gate.drift}
              onChange={(drift) => set({ drift })}
              error={found['max_drift']}
            />
            <PercentField
              label="Change of a class"
              description="5% holds a version in which errors went from 4% of the rows to 10%."
              {...field}
              value={gate.classChange}
              onChange={(classChange) => set({ classChange })}
              error={found['max_class_change']}
            />
            <TestSetSelect
              value={gate.testSet}
              onChange={(testSet) => set({ testSet })}
              error={found['test_set.name'] ?? found['test_set']}
            />
            {gate.testSet !== null && (
              <PercentField
                label="Rows in the test set"
                description="Largest share of the new rows. 0% allows none."
                {...field}
                placeholder="0%"
                value={gate.testShare}
                onChange={(testShare) => set({ testShare })}
                error={found['test_set.max_share']}
              />
            )}
          </SimpleGrid>
          {columns.length > 0 && (
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
              {plural(columns.length, 'column has', 'columns have')} a drift limit of their own, which stays:{' '}
              {columns.map(([name]) => name).join(', ')}.
            </Text>
          )}
        </>
      )}
    </Stack>
  )
}

interface TestSetSelectProps {
  value: string | null
  onChange: (name: string | null) => void
  error: string | undefined
}

/** The frozen test sets of the service's machine. */
function TestSetSelect({ value, onChange, error }: TestSetSelectProps) {
  const { data } = useQuery(testSetsQuery())
  const options = (data ?? []).map(({ name, rows }) => ({
    value: name,
    label: `${name} (${plural(rows, 'row')})`,
  }))
  const isKnown = value === null || options.some((one) => one.value === value)
  return (
    <Select
      label="Test set"
      description={
        data?.length === 0
          ? 'None is frozen yet. On the service’s machine, run: lumber datasets freeze-test FILES --name NAME'
          : 'Rows of this frozen test set must not be in a version.'
      }
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      placeholder="None"
      data={isKnown ? options : [{ value, label: `${value} (not on this machine)` }, ...options]}
      value={value}
      onChange={onChange}
      clearable
      clearButtonProps={{ 'aria-label': 'No test set' }}
      error={error}
    />
  )
}
