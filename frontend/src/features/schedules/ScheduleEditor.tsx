import { Alert, Button, Fieldset, Group, Stack, Text, TextInput, Textarea } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { notifications } from '@mantine/notifications'
import { ErrorNotice } from '@/components/ErrorNotice'
import { GateFields } from '@/components/GateFields'
import { fieldMessages } from '@/lib/api/problem'
import { type Schedule, saveSchedule, scheduleKeys } from '@/lib/api/schedules'
import { configText } from '@/lib/config-text'
import { gateProblems } from '@/lib/gate'
import { RunRules } from './RunRules'
import { TimingFields } from './TimingFields'
import { TimingPreview } from './TimingPreview'
import { type ScheduleForm, configOf, formToSchedule, timingOf } from './form'

/** The fields whose errors have a place in the editor. */
const PLACED =
  /^(name|cron|every_seconds|time_zone|catch_up|overlap|pause_after_failures|jitter_seconds|gate|config)(\.|$)/

interface ScheduleEditorProps {
  /** Null for a new one. */
  scheduleId: string | null
  initial: ScheduleForm
  onSaved: (schedule: Schedule) => void
}

/** The parts of the editor get this. */
export interface ScheduleFieldsProps {
  form: ScheduleForm
  onChange: (changes: Partial<ScheduleForm>) => void
  /** Messages of the service by the field of the schedule. */
  errors: Record<string, string>
}

/** Makes or changes a schedule. */
export function ScheduleEditor({ scheduleId, initial, onSaved }: ScheduleEditorProps) {
  const client = useQueryClient()
  const [form, setForm] = useState(initial)
  const call = useMutation({
    mutationFn: () => saveSchedule(scheduleId, formToSchedule(form)),
    onSuccess: async (saved) => {
      notifications.show({ message: `Saved the schedule ${saved.name}.` })
      onSaved(saved)
      await client.invalidateQueries({ queryKey: scheduleKeys.all })
    },
  })
  const config = configOf(form)
  const errors = fieldMessages(call.error)
  const unplaced = Object.keys(errors).filter((field) => !PLACED.test(field))
  const configErrors = Object.entries(errors).filter(([field]) => /^config(\.|$)/.test(field))
  const fields: ScheduleFieldsProps = {
    form,
    onChange: (changes) => setForm((before) => ({ ...before, ...changes })),
    errors,
  }

  function submit(event: FormEvent) {
    event.preventDefault()
    if (config !== null && Object.keys(gateProblems(form.gate)).length === 0) call.mutate()
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="md" maw={760}>
        <TextInput
          label="Name"
          autoComplete="off"
          required
          maxLength={100}
          value={form.name}
          onChange={(event) => fields.onChange({ name: event.currentTarget.value })}
          error={errors['name']}
        />
        <Fieldset legend="When">
          <Stack gap="sm">
            <TimingFields {...fields} />
            <TimingPreview timing={timingOf(form)} />
          </Stack>
        </Fieldset>
        <Fieldset legend="Runs">
          <RunRules {...fields} />
        </Fieldset>
        <Fieldset legend="Gate">
          <GateFields
            gate={form.gate}
            onChange={(gate) => fields.onChange({ gate })}
            errors={gateErrors(errors)}
            note={
              typeof config?.['dataset'] !== 'string' && (
                <Text size="sm">The config names no dataset, so there is no version to hold.</Text>
              )
            }
          />
        </Fieldset>
        <Fieldset legend="Export">
          <Stack gap="xs">
            <Text size="sm">
              {config === null
                ? 'The config is not a JSON object.'
                : `Each run exports ${configText(config)}.`}
            </Text>
            <Textarea
              label="Config as JSON"
              description="“New export” builds a config, and “Schedule…” there leads here. Dates may be relative to the nominal time."
              styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
              autosize
              minRows={4}
              maxRows={20}
              spellCheck={false}
              value={form.config}
              onChange={(event) => fields.onChange({ config: event.currentTarget.value })}
              error={
                config === null
                  ? 'Enter a JSON object.'
                  : configErrors.map(([field, text]) => `${field}: ${text}`).join(' ') || undefined
              }
            />
          </Stack>
        </Fieldset>
        {call.error && (Object.keys(errors).length === 0 || unplaced.length > 0) && (
          <ErrorNotice error={call.error} title="The schedule was not saved" />
        )}
        {call.error && Object.keys(errors).length > unplaced.length && (
          <Alert color="red" role="alert">
            The schedule was not saved. Correct the marked fields.
          </Alert>
        )}
        <Group>
          <Button type="submit" loading={call.isPending}>
            {scheduleId === null ? 'Create schedule' : 'Save schedule'}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** Return the messages for the gate, by its own fields. */
function gateErrors(errors: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(errors).flatMap(([field, text]) =>
      field === 'gate' || field.startsWith('gate.') ? [[field.replace(/^gate\.?/, ''), text]] : [],
    ),
  )
}
