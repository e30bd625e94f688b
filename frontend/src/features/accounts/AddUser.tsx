import { Button, Checkbox, Group, Modal, Select, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ErrorNotice } from '@/components/ErrorNotice'
import { NewPassword } from '@/components/NewPassword'
import { ROLES, type Role, type UserRecord, accountKeys, addUser, roleOf } from '@/lib/api/accounts'
import { fieldMessages } from '@/lib/api/problem'
import { ROLE_WORDS } from './roles'

const EMPTY = {
  name: '',
  email: '',
  role: 'exporter' as Role,
  isService: false,
  hasPassword: true,
  password: '',
}
const FIELDS = ['name', 'email', 'role', 'password']

interface AddUserProps {
  opened: boolean
  onClose: () => void
  onAdded: (user: UserRecord) => void
}

/** The dialog that creates an account. */
export function AddUser({ opened, onClose, onAdded }: AddUserProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="Add a user">
      <AddUserFields onAdded={onAdded} />
    </Modal>
  )
}

function AddUserFields({ onAdded }: Pick<AddUserProps, 'onAdded'>) {
  const client = useQueryClient()
  const [typed, setTyped] = useState(EMPTY)
  const set = (changes: Partial<typeof EMPTY>) => setTyped({ ...typed, ...changes })
  const needsPassword = !typed.isService && typed.hasPassword
  const call = useMutation({
    mutationFn: () =>
      addUser({
        name: typed.name.trim(),
        role: typed.role,
        ...(typed.email.trim() && { email: typed.email.trim() }),
        is_service: typed.isService,
        ...(needsPassword && { password: typed.password }),
      }),
    onSuccess: async (user) => {
      await client.invalidateQueries({ queryKey: accountKeys.users })
      onAdded(user)
    },
  })
  const messages = fieldMessages(call.error)

  function submit(event: FormEvent) {
    event.preventDefault()
    call.mutate()
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput
          label="Name"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          data-autofocus
          required
          maxLength={64}
          value={typed.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
          error={messages['name']}
        />
        <Select
          label="Role"
          description={ROLE_WORDS[typed.role]}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          data={ROLES}
          value={typed.role}
          onChange={(role) => set({ role: roleOf(role, 'exporter') })}
          allowDeselect={false}
          error={messages['role']}
        />
        <TextInput
          label="E-mail (optional)"
          type="email"
          autoComplete="off"
          value={typed.email}
          onChange={(event) => set({ email: event.currentTarget.value })}
          error={messages['email']}
        />
        <Checkbox
          label="Service account"
          description="For a program: it has keys, and nobody can sign in with it."
          checked={typed.isService}
          onChange={(event) => set({ isService: event.currentTarget.checked })}
        />
        {!typed.isService && (
          <Checkbox
            label="Set a password"
            description="Without one, the person signs in with a provider."
            checked={typed.hasPassword}
            onChange={(event) => set({ hasPassword: event.currentTarget.checked })}
          />
        )}
        {needsPassword && (
          <NewPassword
            label="Password"
            value={typed.password}
            onChange={(password) => set({ password })}
            error={messages['password']}
          />
        )}
        {call.error && !FIELDS.some((field) => field in messages) && (
          <ErrorNotice error={call.error} title="The user was not added" />
        )}
        <Group justify="flex-end">
          <Button type="submit" loading={call.isPending}>
            Add user
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
