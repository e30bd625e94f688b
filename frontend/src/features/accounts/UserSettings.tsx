import { Alert, Button, Group, Select, Stack, Switch, Text, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ErrorNotice } from '@/components/ErrorNotice'
import { ROLES, type UserChanges, type UserRecord, accountKeys, changeUser, roleOf } from '@/lib/api/accounts'
import { fieldMessages } from '@/lib/api/problem'
import { Section } from '@/components/Section'
import { ROLE_WORDS } from './roles'

interface UserSettingsProps {
  user: UserRecord
  isOwn: boolean
}

/** Role, e-mail and whether the account works. */
export function UserSettings({ user, isOwn }: UserSettingsProps) {
  const client = useQueryClient()
  const [role, setRole] = useState(roleOf(user.role, 'viewer'))
  const [email, setEmail] = useState(user.email ?? '')
  const call = useMutation({
    mutationFn: (changes: UserChanges) => changeUser(user.user_id, changes),
    onSuccess: () => {
      notifications.show({ message: `Saved ${user.name}.` })
      return client.invalidateQueries({ queryKey: accountKeys.users })
    },
  })
  const messages = fieldMessages(call.error)
  const changes: UserChanges = {
    ...(role !== user.role && { role }),
    ...(email.trim() !== (user.email ?? '') && { email: email.trim() || null }),
  }

  function submit(event: FormEvent) {
    event.preventDefault()
    call.mutate(changes)
  }

  return (
    <Section title="Account">
      <form onSubmit={submit}>
        <Stack gap="sm" maw={420}>
          <Select
            label="Role"
            description={ROLE_WORDS[role]}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            data={ROLES}
            value={role}
            onChange={(name) => setRole(roleOf(name, role))}
            allowDeselect={false}
            error={messages['role']}
          />
          {isOwn && role !== user.role && (
            <Alert color="orange">This is your own account: you lose the rights of an admin.</Alert>
          )}
          {role !== user.role && <Text size="sm">Keys keep only those rights that the new role has.</Text>}
          <TextInput
            label="E-mail"
            type="email"
            autoComplete="off"
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
            error={messages['email']}
          />
          <Group>
            <Button type="submit" loading={call.isPending} disabled={Object.keys(changes).length === 0}>
              Save
            </Button>
          </Group>
          <Switch
            label="Disabled"
            description="Nobody can sign in with a disabled account, and its keys don't work."
            checked={user.is_disabled}
            disabled={call.isPending}
            onChange={(event) => call.mutate({ is_disabled: event.currentTarget.checked })}
          />
          {call.error && !messages['role'] && !messages['email'] && (
            <ErrorNotice error={call.error} title="The account was not changed" />
          )}
        </Stack>
      </form>
    </Section>
  )
}
