import { Alert, Button, Group, Progress, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { ConfirmButton } from '@/components/ConfirmButton'
import { ErrorNotice } from '@/components/ErrorNotice'
import { Moment } from '@/components/Moment'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { Section } from '@/components/Section'
import {
  type Backfill,
  backfillsQuery,
  cancelBackfill,
  namedDatasetKeys,
  postBackfill,
} from '@/lib/api/named-datasets'
import { fieldMessages } from '@/lib/api/problem'
import { useCall } from '@/lib/calls'
import { formatCount, plural } from '@/lib/format'

interface BackfillsProps {
  name: string
  mayChange: boolean
}

/** The backfill that runs or ran last, and the form for another one. */
export function Backfills({ name, mayChange }: BackfillsProps) {
  const client = useQueryClient()
  const backfills = useQuery(backfillsQuery(name))
  const latest = backfills.data?.[0]
  const made = latest === undefined ? '' : `${latest.backfill_id} ${latest.state} ${latest.done}`
  const shown = useRef(made)
  useEffect(() => {
    // Another window is a new version, which the log of the dataset doesn't show yet.
    if (shown.current !== '' && shown.current !== made) {
      void client.invalidateQueries({ queryKey: namedDatasetKeys.one(name) })
    }
    shown.current = made
  }, [client, made, name])
  return (
    <Section title="Backfill" description="Adds a past range in windows. Each window becomes one version.">
      <QueryView
        query={backfills}
        errorTitle="The backfills could not be loaded"
        loading={<LoadingLines count={2} height={20} />}
      >
        {() => (
          <Stack gap="sm">
            {latest === undefined && !mayChange && <Text size="sm">No backfill was started.</Text>}
            {latest !== undefined && <OneBackfill name={name} backfill={latest} mayChange={mayChange} />}
            {mayChange && latest?.state !== 'running' && <BackfillForm name={name} />}
          </Stack>
        )}
      </QueryView>
    </Section>
  )
}

interface OneBackfillProps {
  name: string
  backfill: Backfill
  mayChange: boolean
}

function OneBackfill({ name, backfill, mayChange }: OneBackfillProps) {
  const { start, end, window, windows, done, state, reason } = backfill
  const cancel = useCall({
    call: () => cancelBackfill(name, backfill.backfill_id),
    refreshes: namedDatasetKeys.all,
    done: 'The backfill is cancelled. What was added stays.',
    failed: 'The backfill was not cancelled',
  })
  const progress = `${formatCount(done)} of ${plural(windows, 'window')}`
  return (
    <Stack gap="xs" maw={620} role="group" aria-label="Last backfill">
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        From {start}
        {end !== null && ` to ${end}`}, in windows of {window}: {state}, {progress} done
        {backfill.finished_at !== null && (
          <>
            , ended at <Moment at={backfill.finished_at} />
          </>
        )}
        .
      </Text>
      {state === 'running' && (
        <Progress value={windows === 0 ? 0 : (100 * done) / windows} aria-label={`Backfill: ${progress}`} />
      )}
      {reason !== null && (
        <Alert color={state === 'failed' ? 'red' : 'gray'} role="region" title={REASONS[state] ?? 'It waits'}>
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {reason}
          </Text>
        </Alert>
      )}
      {state === 'running' && mayChange && (
        <ConfirmButton
          size="xs"
          w="fit-content"
          question={`Cancel the backfill of ${name}?`}
          explanation="The current window is cancelled, and no further one is queued. What was added stays."
          confirm="Cancel backfill"
          cancel="Let it run"
          onConfirm={() => cancel.mutate()}
          loading={cancel.isPending}
        >
          Cancel backfill
        </ConfirmButton>
      )}
    </Stack>
  )
}

const REASONS: Record<string, string> = { failed: 'The backfill failed', cancelled: 'Cancelled' }

interface BackfillFormProps {
  name: string
}

function BackfillForm({ name }: BackfillFormProps) {
  const [start, setStart] = useState('')
  const [end, setEnd] = useState('')
  const [window, setWindow] = useState('1month')
  const body = (is_preview: boolean) => ({ start, end: end === '' ? null : end, window, is_preview })
  const count = useMutation({ mutationFn: () => postBackfill(name, body(true)) })
  const begin = useCall({
    call: () => postBackfill(name, body(false)),
    refreshes: namedDatasetKeys.all,
    done: ({ backfill }) =>
      backfill === null
        ? `${name} holds the whole range, so there is nothing to add.`
        : `The backfill of ${name} runs.`,
    failed: 'The backfill was not started',
  })
  const error = begin.error ?? count.error
  const errors = fieldMessages(error)

  function change(set: (value: string) => void) {
    return (event: { currentTarget: { value: string } }) => {
      set(event.currentTarget.value)
      // What was counted belongs to other values.
      count.reset()
      begin.reset()
    }
  }

  function submit(event: FormEvent) {
    event.preventDefault()
    count.reset()
    begin.mutate()
  }

  const field = { flex: '1 1 170px' }
  return (
    <form onSubmit={submit} aria-label="Start a backfill">
      <Stack gap="sm" maw={620}>
        <Group align="flex-start" gap="sm">
          <TextInput
            {...field}
            type="date"
            label="First day"
            required
            value={start}
            onChange={change(setStart)}
            error={errors.start ?? errors.start_date}
          />
          <TextInput
            {...field}
            type="date"
            label="Last day"
            description="Empty: until the rows of the dataset begin."
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            value={end}
            onChange={change(setEnd)}
            error={errors.end ?? errors.end_date}
          />
          <TextInput
            {...field}
            label="Window"
            description="12h, 1d, 7d, 1month and so on."
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            required
            value={window}
            onChange={change(setWindow)}
            error={errors.window}
          />
        </Group>
        {error && Object.keys(errors).length === 0 && (
          <ErrorNotice error={error} title="The backfill is not possible" />
        )}
        {count.data !== undefined && <Counted windows={count.data.windows} notes={count.data.notes} />}
        <Group gap="xs">
          <Button type="submit" loading={begin.isPending} disabled={start === ''}>
            Start backfill
          </Button>
          <Button
            variant="default"
            onClick={() => count.mutate()}
            loading={count.isPending}
            disabled={start === ''}
          >
            Count rows
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

interface CountedProps {
  windows: { rows: number | null }[]
  notes: string[]
}

function Counted({ windows, notes }: CountedProps) {
  const rows = windows.reduce((sum, each) => sum + (each.rows ?? 0), 0)
  return (
    <div role="status">
      <Text size="sm">
        {windows.length === 0
          ? 'The dataset holds the whole range, so there is nothing to add.'
          : `${plural(windows.length, 'window')} with about ${plural(rows, 'row')}.`}
      </Text>
      {notes.map((note) => (
        <Text key={note} size="sm">
          {note}
        </Text>
      ))}
    </div>
  )
}
