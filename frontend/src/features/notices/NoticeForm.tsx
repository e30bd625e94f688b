import {
  Button,
  Checkbox,
  Group,
  PasswordInput,
  SegmentedControl,
  Stack,
  TagsInput,
  TextInput,
} from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ErrorNotice } from '@/components/ErrorNotice'
import { namedDatasetsQuery } from '@/lib/api/named-datasets'
import {
  type Channel,
  EVENTS,
  type Notice,
  type NoticeBody,
  type NoticeEvent,
  noticeKeys,
  saveNotice,
} from '@/lib/api/notices'
import { fieldMessages } from '@/lib/api/problem'
import { EVENT_WORDS } from './words'

const FIELDS = /^(name|url|to|events|datasets|secret)(\.|$)/
const ORDER = ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[]

interface NoticeFormProps {
  /** Null for a new one. */
  notice: Notice | null
  onSaved: (notice: Notice) => void
}

/** Makes or changes a notice. */
export function NoticeForm({ notice, onSaved }: NoticeFormProps) {
  const client = useQueryClient()
  const datasets = useQuery(namedDatasetsQuery())
  const [channel, setChannel] = useState<Channel>(notice?.channel ?? 'webhook')
  const [form, setForm] = useState({
    name: notice?.name ?? '',
    url: notice?.url ?? '',
    to: notice?.to ?? [],
    secret: '',
    events: notice?.events ?? (['failed', 'held', 'paused'] as NoticeEvent[]),
    datasets: notice?.datasets ?? [],
    isEnabled: notice?.is_enabled ?? true,
  })
  const set = (changes: Partial<typeof form>) => setForm({ ...form, ...changes })
  const call = useMutation({
    mutationFn: () => saveNotice(notice?.notice_id ?? null, bodyOf()),
    onSuccess: async (saved) => {
      notifications.show({ message: `Saved the notice ${saved.name}.` })
      onSaved(saved)
      await client.invalidateQueries({ queryKey: noticeKeys.all })
    },
  })
  const errors = fieldMessages(call.error)
  const errorOf = (name: string) =>
    Object.entries(errors).find(([field]) => field === name || field.startsWith(`${name}.`))?.[1]

  function bodyOf(): Partial<NoticeBody> {
    const address = channel === 'webhook' ? { url: form.url.trim() } : { to: form.to }
    return {
      name: form.name.trim(),
      ...(notice === null && { channel }),
      ...address,
      events: EVENTS.filter((event) => form.events.includes(event)),
      datasets: form.datasets.length > 0 ? form.datasets : null,
      // Empty keeps what is stored.
      ...(channel === 'webhook' && form.secret !== '' && { secret: form.secret }),
      ...(notice !== null && { is_enabled: form.isEnabled }),
    }
  }

  function submit(event: FormEvent) {
    event.preventDefault()
    call.mutate()
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm" maw={620}>
        <TextInput
          label="Name"
          autoComplete="off"
          data-autofocus
          required
          maxLength={64}
          value={form.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
          error={errorOf('name')}
        />
        {notice === null && (
          <SegmentedControl
            aria-label="How it is sent"
            data={[
              { value: 'webhook', label: 'Webhook' },
              { value: 'email', label: 'E-mail' },
            ]}
            value={channel}
            onChange={(value) => setChannel(value === 'email' ? 'email' : 'webhook')}
            style={{ alignSelf: 'flex-start' }}
          />
        )}
        {channel === 'webhook' ? (
          <>
            <TextInput
              label="Address"
              description="Addresses inside the host or its network are refused unless the operator allows them."
              inputWrapperOrder={ORDER}
              type="url"
              placeholder="https://example.org/hooks/lumber"
              autoComplete="off"
              required
              value={form.url}
              onChange={(event) => set({ url: event.currentTarget.value })}
              error={errorOf('url')}
            />
            <PasswordInput
              label="Secret (optional)"
              description={
                notice?.has_secret
                  ? 'A secret is stored. Type another to replace it.'
                  : 'Each request is signed with it, so that the receiver can check who sent it. It is never shown again.'
              }
              inputWrapperOrder={ORDER}
              autoComplete="new-password"
              value={form.secret}
              onChange={(event) => set({ secret: event.currentTarget.value })}
              error={errorOf('secret')}
            />
          </>
        ) : (
          <TagsInput
            label="Recipients"
            placeholder={form.to.length === 0 ? 'Type an address, then Enter' : undefined}
            value={form.to}
            onChange={(to) => set({ to })}
            acceptValueOnBlur
            clearable
            error={errorOf('to')}
          />
        )}
        <Checkbox.Group
          label="About"
          value={form.events}
          onChange={(events) => set({ events: events as NoticeEvent[] })}
          error={errorOf('events')}
        >
          <Group gap="md" mt={6}>
            {EVENTS.map((event) => (
              <Checkbox key={event} value={event} label={EVENT_WORDS[event]} />
            ))}
          </Group>
        </Checkbox.Group>
        <TagsInput
          label="Datasets"
          description="Leave it empty for all exports."
          inputWrapperOrder={ORDER}
          placeholder={form.datasets.length === 0 ? 'All' : undefined}
          data={(datasets.data ?? []).map(({ name }) => name)}
          value={form.datasets}
          onChange={(names) => set({ datasets: names })}
          acceptValueOnBlur
          clearable
          error={errorOf('datasets')}
        />
        {notice !== null && (
          <Checkbox
            label="Enabled"
            checked={form.isEnabled}
            onChange={(event) => set({ isEnabled: event.currentTarget.checked })}
          />
        )}
        {call.error && !Object.keys(errors).some((field) => FIELDS.test(field)) && (
          <ErrorNotice error={call.error} title="The notice was not saved" />
        )}
        <Group>
          <Button type="submit" loading={call.isPending}>
            {notice === null ? 'Add notice' : 'Save notice'}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
