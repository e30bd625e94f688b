import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useRef, useState } from 'react'
import { ProblemError, errorText } from '@/lib/api/problem'
import { type SessionDocument, signIn } from '@/lib/api/session'

interface SignInFormProps {
  /** Who was signed in before. */
  name?: string
  onSignedIn: (session: SessionDocument) => void
}

/** Name and password. Password managers know the fields by their names and `autocomplete`. */
export function SignInForm({ name = '', onSignedIn }: SignInFormProps) {
  const [typed, setTyped] = useState({ name, password: '' })
  const password = useRef<HTMLInputElement>(null)
  const call = useMutation({
    mutationFn: signIn,
    onSuccess: onSignedIn,
    onError: () => password.current?.select(),
  })

  function submit(event: FormEvent) {
    event.preventDefault()
    // Portals keep React's events: the form around a dialog must not be sent too.
    event.stopPropagation()
    call.mutate({ ...typed, name: typed.name.trim() })
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {call.error && (
          <Alert color="red" role="alert" title="You are not signed in">
            {refusalText(call.error)}
          </Alert>
        )}
        <TextInput
          label="Name"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          autoFocus={name === ''}
          data-autofocus={name === '' || undefined}
          value={typed.name}
          onChange={(event) => setTyped({ ...typed, name: event.currentTarget.value })}
        />
        <PasswordInput
          ref={password}
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          autoFocus={name !== ''}
          data-autofocus={name !== '' || undefined}
          value={typed.password}
          onChange={(event) => setTyped({ ...typed, password: event.currentTarget.value })}
        />
        <Button type="submit" loading={call.isPending}>
          Sign in
        </Button>
      </Stack>
    </form>
  )
}

function refusalText(error: Error): string {
  if (error instanceof ProblemError && error.problem.status === 401) {
    return 'The name or the password is wrong, or the account is disabled.'
  }
  return errorText(error)
}
