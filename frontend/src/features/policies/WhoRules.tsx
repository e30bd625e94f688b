import { Checkbox, Group, Stack } from '@mantine/core'
import { UserNames } from '@/components/UserNames'
import { ROLES } from '@/lib/api/accounts'
import type { RulesProps } from './PolicyEditor'

/** Roles and accounts that a policy is for. */
export function WhoRules({ form, onChange, errors }: RulesProps) {
  const users = Object.entries(errors).find(([field]) => field.startsWith('applies_to.users'))?.[1]
  return (
    <Stack gap="sm">
      <Checkbox.Group
        label="Roles"
        value={form.roles}
        onChange={(roles) => onChange({ roles })}
        error={errors['applies_to'] ?? errors['applies_to.roles']}
      >
        <Group gap="md" mt={6}>
          {ROLES.map((role) => (
            <Checkbox key={role} value={role} label={role} />
          ))}
        </Group>
      </Checkbox.Group>
      <UserNames
        label="Accounts"
        value={form.users}
        onChange={(users) => onChange({ users })}
        error={users}
      />
    </Stack>
  )
}
