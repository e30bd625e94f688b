import {
  Button,
  Checkbox,
  Group,
  PasswordInput,
  SegmentedControl,
  Stack,
  Text,
  TextInput,
} from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ErrorNotice } from '@/components/ErrorNotice'
import { type Destination, addDestination, destinationKeys } from '@/lib/api/destinations'
import { fieldMessages } from '@/lib/api/problem'
import { KINDS } from './kinds'

interface DestinationFormProps {
  onAdded: (destination: Destination) => void
}

/** Registers a folder or object store. The service probes it before it saves it. */
export function DestinationForm({ onAdded }: DestinationFormProps) {
  const client = useQueryClient()
  const [kind, setKind] = useState(KINDS[0]?.kind ?? 'folder')
  const [name, setName] = useState('')
  const [url, setUrl] = useState('')
  const [options, setOptions] = useState<Record<string, string>>({})
  const [secrets, setSecrets] = useState<Record<string, string>>({})
  const [secretFile, setSecretFile] = useState('')
  const [allowsHttp, setAllowsHttp] = useState(false)
  const [creates, setCreates] = useState(false)
  const fields = KINDS.find((one) => one.kind === kind)
  const isPlain =
    fields?.options.some(([key]) => key === 'endpoint') && options['endpoint']?.startsWith('http://')
  const call = useMutation({
    mutationFn: () => {
      const optionNames = (fields?.options ?? []).map(([key]) => key)
      const secretNames = (fields?.secrets ?? []).map(([key]) => key)
      const secretValues = given(secrets, secretNames)
      return addDestination({
        name: name.trim(),
        url: url.trim(),
        ...(kind === 'folder' && creates && { create: true }),
        options: { ...given(options, optionNames), ...(isPlain && allowsHttp && { allow_http: true }) },
        ...(Object.keys(secretValues).length > 0 && { secrets: secretValues }),
        ...(secretNames.length > 0 && secretFile.trim() !== '' && { secret_file: secretFile.trim() }),
      })
    },
    onSuccess: async (added) => {
      onAdded(added)
      await client.invalidateQueries({ queryKey: destinationKeys.all })
    },
  })
  const errors = fieldMessages(call.error)
  const known = [
    'name',
    'url',
    'secrets',
    'secret_file',
    ...(fields?.options ?? []).map(([key]) => `options.${key}`),
  ]
  const isPlaced = Object.keys(errors).some((field) => known.includes(field))

  function submit(event: FormEvent) {
    event.preventDefault()
    call.mutate()
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <SegmentedControl
          aria-label="Store type"
          data={KINDS.map((one) => ({ value: one.kind, label: one.label }))}
          value={kind}
          onChange={(value) => setKind(KINDS.find((one) => one.kind === value)?.kind ?? 'folder')}
          style={{ alignSelf: 'flex-start' }}
        />
        <Text size="sm" c="dimmed">
          {fields?.help}
        </Text>
        <TextInput
          label="Name"
          description="Exports refer to the destination by this name."
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          placeholder="lake"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          data-autofocus
          required
          maxLength={64}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={errors['name']}
        />
        <TextInput
          label={kind === 'folder' ? 'Folder' : 'Address'}
          placeholder={fields?.example}
          autoComplete="off"
          spellCheck={false}
          required
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
          error={errors['url']}
        />
        {kind === 'folder' && (
          <Checkbox
            label="Create the folder if it doesn't exist"
            description="Switch it off for a disk that must be mounted first."
            checked={creates}
            onChange={(event) => setCreates(event.currentTarget.checked)}
          />
        )}
        {fields?.options.map(([key, label, placeholder]) => (
          <TextInput
            key={key}
            label={label}
            placeholder={placeholder}
            autoComplete="off"
            spellCheck={false}
            value={options[key] ?? ''}
            onChange={(event) => setOptions({ ...options, [key]: event.currentTarget.value })}
            error={errors[`options.${key}`]}
          />
        ))}
        {isPlain && (
          <Checkbox
            label="Allow an endpoint without TLS"
            description="Anyone on the network between the service and the store can then read the data."
            checked={allowsHttp}
            onChange={(event) => setAllowsHttp(event.currentTarget.checked)}
          />
        )}
        {fields?.secrets.map(([key, label]) => (
          <PasswordInput
            key={key}
            label={label}
            autoComplete="new-password"
            value={secrets[key] ?? ''}
            onChange={(event) => setSecrets({ ...secrets, [key]: event.currentTarget.value })}
            error={errors[`secrets.${key}`] ?? errors['secrets']}
          />
        ))}
        {(fields?.secrets.length ?? 0) > 0 && (
          <>
            <TextInput
              label="Or a file with the secrets (optional)"
              description="On the service's machine, in the folder LUMBER_DESTINATION_SECRETS."
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              autoComplete="off"
              spellCheck={false}
              value={secretFile}
              onChange={(event) => setSecretFile(event.currentTarget.value)}
              error={errors['secret_file']}
            />
            <Text size="sm" c="dimmed">
              Secrets are never shown again. Without them, the service uses those of its platform:
              environment, files, or the role of its machine.
            </Text>
          </>
        )}
        {call.error && !isPlaced && <ErrorNotice error={call.error} title="The destination was not added" />}
        <Group justify="flex-end">
          <Button type="submit" loading={call.isPending}>
            Probe and add
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** Return the entries with these names that aren't empty. */
function given(values: Record<string, string>, names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = values[name]?.trim()
      return value ? [[name, value]] : []
    }),
  )
}
