import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { type FormEvent, useState } from 'react'
import { dropVersion, namedDatasetKeys } from '@/lib/api/named-datasets'
import { useCall } from '@/lib/calls'
import { plural } from '@/lib/format'

/** What the service stores at most. */
const MOST = 500

interface DropVersionProps {
  name: string
  number: number
}

/** Drops a held version, after a question, with a reason for the dataset's log. */
export function DropVersion({ name, number }: DropVersionProps) {
  const [isOpen, { open, close }] = useDisclosure(false)
  const [reason, setReason] = useState('')
  const drop = useCall({
    call: () => dropVersion(name, number, reason.trim() === '' ? null : reason.trim()),
    refreshes: namedDatasetKeys.all,
    done: `Dropped v${number} of ${name}.`,
    failed: 'The version was not dropped',
    onDone: close,
  })
  const excess = reason.trim().length - MOST

  function submit(event: FormEvent) {
    event.preventDefault()
    if (excess <= 0) drop.mutate()
  }

  return (
    <>
      <Button size="xs" variant="default" c="red" onClick={open} loading={drop.isPending}>
        Drop v{number}
      </Button>
      <Modal opened={isOpen} onClose={close} title={`Drop v${number} of ${name}?`}>
        <form onSubmit={submit}>
          <Stack gap="sm">
            <Text size="sm">
              The version never becomes the latest one. The next increment covers its rows again. Its files
              stay until its export is deleted.
            </Text>
            <Textarea
              label="Reason (optional)"
              description="For the dataset’s log and the audit trail."
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              data-autofocus
              autosize
              minRows={2}
              maxRows={8}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
              error={
                excess > 0 ? `It is ${plural(excess, 'character')} too long. Allowed are ${MOST}.` : undefined
              }
            />
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={close}>
                Keep it held
              </Button>
              <Button type="submit" color="red" loading={drop.isPending}>
                Drop version
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  )
}
