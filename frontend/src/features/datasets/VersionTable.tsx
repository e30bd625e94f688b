import { Anchor, Badge, Table, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Moment } from '@/components/Moment'
import type { Version } from '@/lib/api/named-datasets'
import { formatCount } from '@/lib/format'
import { templateFits } from './template-fit'
import { VersionTags } from './VersionTags'

const STATE_COLORS: Record<string, string> = { published: 'green', held: 'orange', dropped: 'gray' }

interface VersionTableProps {
  name: string
  versions: Version[]
  mayTag: boolean
}

/** The log of a dataset: what each version added, changed and removed. */
export function VersionTable({ name, versions, mayTag }: VersionTableProps) {
  if (versions.length === 0)
    return <Text size="sm">No versions yet. The next export of this dataset makes the first one.</Text>
  return (
    <Table.ScrollContainer minWidth={860}>
      <Table verticalSpacing={6} fz="sm" aria-label="Versions">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Version</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th ta="right">Rows</Table.Th>
            <Table.Th ta="right">Added</Table.Th>
            <Table.Th ta="right">Changed</Table.Th>
            <Table.Th ta="right">Removed</Table.Th>
            <Table.Th>Tags</Table.Th>
            <Table.Th>Created</Table.Th>
            <Table.Th>Export</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {versions.map((version) => (
            <Table.Tr key={version.number}>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>
                v{version.number}{' '}
                <Text span size="xs" c="dimmed">
                  {version.data_version}
                </Text>
              </Table.Td>
              <Table.Td>
                <Badge
                  variant="light"
                  color={STATE_COLORS[version.state] ?? 'gray'}
                  radius="sm"
                  miw="max-content"
                >
                  {version.state}
                </Badge>
                {version.state !== 'held' && version.reason !== null && (
                  <Text size="xs" maw={220} mt={2} style={{ overflowWrap: 'anywhere' }}>
                    {version.reason}
                  </Text>
                )}
              </Table.Td>
              <Table.Td ta="right">
                {formatCount(version.rows)}
                {templateFits(version).map((text) => (
                  <Text key={text} size="xs" c="dimmed" maw={180} ml="auto">
                    {text}
                  </Text>
                ))}
              </Table.Td>
              <Table.Td ta="right">{signed(version.added, '+')}</Table.Td>
              <Table.Td ta="right">{signed(version.changed, '')}</Table.Td>
              <Table.Td ta="right">{signed(version.removed, '−')}</Table.Td>
              <Table.Td maw={260}>
                <VersionTags name={name} version={version} mayTag={mayTag} />
              </Table.Td>
              <Table.Td>
                <Moment at={version.created_at} />
              </Table.Td>
              <Table.Td>
                <Anchor component={Link} to={`/exports/${version.export_id}`} ff="monospace" fz="sm">
                  {version.export_id.slice(0, 8)}
                </Anchor>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

/** Zero is shown as a dash, so that what changed stands out. */
function signed(rows: number, sign: string): string {
  return rows === 0 ? '–' : sign + formatCount(rows)
}
