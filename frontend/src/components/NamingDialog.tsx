import { Button, Group, Modal, Stack, TagsInput, TextInput, Textarea } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ErrorNotice } from '@/components/ErrorNotice'
import { type ExportMetadata, exportKeys, nameExport } from '@/lib/api/exports'
import { fieldMessages } from '@/lib/api/problem'

/** The limits of the service. */
const MOST_NAME = 120
const MOST_NOTE = 2_000
const MOST_TAGS = 20

interface NamingDialogProps {
  details: ExportMetadata
  opened: boolean
  onClose: () => void
}

/** Change what an export is called. Its dataset stays as it is. */
export function NamingDialog({ details, opened, onClose }: NamingDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="Name this export">
      {opened && <NamingForm details={details} onClose={onClose} />}
    </Modal>
  )
}

function NamingForm({ details, onClose }: Omit<NamingDialogProps, 'opened'>) {
  const client = useQueryClient()
  const [name, setName] = useState(details.name ?? '')
  const [tags, setTags] = useState(details.tags)
  const [note, setNote] = useState(details.note ?? '')
  const call = useMutation({
    mutationFn: () => nameExport(details.export_id, { name: name || null, tags, note: note || null }),
    onSuccess: () => {
      notifications.show({ message: 'Name, tags and note saved.' })
      onClose()
      return client.invalidateQueries({ queryKey: exportKeys.all })
    },
  })
  const messages = fieldMessages(call.error)
  const wrongTags = Object.entries(messages).find(([field]) => field.startsWith('tags'))?.[1]
  const isTold = Boolean(messages['name'] ?? wrongTags ?? messages['note'])
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        call.mutate()
      }}
    >
      <Stack gap="sm">
        <TextInput
          label="Name"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={MOST_NAME}
          error={messages['name']}
          data-autofocus
        />
        <TagsInput
          label="Tags"
          description="Letters, digits, dots, dashes and underscores."
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          placeholder={tags.length === 0 ? 'Type a tag, then Enter' : undefined}
          value={tags}
          onChange={setTags}
          maxTags={MOST_TAGS}
          acceptValueOnBlur
          clearable
          error={wrongTags}
        />
        <Textarea
          label="Note"
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          maxLength={MOST_NOTE}
          autosize
          minRows={3}
          maxRows={10}
          error={messages['note']}
        />
        {call.error && !isTold && <ErrorNotice error={call.error} title="The name was not saved" />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={call.isPending}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
