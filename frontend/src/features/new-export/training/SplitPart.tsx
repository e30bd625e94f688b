import { Alert, SegmentedControl, Select, SimpleGrid } from '@mantine/core'
import { DurationField } from '@/components/DurationField'
import { NumberField } from '@/components/NumberField'
import { PercentField } from '@/components/PercentField'
import type { FieldErrors } from '@/features/new-export/field-errors'
import type { DatasetDetails } from '@/lib/api/datasets'
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
  none: 'Everything is train.',
  time: 'What comes first is train, what comes last is test. Rows of the same time stay together.',
  group: 'All rows of a device, or of another value, are in the same split.',
  time_group: 'Cut in time; rows of some groups are never in train, and make a split test_unseen.',
  random: 'Row by row, whatever its time.',
}

interface SplitPartProps {
  value: SplitForm
  onChange: (value: SplitForm) => void
  /** The chosen kinds, as far as they are loaded. */
  kinds: DatasetDetails[]
  errors: FieldErrors
}

/** How rows are divided into train, validation and test. */
export function SplitPart({ value, onChange, kinds, errors }: SplitPartProps) {
  const set = (changes: Partial<SplitForm>) => onChange({ ...value, ...changes })
  const { mode } = value
  return (
    <Part title="Splits">
      <Select
        label="How rows are split"
        description={MODE_HELP[mode]}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        data={SPLIT_MODES.map((name) => ({ value: name, label: MODE_WORDS[name] }))}
        value={mode}
        onChange={(name) => set({ mode: SPLIT_MODES.find((known) => known === name) ?? 'none' })}
        allowDeselect={false}
        error={errors['split']}
      />
      {mode === 'random' && (
        <Alert color="orange" title="A random split leaks">
          Neighbours in time, which are nearly the same, are on both sides of it. A test on it shows more than
          a model can do on what is yet to come.
        </Alert>
      )}
      {isInTime(mode) && (
        <SegmentedControl
          aria-label="Where the cuts are"
          data={[
            { value: 'shares', label: 'Cut by shares' },
            { value: 'dates', label: 'Cut at dates' },
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
            description="Rows less than this after a cut are left out."
            value={value.embargoSeconds}
            onChange={(embargoSeconds) => set({ embargoSeconds })}
            error={errors['split.embargo_seconds']}
          />
        )}
        {hasGroups(mode) && (
          <Select
            label="Group by"
            description="Rows with the same value here belong together."
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            data={groupColumns(kinds, value.by)}
            value={value.by}
            onChange={(by) => by !== null && set({ by })}
            searchable
            allowDeselect={false}
            error={errors['split.by']}
          />
        )}
        {mode === 'time_group' && (
          <PercentField
            label="Unseen groups"
            description="The share of groups that is held out of training."
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            value={value.unseen}
            onChange={(unseen) => set({ unseen })}
            error={errors['split.unseen']}
          />
        )}
        {hasChance(mode) && (
          <NumberField
            label="Seed of the split"
            description="Another seed, another division."
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

/** The columns of text that a chosen kind has, and the one that is set. */
function groupColumns(kinds: DatasetDetails[], chosen: string): string[] {
  const names = kinds.flatMap((kind) =>
    kind.filters.filter(({ type }) => type === 'text').map(({ name }) => name),
  )
  return [...new Set([...names, chosen])]
}
