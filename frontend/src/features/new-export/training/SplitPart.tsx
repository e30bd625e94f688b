import { Alert, SegmentedControl, Select, SimpleGrid } from '@mantine/core'
import { DurationField } from '@/components/DurationField'
import { NumberField } from '@/components/NumberField'
import { PercentField } from '@/components/PercentField'
import type { FieldErrors } from '@/features/new-export/field-errors'
import type { DataType } from '@/lib/api/datasets'
import { Part } from './Part'
import { SplitCuts } from './SplitCuts'
import { type SplitForm, type SplitMode, SPLIT_MODES, hasChance, hasGroups, isInTime } from './split'

const MODE_WORDS: Record<SplitMode, string> = {
  none: 'No split',
  time: 'By time',
  group: 'By group',
  time_group: 'By time, with unseen groups',
  random: 'At random',
}
const MODE_HELP: Record<SplitMode, string> = {
  none: 'All rows are in train.',
  time: 'The earliest rows are train, the latest test. Rows of the same time stay together.',
  group: 'All rows of a device, or of another value, are in one split.',
  time_group: 'Splits by time, and holds some groups out of training as test_unseen.',
  random: 'Assigns each row at random, whatever its time.',
}

interface SplitPartProps {
  value: SplitForm
  onChange: (value: SplitForm) => void
  /** The chosen kinds that are loaded. */
  kinds: DataType[]
  errors: FieldErrors
}

/** How rows are divided into train, validation and test. */
export function SplitPart({ value, onChange, kinds, errors }: SplitPartProps) {
  const set = (changes: Partial<SplitForm>) => onChange({ ...value, ...changes })
  const { mode } = value
  return (
    <Part title="Splits">
      <Select
        label="Split method"
        description={MODE_HELP[mode]}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        data={SPLIT_MODES.map((name) => ({ value: name, label: MODE_WORDS[name] }))}
        value={mode}
        onChange={(name) => set({ mode: SPLIT_MODES.find((known) => known === name) ?? 'none' })}
        allowDeselect={false}
        error={errors['split']}
      />
      {mode === 'random' && (
        <Alert color="orange" title="Random splits leak">
          Rows close in time are nearly equal and end up on both sides. Test results overstate what a model
          does on future data.
        </Alert>
      )}
      {isInTime(mode) && (
        <SegmentedControl
          aria-label="Split boundaries"
          data={[
            { value: 'shares', label: 'By shares' },
            { value: 'dates', label: 'At dates' },
          ]}
          value={value.cutBy}
          onChange={(cutBy) => set({ cutBy: cutBy === 'dates' ? 'dates' : 'shares' })}
        />
      )}
      {mode !== 'none' && <SplitCuts value={value} onChange={onChange} errors={errors} />}
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        {isInTime(mode) && (
          <DurationField
            label="Embargo"
            description="Drops rows less than this long after a cut."
            value={value.embargoSeconds}
            onChange={(embargoSeconds) => set({ embargoSeconds })}
            error={errors['split.embargo_seconds']}
          />
        )}
        {hasGroups(mode) && (
          <Select
            label="Group by"
            description="Rows with the same value stay together."
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            data={groupColumns(kinds, value.by)}
            value={value.by}
            onChange={(by) => by !== null && set({ by })}
            searchable
            allowDeselect={false}
            error={errors['split.by']}
          />
        )}
        {mode === 'group' && (
          <Select
            label="Even shares of"
            description="Each value gets the shares above, as far as whole groups allow."
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            placeholder="No column"
            data={[
              { value: 'log_level', label: 'Log level' },
              { value: 'label', label: 'Label' },
            ]}
            value={value.stratify}
            onChange={(name) => set({ stratify: name === 'log_level' || name === 'label' ? name : null })}
            clearable
            error={errors['split.stratify']}
          />
        )}
        {mode === 'time_group' && (
          <PercentField
            label="Unseen groups"
            description="Share of groups held out of training."
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            value={value.unseen}
            onChange={(unseen) => set({ unseen })}
            error={errors['split.unseen']}
          />
        )}
        {hasChance(mode) && (
          <NumberField
            label="Split seed"
            description="A different seed gives a different split."
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            min={0}
            allowDecimal={false}
            value={value.seed}
            onChange={(seed) => set({ seed })}
            error={errors['split.seed']}
          />
        )}
      </SimpleGrid>
    </Part>
  )
}

/** Return the text columns of the chosen kinds, and the current one. */
function groupColumns(kinds: DataType[], chosen: string): string[] {
  const names = kinds.flatMap((kind) =>
    kind.filters.filter(({ type }) => type === 'text').map(({ name }) => name),
  )
  return [...new Set([...names, chosen])]
}
