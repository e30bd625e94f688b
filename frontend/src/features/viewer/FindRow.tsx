import { Alert, Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ErrorNotice } from '@/components/ErrorNotice'
import { type Explanation, explanationQuery } from '@/lib/api/rows'

interface FindRowProps {
  exportId: string
  kind: string
  /** Id of the row that is explained; undefined: none is. */
  id: string | undefined
  onId: (id: string | undefined) => void
  onPlace: (place: number) => void
}

const WHOLE = /^-?\d{1,19}$/

/** What became of a row of the database: where it is in the dataset, or why it isn't there. */
export function FindRow({ exportId, kind, id, onId, onPlace }: FindRowProps) {
  const [text, setText] = useState(id ?? '')
  const typed = text.trim()
  const isWrong = typed !== '' && !WHOLE.test(typed)
  return (
    <Stack gap="xs">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (!isWrong) onId(typed === '' ? undefined : typed)
        }}
      >
        <Group gap="xs" align="flex-start">
          <TextInput
            aria-label="Id in the database"
            placeholder="Id in the database"
            inputMode="numeric"
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            error={isWrong ? 'A whole number, such as 4711' : undefined}
            size="xs"
            w={180}
          />
          <Button type="submit" size="xs" variant="default" disabled={typed === ''}>
            Find row
          </Button>
        </Group>
      </form>
      {id !== undefined && (
        <Explained
          exportId={exportId}
          kind={kind}
          id={id}
          onPlace={onPlace}
          onClose={() => {
            setText('')
            onId(undefined)
          }}
        />
      )}
    </Stack>
  )
}

interface ExplainedProps {
  exportId: string
  kind: string
  id: string
  onPlace: (place: number) => void
  onClose: () => void
}

function Explained({ exportId, kind, id, onPlace, onClose }: ExplainedProps) {
  const explanation = useQuery(explanationQuery(exportId, { kind, row: id }))
  const { data, error } = explanation
  if (error) return <ErrorNotice error={error} title="The row could not be explained" />
  const title = `Row ${id} of ${kind}`
  return (
    <Alert
      color={data === undefined ? 'gray' : data.outcome === 'written' ? 'green' : 'yellow'}
      variant="light"
      title={title}
      withCloseButton
      closeButtonLabel="Close"
      onClose={onClose}
      role="status"
    >
      {data === undefined ? (
        <Text size="sm">Looking for the row…</Text>
      ) : (
        <Answer data={data} onPlace={onPlace} />
      )}
    </Alert>
  )
}

interface AnswerProps {
  data: Explanation
  onPlace: (place: number) => void
}

function Answer({ data, onPlace }: AnswerProps) {
  const { place } = data
  return (
    <Stack gap={4} align="flex-start">
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {data.text}
      </Text>
      {data.rules
        .filter(({ value }) => value !== null)
        .map(({ column, rule, value }) => (
          <Text key={`${column}.${rule}`} size="sm" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
            {column}: {JSON.stringify(value)}
          </Text>
        ))}
      {place != null && (
        <Button variant="default" size="compact-sm" onClick={() => onPlace(place)}>
          Show row
        </Button>
      )}
    </Stack>
  )
}
