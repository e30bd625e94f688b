import { Alert, Button, Fieldset, Group, Stack, Switch, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ErrorNotice } from '@/components/ErrorNotice'
import { type Policy, policyKeys, savePolicy } from '@/lib/api/policies'
import { fieldMessages } from '@/lib/api/problem'
import { DataRules } from './DataRules'
import { NEW_POLICY, type PolicyForm, formToPolicy, policyToForm } from './form'
import { LimitRules } from './LimitRules'
import { PrivacyRules } from './PrivacyRules'
import { WhoRules } from './WhoRules'

/** The fields whose errors have a place in the editor. */
const PLACED =
  /^(name|applies_to|kinds|columns|processes|earliest|latest|max_days|privacy|max_rows|destinations|rows_per_day|bytes_per_day)/

interface PolicyEditorProps {
  /** Null for a new one. */
  policy: Policy | null
  onSaved: (policy: Policy) => void
}

/** The parts of the editor get this. */
export interface RulesProps {
  form: PolicyForm
  onChange: (changes: Partial<PolicyForm>) => void
  /** Messages of the service by the field of the policy. */
  errors: Record<string, string>
}

/** Makes or changes an export policy. */
export function PolicyEditor({ policy, onSaved }: PolicyEditorProps) {
  const client = useQueryClient()
  const [form, setForm] = useState(policy === null ? NEW_POLICY : policyToForm(policy))
  const call = useMutation({
    mutationFn: () => savePolicy(policy?.policy_id ?? null, formToPolicy(form)),
    onSuccess: async (saved) => {
      notifications.show({ message: `Saved ${saved.name}, version ${saved.version}.` })
      onSaved(saved)
      await client.invalidateQueries({ queryKey: policyKeys.all })
    },
  })
  const errors = fieldMessages(call.error)
  const unplaced = Object.keys(errors).filter((field) => !PLACED.test(field))
  const rules: RulesProps = {
    form,
    onChange: (changes) => setForm((before) => ({ ...before, ...changes })),
    errors,
  }

  function submit(event: FormEvent) {
    event.preventDefault()
    call.mutate()
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="md" maw={760}>
        <Group align="flex-end" gap="md">
          <TextInput
            label="Name"
            autoComplete="off"
            required
            maxLength={64}
            value={form.name}
            onChange={(event) => rules.onChange({ name: event.currentTarget.value })}
            error={errors['name']}
            flex="1 1 240px"
          />
          <Switch
            label="Enabled"
            mb={8}
            checked={form.isEnabled}
            onChange={(event) => rules.onChange({ isEnabled: event.currentTarget.checked })}
          />
        </Group>
        <Fieldset legend="Whom it is for">
          <WhoRules {...rules} />
        </Fieldset>
        <Fieldset legend="Data">
          <DataRules {...rules} />
        </Fieldset>
        <Fieldset legend="Privacy">
          <PrivacyRules {...rules} />
        </Fieldset>
        <Fieldset legend="Limits">
          <LimitRules {...rules} />
        </Fieldset>
        {call.error && (Object.keys(errors).length === 0 || unplaced.length > 0) && (
          <ErrorNotice error={call.error} title="The policy was not saved" />
        )}
        {call.error && Object.keys(errors).length > unplaced.length && (
          <Alert color="red" role="alert">
            The policy was not saved. Correct the marked fields.
          </Alert>
        )}
        <Group>
          <Button type="submit" loading={call.isPending}>
            {policy === null ? 'Create policy' : 'Save policy'}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
