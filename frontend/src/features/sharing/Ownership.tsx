import { Badge, Button, Group, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { ExportDetails } from '@/lib/api/exports'
import { mayChange, useSession } from '@/lib/session'
import { ShareDialog } from './ShareDialog'

interface OwnershipProps {
  details: ExportDetails
}

/** Whose export it is, and who else may read it. Nothing without accounts. */
export function Ownership({ details }: OwnershipProps) {
  const session = useSession()
  const [isSharing, { open, close }] = useDisclosure(false)
  if (!session.accounts_on) return null
  const { owner, is_shared } = details
  const isOwn = owner && owner.user_id === session.account?.user_id
  return (
    <Group gap="sm" mb="md">
      <Text size="sm">
        {owner ? `Owner: ${owner.name}${isOwn ? ' (you)' : ''}` : 'No owner: admins only'}
      </Text>
      {is_shared && (
        <Badge variant="light" radius="sm">
          shared
        </Badge>
      )}
      {mayChange(session, owner) && (
        <>
          <Button size="compact-sm" variant="default" onClick={open}>
            Share…
          </Button>
          <ShareDialog exportId={details.export_id} opened={isSharing} onClose={close} />
        </>
      )}
    </Group>
  )
}
