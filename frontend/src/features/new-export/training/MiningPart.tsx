import { MultiSelect, SimpleGrid, Switch, TagsInput, Textarea } from '@mantine/core'
import { NumberField } from '@/components/NumberField'
import { PercentField } from '@/components/PercentField'
import type { FieldErrors } from '@/features/new-export/field-errors'
import { MASKS, type MiningForm } from './mining'
import { Part } from './Part'
import { SequenceOptions } from './SequenceOptions'

const MASK_WORDS: Record<string, string> = {
  quoted: 'Quoted text',
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
          label="Extract log templates"
          description="Adds a template id and parameters to each line. Templates are fitted on train only and listed in their own table."
          checked={value.hasTemplates}
          onChange={(event) => set({ hasTemplates: event.currentTarget.checked })}
        />
        {value.hasTemplates && (
          <>
            <MultiSelect
              label="Masked values"
              description="These patterns are always parameters, never part of a template."
              data={MASKS.map((name) => ({ value: name, label: MASK_WORDS[name] ?? name }))}
              value={value.masks}
              // Keep the fixed order, so that the same choice gives the same config.
              onChange={(masks) => set({ masks: MASKS.filter((name) => masks.includes(name)) })}
              error={errors['templates.masks']}
            />
            <SimpleGrid cols={{ base: 1, xs: 2 }}>
              <Textarea
                label="Own masks"
                description="A line for each: name = regular expression."
                placeholder="order = ORD-[0-9]+"
                autosize
                value={value.customMasks}
                onChange={(event) => set({ customMasks: event.currentTarget.value })}
                error={errors['templates.custom_masks']}
              />
              <TagsInput
                label="Kept texts"
                description="These are never parameters, such as status codes."
                value={value.keep}
                onChange={(keep) => set({ keep })}
                error={errors['templates.keep']}
              />
            </SimpleGrid>
            <SimpleGrid cols={{ base: 1, xs: 3 }}>
              <PercentField
                label="Similarity"
                description="Minimum share of equal words."
                inputWrapperOrder={['label', 'input', 'description', 'error']}
                value={value.similarity}
                onChange={(similarity) => set({ similarity })}
                error={errors['templates.similarity']}
              />
              <NumberField
                label="Prefix words"
                description="Shared by all lines of a template."
                inputWrapperOrder={['label', 'input', 'description', 'error']}
                min={1}
                allowDecimal={false}
                value={value.prefixTokens}
                onChange={(prefixTokens) => set({ prefixTokens })}
                error={errors['templates.prefix_tokens']}
              />
              <NumberField
                label="Maximum templates"
                description="Further ones are unknown."
                inputWrapperOrder={['label', 'input', 'description', 'error']}
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
          label="Build sequences per device"
          description="Adds a table for sequence models. Sequences never cross a split boundary."
          checked={value.hasSequences}
          onChange={(event) => set({ hasSequences: event.currentTarget.checked })}
        />
        {value.hasSequences && <SequenceOptions value={value} onChange={onChange} errors={errors} />}
      </Part>
    </>
  )
}
