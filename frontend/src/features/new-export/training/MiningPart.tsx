import { MultiSelect, SimpleGrid, Switch } from '@mantine/core'
import { NumberField } from '@/components/NumberField'
import { PercentField } from '@/components/PercentField'
import type { FieldErrors } from '@/features/new-export/field-errors'
import { MASKS, type MiningForm } from './mining'
import { Part } from './Part'
import { SequenceOptions } from './SequenceOptions'

const MASK_WORDS: Record<string, string> = {
  quoted: 'Text in double quotes',
  uuid: 'UUIDs',
  mac: 'Hardware addresses',
  ip: 'IP addresses',
  time: 'Dates and times',
  path: 'Paths',
  num: 'Numbers',
  hex: 'Hexadecimal digits',
}

interface MiningPartProps {
  value: MiningForm
  onChange: (value: MiningForm) => void
  errors: FieldErrors
}

/** The templates of log messages, and sequences of them. */
export function MiningPart({ value, onChange, errors }: MiningPartProps) {
  const set = (changes: Partial<MiningForm>) => onChange({ ...value, ...changes })
  return (
    <>
      <Part title="Templates" error={errors['templates']}>
        <Switch
          label="Find the templates of log messages"
          description="Each line gets the id of its template and the values in it. Found in train alone; a table lists them."
          checked={value.hasTemplates}
          onChange={(event) => set({ hasTemplates: event.currentTarget.checked })}
        />
        {value.hasTemplates && (
          <>
            <MultiSelect
              label="Values by their form"
              description="These are values wherever they stand, and no part of a template."
              data={MASKS.map((name) => ({ value: name, label: MASK_WORDS[name] ?? name }))}
              value={value.masks}
              // In their own order: chosen anew, they are the same.
              onChange={(masks) => set({ masks: MASKS.filter((name) => masks.includes(name)) })}
              error={errors['templates.masks']}
            />
            <SimpleGrid cols={{ base: 1, xs: 3 }}>
              <PercentField
                label="Similarity"
                description="Equal words in one template."
                value={value.similarity}
                onChange={(similarity) => set({ similarity })}
                error={errors['templates.similarity']}
              />
              <NumberField
                label="First words"
                description="That all lines share."
                min={1}
                allowDecimal={false}
                value={value.prefixTokens}
                onChange={(prefixTokens) => set({ prefixTokens })}
                error={errors['templates.prefix_tokens']}
              />
              <NumberField
                label="Most templates"
                description="Others are unknown."
                min={1}
                step={1000}
                allowDecimal={false}
                thousandSeparator=","
                value={value.maxTemplates}
                onChange={(maxTemplates) => set({ maxTemplates })}
                error={errors['templates.max_templates']}
              />
            </SimpleGrid>
          </>
        )}
      </Part>
      <Part title="Sequences" error={errors['sequences']}>
        <Switch
          label="Cut each device's templates into sequences"
          description="A table of its own, for models that read sequences. Never across a cut of the splits."
          checked={value.hasSequences}
          onChange={(event) => set({ hasSequences: event.currentTarget.checked })}
        />
        {value.hasSequences && <SequenceOptions value={value} onChange={onChange} errors={errors} />}
      </Part>
    </>
  )
}
