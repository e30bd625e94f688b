import {
  Button,
  Checkbox,
  Group,
  NumberInput,
  SegmentedControl,
  Stack,
  TagsInput,
  Text,
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
  type NoticeEvent,
  type Notice,
  type NoticeWithSecret,
  addNotice,
  changeNotice,
  noticeKeys,
} from '@/lib/api/notices'
import { fieldMessages } from '@/lib/api/problem'
import { may, useSession } from '@/lib/session'
import { EVENT_WORDS } from './words'

const FIELDS = /^(name|url|to|events|datasets|is_for_all|overlap_hours)(\.|$)/
const ORDER = ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[]

interface NoticeFormProps {
  /** Null for a new one. */
  notice: Notice | null
  /** Called also with the new secret, if there is one: it is never shown again. */
  onSaved: (notice: NoticeWithSecret) => void
}

/** Makes or changes a notice. */
export function NoticeForm({ notice, onSaved }: NoticeFormProps) {
  const client = useQueryClient()
  const { accounts_on, account } = useSession()
  const isAdmin = accounts_on && may(account, 'admin')
  const datasets = useQuery(namedDatasetsQuery())
  const [channel, setChannel] = useState<Channel>(notice?.channel ?? 'webhook')
  const [form, setForm] = useState({
    name: notice?.name ?? '',
    url: notice?.url ?? '',
    to: notice?.to ?? [],
    renewsSecret: false,
    overlapHours: 24,
    isForAll: notice?.is_for_all ?? false,
    events: notice?.events ?? (['failed', 'held', 'paused', 'tables_failed'] as NoticeEvent[]),
    datasets: notice?.datasets ?? [],
    isEnabled: notice?.is_enabled ?? true,
  })
  const set = (changes: Partial<typeof form>) => setForm({ ...form, ...changes })
  const call = useMutation({
    mutationFn: save,
    onSuccess: async (saved) => {
      notifications.show({ message: `Saved the notice ${saved.name}.` })
      set({ renewsSecret: false })
      onSaved(saved)
      await client.invalidateQueries({ queryKey: noticeKeys.all })
    },
  })
  const errors = fieldMessages(call.error)
  const errorOf = (name: string) =>
    Object.entries(errors).find(([field]) => field === name || field.startsWith(`${name}.`))?.[1]

  function save() {
    const common = {
      name: form.name.trim(),
      ...(channel === 'webhook' ? { url: form.url.trim() } : { to: form.to }),
      events: EVENTS.filter((event) => form.events.includes(event)),
      datasets: form.datasets.length > 0 ? form.datasets : null,
      is_for_all: form.isForAll,
      is_enabled: form.isEnabled,
    }
    if (notice === null) return addNotice({ ...common, channel })
    return changeNotice(notice.notice_id, {
      ...common,
      renew_secret: form.renewsSecret,
      ...(form.renewsSecret && { overlap_hours: form.overlapHours }),
    })
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
              description="Addresses in the service's own network are rejected unless the operator allows them."
              inputWrapperOrder={ORDER}
              type="url"
              placeholder="https://example.org/hooks/lumber"
              autoComplete="off"
              required
              value={form.url}
              onChange={(event) => set({ url: event.currentTarget.value })}
              error={errorOf('url')}
            />
            {notice === null ? (
              <Text size="sm" c="dimmed">
                Each message is signed with a secret, which is shown once when the notice is added.
              </Text>
            ) : (
              <>
                <Checkbox
                  label="Create a new secret"
                  description="It is shown once."
                  checked={form.renewsSecret}
                  onChange={(event) => set({ renewsSecret: event.currentTarget.checked })}
                />
                {form.renewsSecret && (
                  <NumberInput
                    label="Hours to keep the old secret"
                    description="The old secret also signs for this long. Enter 0 to end it at once."
                    inputWrapperOrder={ORDER}
                    min={0}
                    max={2160}
                    value={form.overlapHours}
                    onChange={(value) => set({ overlapHours: Number(value) })}
                    error={errorOf('overlap_hours')}
                    maw={260}
                  />
                )}
              </>
            )}
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
        {isAdmin && (
          <Checkbox
            label="Exports of all accounts"
            description="Otherwise the notice covers only what its owner may see."
            checked={form.isForAll}
            onChange={(event) => set({ isForAll: event.currentTarget.checked })}
            error={errorOf('is_for_all')}
          />
        )}
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
