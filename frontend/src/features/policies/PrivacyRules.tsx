import { Checkbox, Stack, Switch } from '@mantine/core'
import { PRIVACY_MODULES } from '@/lib/api/policies'
import { MODULE_WORDS } from '@/lib/policy-text'
import type { RulesProps } from './PolicyEditor'

/** Whether exports must be private, and what they must replace. */
export function PrivacyRules({ form, onChange, errors }: RulesProps) {
  return (
    <Stack gap="sm">
      <Switch
        label="Exports must be private"
        checked={form.isPrivate}
        onChange={(event) => onChange({ isPrivate: event.currentTarget.checked })}
        error={errors['privacy_required']}
      />
      {form.isPrivate && (
        <Checkbox.Group
          label="What must be replaced or removed"
          description="If none is chosen: IP, hardware and e-mail addresses, user and host names, and secrets."
          value={form.modules}
          onChange={(names) => onChange({ modules: PRIVACY_MODULES.filter((name) => names.includes(name)) })}
          error={errors['privacy_modules']}
        >
          <Stack gap={6} mt={6}>
            {PRIVACY_MODULES.map((name) => (
              <Checkbox key={name} value={name} label={MODULE_WORDS[name]} />
            ))}
          </Stack>
        </Checkbox.Group>
      )}
    </Stack>
  )
}
