import { Anchor, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useMay } from '@/lib/session'

interface TargetProps {
  target_kind: string | null
  target_id: string | null
}

/** What something was done to; a link for exports, if the person may see them. */
export function Target({ target_kind, target_id }: TargetProps) {
  const mayRead = useMay('exports:read')
  if (target_id === null) return <>–</>
  if (target_kind === 'export' && mayRead) {
    return (
      <Anchor component={Link} to={`/exports/${target_id}`} fz="sm" title={target_id}>
        export {target_id.slice(0, 8)}
      </Anchor>
    )
  }
  return (
    <Text span size="sm" title={target_id} style={{ overflowWrap: 'anywhere' }}>
      {target_kind} {target_kind === 'export' ? target_id.slice(0, 8) : target_id}
    </Text>
  )
}
