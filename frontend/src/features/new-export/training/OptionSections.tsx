import { Accordion, Group, Text } from '@mantine/core'
import { useState } from 'react'
import type { FieldErrors } from '@/features/new-export/field-errors'
import type { DataType } from '@/lib/api/datasets'
import type { ConfigInput } from '@/lib/api/exports'
import { PrivacyOptions } from './PrivacyOptions'
import type { PrivacyForm } from './privacy'
import { privacySummary, trainingSummary } from './summary'
import { TrainingOptions } from './TrainingOptions'
import { TRAINING_FIELDS, type TrainingForm } from './training'

interface OptionSectionsProps {
  training: TrainingForm
  onTraining: (value: TrainingForm) => void
  privacy: PrivacyForm
  onPrivacy: (value: PrivacyForm) => void
  /** The config of the form, for the summaries. */
  config: ConfigInput
  /** The chosen kinds that are loaded. */
  kinds: DataType[]
  missingKey: string | null
  errors: FieldErrors
}

/** Options that only some exports need. A section is collapsed until an option in it is on or invalid. */
export function OptionSections(props: OptionSectionsProps) {
  const { training, onTraining, privacy, onPrivacy, config, kinds, missingKey, errors } = props
  const summaries = { training: trainingSummary(config), privacy: privacySummary(config) }
  const [opened, setOpened] = useState<string[]>(
    Object.entries(summaries).flatMap(([name, words]) => (words.length > 0 ? [name] : [])),
  )
  const wrong = Object.keys(errors).map((place) => place.split('.')[0] ?? '')
  const forced = [
    ...(wrong.some((name) => TRAINING_FIELDS.some((field) => field === name)) ? ['training'] : []),
    ...(wrong.includes('privacy') ? ['privacy'] : []),
  ]
  // A section opened for an error stays open: the user is working in it.
  if (forced.some((name) => !opened.includes(name))) setOpened([...new Set([...opened, ...forced])])
  return (
    <Accordion variant="contained" multiple keepMounted={false} value={opened} onChange={setOpened}>
      <Accordion.Item value="training">
        <Accordion.Control>
          <Title
            name="Training"
            words={summaries.training}
            usual="splits, labels, sample, templates, columns"
          />
        </Accordion.Control>
        <Accordion.Panel>
          <TrainingOptions value={training} onChange={onTraining} kinds={kinds} errors={errors} />
        </Accordion.Panel>
      </Accordion.Item>
      <Accordion.Item value="privacy">
        <Accordion.Control>
          <Title name="Privacy" words={summaries.privacy} usual="addresses, names, secrets" />
        </Accordion.Control>
        <Accordion.Panel>
          <PrivacyOptions value={privacy} onChange={onPrivacy} missingKey={missingKey} errors={errors} />
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  )
}

interface TitleProps {
  name: string
  /** What is on. */
  words: string[]
  /** Examples of options, shown while none is on. */
  usual: string
}

function Title({ name, words, usual }: TitleProps) {
  return (
    <Group gap="sm" style={{ rowGap: 0 }}>
      <Text component="span" fw={500}>
        {name}
      </Text>
      <Text component="span" size="sm" c={words.length > 0 ? undefined : 'dimmed'}>
        {words.length > 0 ? words.join(', ') : usual}
      </Text>
    </Group>
  )
}
