import { Badge, Button, Group, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { NamingDialog } from '@/components/NamingDialog'
import type { ExportMetadata } from '@/lib/api/exports'
import { mayChange, useSession } from '@/lib/session'

interface ExportNameProps {
  details: ExportMetadata
}

/** What an export has in one line, its tags and its note, and the way to change them. */
export function ExportName({ details }: ExportNameProps) {
  const session = useSession()
  const [opened, { open, close }] = useDisclosure(false)
  const { what, tags, note, owner } = details
  return (
    <div style={{ marginBottom: 16 }}>
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {what}
      </Text>
      <Group gap="xs" mt={6}>
        {tags.map((tag) => (
          <Badge key={tag} variant="default" radius="sm" tt="none">
            {tag}
          </Badge>
        ))}
        {mayChange(session, owner) && (
          <>
            <Button size="compact-sm" variant="default" onClick={open}>
              {details.name ? 'Edit name, tags, note…' : 'Name…'}
            </Button>
            <NamingDialog details={details} opened={opened} onClose={close} />
          </>
        )}
      </Group>
      {note && (
        <Text size="sm" c="dimmed" mt={6} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {note}
        </Text>
      )}
    </div>
  )
}
