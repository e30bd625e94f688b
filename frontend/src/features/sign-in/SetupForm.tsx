import { Button, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ErrorNotice } from '@/components/ErrorNotice'
import { NewPassword } from '@/components/NewPassword'
import { ProblemError, fieldMessages } from '@/lib/api/problem'
import { type SessionDocument, createFirstAccount } from '@/lib/api/session'

interface SetupFormProps {
  /** The token of the address; null if there was none. */
  token: string | null
  onCreated: (session: SessionDocument) => void
}

/** Makes the first admin, which turns accounts on. */
export function SetupForm({ token, onCreated }: SetupFormProps) {
  const [typed, setTyped] = useState({ token: '', name: '', email: '', password: '' })
  const call = useMutation({ mutationFn: createFirstAccount, onSuccess: onCreated })
  const messages = fieldMessages(call.error)
  const isTokenWrong = call.error instanceof ProblemError && call.error.problem.status === 403
  const isPlaced = isTokenWrong || ['name', 'email', 'password', 'token'].some((field) => field in messages)

  function submit(event: FormEvent) {
    event.preventDefault()
    call.mutate({
      token: typed.token.trim() || (token ?? ''),
      name: typed.name.trim(),
      password: typed.password,
      email: typed.email.trim() || null,
    })
  }

  const input = (field: 'name' | 'email') => ({
    value: typed[field],
    onChange: (event: { currentTarget: HTMLInputElement }) =>
      setTyped({ ...typed, [field]: event.currentTarget.value }),
    error: messages[field],
  })
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {(token === null || isTokenWrong) && (
          <PasswordInput
            label="One-time token"
            description="lumber serve prints it in a link when it starts. It works once. Restart the service for another."
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            name="one-time-token"
            autoComplete="off"
            required
            value={typed.token}
            onChange={(event) => setTyped({ ...typed, token: event.currentTarget.value })}
            error={isTokenWrong ? 'This token is wrong, or was used already.' : messages['token']}
          />
        )}
        <TextInput
          label="Name"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          maxLength={64}
          {...input('name')}
        />
        <TextInput
          label="E-mail (optional)"
          type="email"
          name="email"
          autoComplete="email"
          {...input('email')}
        />
        <NewPassword
          label="Password"
          value={typed.password}
          onChange={(password) => setTyped({ ...typed, password })}
          error={messages['password']}
        />
        {call.error && !isPlaced && <ErrorNotice error={call.error} title="The account was not created" />}
        <Button type="submit" loading={call.isPending}>
          Create admin
        </Button>
      </Stack>
    </form>
  )
}
