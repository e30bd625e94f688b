import { Alert, Button, Group, List, Stack, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ErrorNotice } from '@/components/ErrorNotice'
import { GateFields } from '@/components/GateFields'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { Section } from '@/components/Section'
import { gateQuery, namedDatasetKeys, setGate } from '@/lib/api/named-datasets'
import { fieldMessages } from '@/lib/api/problem'
import { type Gate, formToGate, gateProblems, gateSentences, gateToForm } from '@/lib/gate'

interface DatasetGateProps {
  name: string
  mayChange: boolean
}

/** What holds a new version of a dataset, and the form to change it. */
export function DatasetGate({ name, mayChange }: DatasetGateProps) {
  const gate = useQuery(gateQuery(name))
  const [isEditing, setIsEditing] = useState(false)
  return (
    <Section
      title="Gate"
      description="Holds new versions that look wrong. A schedule with a gate of its own uses that one."
    >
      <QueryView
        query={gate}
        errorTitle="The gate could not be loaded"
        loading={<LoadingLines count={3} height={20} />}
      >
        {(found) =>
          isEditing ? (
            <GateEditor name={name} gate={found} onDone={() => setIsEditing(false)} />
          ) : (
            <Stack gap="sm" align="flex-start">
              <GateText gate={found} />
              {mayChange && (
                <Button variant="default" onClick={() => setIsEditing(true)}>
                  {found === null ? 'Set gate' : 'Change gate'}
                </Button>
              )}
            </Stack>
          )
        }
      </QueryView>
    </Section>
  )
}

function GateText({ gate }: { gate: Gate | null }) {
  const sentences = gate === null ? [] : gateSentences(gate)
  if (sentences.length === 0) return <Text size="sm">Every new version is published.</Text>
  return (
    <div>
      <Text size="sm">A new version is held if:</Text>
      <List size="sm" aria-label="What holds a version">
        {sentences.map((text) => (
          <List.Item key={text} style={{ overflowWrap: 'anywhere' }}>
            {text}
          </List.Item>
        ))}
      </List>
    </div>
  )
}

interface GateEditorProps {
  name: string
  gate: Gate | null
  onDone: () => void
}

function GateEditor({ name, gate, onDone }: GateEditorProps) {
  const client = useQueryClient()
  // Who comes here without a gate wants one: the usual limits are filled in.
  const [form, setForm] = useState({ ...gateToForm(gate), isOn: true })
  const save = useMutation({
    mutationFn: () => setGate(name, formToGate(form)),
    onSuccess: async (saved) => {
      notifications.show({
        message: saved === null ? `Removed the gate of ${name}.` : `Saved the gate of ${name}.`,
      })
      await client.invalidateQueries({ queryKey: namedDatasetKeys.all })
      onDone()
    },
  })
  const errors = fieldMessages(save.error)

  function submit(event: FormEvent) {
    event.preventDefault()
    if (Object.keys(gateProblems(form)).length === 0) save.mutate()
  }

  return (
    <form onSubmit={submit} aria-label="Gate of the dataset">
      <Stack gap="sm" maw={760}>
        <GateFields gate={form} onChange={setForm} errors={errors} />
        {save.error && Object.keys(errors).length === 0 && (
          <ErrorNotice error={save.error} title="The gate was not saved" />
        )}
        {save.error && Object.keys(errors).length > 0 && (
          <Alert color="red" role="alert">
            The gate was not saved. Correct the marked fields.
          </Alert>
        )}
        <Group gap="xs">
          <Button type="submit" loading={save.isPending}>
            {form.isOn ? 'Save gate' : 'Remove gate'}
          </Button>
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
