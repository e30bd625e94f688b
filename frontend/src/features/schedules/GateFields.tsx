import { Checkbox, SimpleGrid, Stack, Switch, Text, TextInput } from '@mantine/core'
import { NumberField } from '@/components/NumberField'
import { PercentField } from '@/components/PercentField'
import type { ScheduleFieldsProps } from './ScheduleEditor'
import type { GateForm } from './gate'

interface GateFieldsProps extends ScheduleFieldsProps {
  /** A gate judges versions: without a dataset there are none. */
  hasDataset: boolean
}

/** What holds a new version, so that a person looks at it before it becomes the latest. */
export function GateFields({ form, onChange, errors, hasDataset }: GateFieldsProps) {
  const { gate } = form
  const set = (changes: Partial<GateForm>) => onChange({ gate: { ...gate, ...changes } })
  const errorOf = (name: string) => errors[`gate.${name}`] ?? errors[name]
  const order = ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[]
  const field = { inputWrapperOrder: order, placeholder: 'No limit' }
  const ratio = { ...field, min: 0, step: 0.1, allowNegative: false }
  return (
    <Stack gap="sm">
      <Switch
        label="Hold versions that break a limit"
        description="A held version does not become the latest one until a person publishes it."
        checked={gate.isOn}
        onChange={(event) => set({ isOn: event.currentTarget.checked })}
        error={errors['gate']}
      />
      {gate.isOn && !hasDataset && (
        <Text size="sm">The config names no dataset, so there is no version to hold.</Text>
      )}
      {gate.isOn && (
        <>
          <Checkbox
            label="Hold if data types, columns or their types change"
            checked={gate.holdsSchemaChange}
            onChange={(event) => set({ holdsSchemaChange: event.currentTarget.checked })}
            error={errorOf('schema_change')}
          />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <NumberField
              label="Fewest rows"
              description="As a ratio to the usual number of rows."
              {...ratio}
              value={gate.minRatio}
              onChange={(minRatio) => set({ minRatio })}
              error={errorOf('rows.min_ratio')}
            />
            <NumberField
              label="Most rows"
              description="As a ratio to the usual number of rows."
              {...ratio}
              value={gate.maxRatio}
              onChange={(maxRatio) => set({ maxRatio })}
              error={errorOf('rows.max_ratio')}
            />
            <PercentField
              label="Rejected rows"
              description="Largest share of the rows of a data type."
              {...field}
              value={gate.rejects}
              onChange={(rejects) => set({ rejects })}
              error={errorOf('max_reject_ratio')}
            />
            <PercentField
              label="Drift of a column"
              description="Largest distance of its values from the version before."
              {...field}
              value={gate.drift}
              onChange={(drift) => set({ drift })}
              error={errorOf('max_drift')}
            />
            <PercentField
              label="Change of a class"
              description="Largest change of the share of a label or level."
              {...field}
              value={gate.classChange}
              onChange={(classChange) => set({ classChange })}
              error={errorOf('max_class_change')}
            />
            <TextInput
              label="Test set"
              description="No row of this frozen test set may be in a version."
              inputWrapperOrder={order}
              placeholder="None"
              autoComplete="off"
              spellCheck={false}
              value={gate.testSet}
              onChange={(event) => set({ testSet: event.currentTarget.value.trim() })}
              error={errorOf('test_set.name') ?? errorOf('test_set')}
            />
          </SimpleGrid>
        </>
      )}
    </Stack>
  )
}
