import { Button, Group, PasswordInput, Stack } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ErrorNotice } from '@/components/ErrorNotice'
import { NewPassword } from '@/components/NewPassword'
import { accountKeys, changePassword } from '@/lib/api/accounts'
import { ProblemError, fieldMessages } from '@/lib/api/problem'
import { Section } from '@/components/Section'

const EMPTY = { current: '', next: '' }

interface OwnPasswordProps {
  /** For password managers: whose password it is. */
  name: string
}

/** Changes one's own password. The other sessions end. */
export function OwnPassword({ name }: OwnPasswordProps) {
  const client = useQueryClient()
  const [typed, setTyped] = useState(EMPTY)
  const call = useMutation({
    mutationFn: changePassword,
    onSuccess: () => {
      setTyped(EMPTY)
      notifications.show({ message: 'Password changed.' })
      return client.invalidateQueries({ queryKey: accountKeys.sessions })
    },
  })
  const messages = fieldMessages(call.error)
  const isWrong = call.error instanceof ProblemError && [401, 403].includes(call.error.problem.status)
  const current =
    isWrong || messages['current_password'] === 'Is wrong.'
      ? 'The current password is wrong.'
      : messages['current_password']
  const next = messages['new_password'] ?? messages['password']

  function submit(event: FormEvent) {
    event.preventDefault()
    call.mutate({ current_password: typed.current, new_password: typed.next })
  }

  return (
    <Section
      title="Password"
      description="Changing it ends your sessions in other browsers. API keys keep working."
    >
      <form onSubmit={submit}>
        <Stack gap="sm" maw={420}>
          <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
          <PasswordInput
            label="Current password"
            name="current-password"
            autoComplete="current-password"
            required
            value={typed.current}
            onChange={(event) => setTyped({ ...typed, current: event.currentTarget.value })}
            error={current}
          />
          <NewPassword
            value={typed.next}
            onChange={(text) => setTyped({ ...typed, next: text })}
            error={next}
          />
          {call.error && !current && !next && (
            <ErrorNotice error={call.error} title="The password was not changed" />
          )}
          <Group>
            <Button type="submit" loading={call.isPending}>
              Change password
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  )
}
