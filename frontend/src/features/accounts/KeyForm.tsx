import {
  Alert,
  Button,
  Checkbox,
  Group,
  Modal,
  MultiSelect,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { CodeBlock } from '@/components/CodeBlock'
import { ErrorNotice } from '@/components/ErrorNotice'
import { type KeyBody, type NewKey, accountKeys, createKey } from '@/lib/api/accounts'
import { datasetsQuery } from '@/lib/api/datasets'
import { fieldMessages } from '@/lib/api/problem'
import { SCOPES } from '@/lib/api/session'
import { useMay } from '@/lib/session'

const SPANS = [
  { value: '30d', label: 'In 30 days' },
  { value: '90d', label: 'In 90 days' },
  { value: '365d', label: 'In a year' },
  { value: 'never', label: 'Never' },
]
const SCOPE_WORDS: Record<string, string> = {
  'exports:read': 'list, follow and download exports',
  'exports:write': 'preview, create, cancel, retry and delete exports',
  'ingest:write': 'load data and manage formats',
  'sources:read': 'see which data is loaded',
  admin: 'manage accounts, keys and policies',
  'audit:read': 'read the audit trail',
}
const EMPTY = { name: '', scopes: [] as string[], kinds: [] as string[], expires: '90d' }
const FIELDS = ['name', 'scopes', 'kinds', 'expires']

interface KeyFormProps {
  userId: string | null
  scopes: readonly string[]
  opened: boolean
  onClose: () => void
}

/** The dialog that creates a key, and shows it once. */
export function KeyForm({ userId, scopes, opened, onClose }: KeyFormProps) {
  const client = useQueryClient()
  const call = useMutation({
    mutationFn: (body: KeyBody) => createKey(userId, body),
    onSuccess: () => client.invalidateQueries({ queryKey: accountKeys.keys(userId) }),
  })
  function close() {
    // The key leaves the memory of the page too.
    call.reset()
    onClose()
  }
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={call.data ? 'Copy the key now' : 'Create an API key'}
      // A click beside the dialog must not lose a key that is shown once.
      closeOnClickOutside={!call.data}
    >
      {call.data ? (
        <ShownOnce created={call.data} onClose={close} />
      ) : (
        <KeyFields
          scopes={scopes}
          error={call.error}
          isPending={call.isPending}
          onSubmit={(body) => call.mutate(body)}
        />
      )}
    </Modal>
  )
}

interface KeyFieldsProps {
  scopes: readonly string[]
  error: Error | null
  isPending: boolean
  onSubmit: (body: KeyBody) => void
}

function KeyFields({ scopes, error, isPending, onSubmit }: KeyFieldsProps) {
  const [typed, setTyped] = useState(EMPTY)
  const [isAsked, setIsAsked] = useState(false)
  const mayList = useMay('sources:read')
  const datasets = useQuery({ ...datasetsQuery(), enabled: mayList })
  const messages = fieldMessages(error)
  const noScope = isAsked && typed.scopes.length === 0 ? 'Choose at least one right.' : undefined

  function submit(event: FormEvent) {
    event.preventDefault()
    setIsAsked(true)
    if (typed.scopes.length === 0) return
    const { name, scopes: chosen, kinds, expires } = typed
    onSubmit({
      name: name.trim(),
      scopes: SCOPES.filter((scope) => chosen.includes(scope)),
      kinds: kinds.length > 0 ? kinds : null,
      expires: expires === 'never' ? null : expires,
    })
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput
          label="Name"
          description="What the key is for, such as nightly-export."
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          autoComplete="off"
          data-autofocus
          required
          maxLength={64}
          value={typed.name}
          onChange={(event) => setTyped({ ...typed, name: event.currentTarget.value })}
          error={messages['name']}
        />
        <Checkbox.Group
          label="Rights"
          value={typed.scopes}
          onChange={(chosen) => setTyped({ ...typed, scopes: chosen })}
          error={noScope ?? messages['scopes']}
          required
        >
          <Stack gap={6} mt={4}>
            {scopes.map((scope) => (
              <Checkbox key={scope} value={scope} label={scope} description={SCOPE_WORDS[scope]} />
            ))}
          </Stack>
        </Checkbox.Group>
        {mayList && (
          <MultiSelect
            label="Data types"
            placeholder={typed.kinds.length === 0 ? 'All' : undefined}
            data={(datasets.data ?? []).map(({ kind }) => kind)}
            value={typed.kinds}
            onChange={(kinds) => setTyped({ ...typed, kinds })}
            error={messages['kinds']}
          />
        )}
        <Select
          label="Expires"
          data={SPANS}
          value={typed.expires}
          onChange={(expires) => setTyped({ ...typed, expires: expires ?? '90d' })}
          allowDeselect={false}
          error={messages['expires']}
        />
        {error && !FIELDS.some((field) => field in messages) && (
          <ErrorNotice error={error} title="The key was not created" />
        )}
        <Group justify="flex-end">
          <Button type="submit" loading={isPending}>
            Create key
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

interface ShownOnceProps {
  created: NewKey
  onClose: () => void
}

function ShownOnce({ created, onClose }: ShownOnceProps) {
  return (
    <Stack gap="sm">
      <Alert color="orange" role="status">
        Lumber stores only a hash of the key, and cannot show it again.
      </Alert>
      <CodeBlock text={created.key} label="API key" wraps />
      <Text size="sm">
        Programs send it in the header <code>Authorization: Bearer</code>. The command line reads it from{' '}
        <code>LUMBER_API_KEY</code>.
      </Text>
      <Group justify="flex-end">
        <Button onClick={onClose}>I have stored it</Button>
      </Group>
    </Stack>
  )
}
