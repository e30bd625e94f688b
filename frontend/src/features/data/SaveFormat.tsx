import { Button, Group, Stack, TextInput } from '@mantine/core'
import { modals } from '@mantine/modals'
import { notifications } from '@mantine/notifications'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ErrorNotice } from '@/components/ErrorNotice'
import { deleteFormat, type FormatBody, saveFormat, savedFormatsQuery } from '@/lib/api/own-formats'

interface SaveFormatProps {
  /** The name to begin with: that of the saved format that is being changed. */
  savedName: string
  format: FormatBody
  onSaved: (name: string) => void
}

/** Saves a format under a name for everybody, or deletes the one of this name. */
export function SaveFormat({ savedName, format, onSaved }: SaveFormatProps) {
  const client = useQueryClient()
  const [name, setName] = useState(savedName)
  const saved = useQuery(savedFormatsQuery())
  const isSaved = saved.data?.some((each) => each.name === name) ?? false
  const listAgain = () => client.invalidateQueries({ queryKey: savedFormatsQuery().queryKey })
  const save = useMutation({
    mutationFn: () => saveFormat(name, format),
    onSuccess: async () => {
      await listAgain()
      notifications.show({ message: `Saved format ${name}.` })
      onSaved(name)
    },
  })
  const remove = useMutation({
    mutationFn: () => deleteFormat(name),
    onSuccess: async () => {
      await listAgain()
      notifications.show({ message: `Deleted format ${name}.` })
    },
  })
  const error = save.error ?? remove.error
  return (
    <Stack gap="xs">
      <Group align="flex-end" gap="xs">
        <TextInput
          label="Format name"
          description="Saved in the database, for the command line too."
          value={name}
          maxLength={64}
          onChange={(event) => setName(event.currentTarget.value.trim())}
        />
        <Button
          variant="default"
          disabled={name === ''}
          loading={save.isPending}
          onClick={() => save.mutate()}
        >
          {isSaved ? 'Replace format' : 'Save format'}
        </Button>
        {isSaved && (
          <Button
            variant="default"
            loading={remove.isPending}
            onClick={() =>
              modals.openConfirmModal({
                title: `Delete the format ${name}?`,
                children: 'What was loaded in it stays.',
                labels: { confirm: 'Delete', cancel: 'Keep' },
                confirmProps: { color: 'red' },
                onConfirm: () => remove.mutate(),
              })
            }
          >
            Delete format
          </Button>
        )}
      </Group>
      {error && <ErrorNotice error={error} title="The saved formats were not changed" />}
    </Stack>
  )
}
