import { Anchor, Badge, Table } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Notice } from '@/lib/api/notices'
import { eventText } from './words'

interface NoticeTableProps {
  notices: Notice[]
}

/** All notices: where they go, and what they are about. */
export function NoticeTable({ notices }: NoticeTableProps) {
  return (
    <Table.ScrollContainer minWidth={680}>
      <Table verticalSpacing={6} fz="sm" aria-label="Notices" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Sent to</Table.Th>
            <Table.Th>About</Table.Th>
            <Table.Th>Datasets</Table.Th>
            <Table.Th>State</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {notices.map((notice) => (
            <Table.Tr key={notice.notice_id}>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>
                <Anchor component={Link} to={`/notices/${notice.notice_id}`} fz="sm">
                  {notice.name}
                </Anchor>
              </Table.Td>
              <Table.Td maw={300} miw={180} style={{ overflowWrap: 'anywhere' }}>
                {addressText(notice)}
              </Table.Td>
              <Table.Td>{notice.events.map(eventText).join(', ')}</Table.Td>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{notice.datasets?.join(', ') ?? 'all'}</Table.Td>
              <Table.Td>
                <NoticeBadge isEnabled={notice.is_enabled} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

interface NoticeBadgeProps {
  isEnabled: boolean
}

export function NoticeBadge({ isEnabled }: NoticeBadgeProps) {
  return (
    <Badge variant="light" color={isEnabled ? 'green' : 'gray'} radius="sm">
      {isEnabled ? 'enabled' : 'off'}
    </Badge>
  )
}

/** Where a notice goes. */
export function addressText({ channel, url, to }: Notice): string {
  return channel === 'webhook' ? (url ?? 'webhook') : (to ?? []).join(', ')
}
