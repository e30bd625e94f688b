import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { CodeBlock } from '@/components/CodeBlock'

interface NewSecretProps {
  /** Null closes the dialog. */
  secret: string | null
  onClose: () => void
}

/** The new secret of a webhook, shown once. */
export function NewSecret({ secret, onClose }: NewSecretProps) {
  return (
    <Modal opened={secret !== null} onClose={onClose} title="Copy the secret now">
      <Stack gap="sm">
        <Text size="sm">
          The receiver checks the signature of each message with it, as Standard Webhooks describes. It is not
          shown again.
        </Text>
        {secret !== null && <CodeBlock text={secret} label="secret" wraps />}
        <Group justify="flex-end">
          <Button onClick={onClose}>Done</Button>
        </Group>
      </Stack>
    </Modal>
  )
}
