import { Button, Group, Stack, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ErrorNotice } from '@/components/ErrorNotice'
import { NewPassword } from '@/components/NewPassword'
import { type UserRecord, accountKeys, endSessionsOf, setPassword } from '@/lib/api/accounts'
import { fieldMessages } from '@/lib/api/problem'
import { plural } from '@/lib/format'
import { Section } from '@/components/Section'

interface UserSignInProps {
  user: UserRecord
}

/** How a person signs in: password, providers, and their sessions. */
export function UserSignIn({ user }: UserSignInProps) {
  const client = useQueryClient()
  const [password, setTyped] = useState('')
  const reload = () => client.invalidateQueries({ queryKey: accountKeys.users })
  const call = useMutation({
    mutationFn: () => setPassword(user.user_id, password),
    onSuccess: () => {
      setTyped('')
      notifications.show({ message: `${user.name} has a new password.` })
      return reload()
    },
  })
  const end = useMutation({ mutationFn: () => endSessionsOf(user.user_id), onSuccess: reload })
  const messages = fieldMessages(call.error)
  const wrong = messages['password']

  function submit(event: FormEvent) {
    event.preventDefault()
    call.mutate()
  }

  return (
    <Section
      title="Sign-in"
      description="A new password ends the sessions of the person. API keys keep working."
    >
      {user.identities.map(({ provider, subject }) => (
        <Text key={`${provider} ${subject}`} size="sm" style={{ overflowWrap: 'anywhere' }}>
          Signs in with {provider} as {subject}.
        </Text>
      ))}
      <form onSubmit={submit}>
        <Stack gap="sm" maw={420}>
          <NewPassword
            label={user.has_password ? 'New password' : 'Password'}
            value={password}
            onChange={setTyped}
            error={wrong}
          />
          {call.error && !wrong && <ErrorNotice error={call.error} title="The password was not set" />}
          <Group>
            <Button type="submit" variant="default" loading={call.isPending}>
              Set password
            </Button>
          </Group>
        </Stack>
      </form>
      {end.error && <ErrorNotice error={end.error} title="The sessions were not ended" />}
      <Group gap="sm">
        <Text size="sm">Signed in with {plural(user.sessions, 'browser')}.</Text>
        {user.sessions > 0 && (
          <Button size="compact-sm" variant="default" loading={end.isPending} onClick={() => end.mutate()}>
            End all sessions
          </Button>
        )}
      </Group>
    </Section>
  )
}
