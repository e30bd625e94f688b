import { Anchor, Badge, Group, Table, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Moment } from '@/components/Moment'
import type { NamedDataset } from '@/lib/api/named-datasets'
import { formatCount } from '@/lib/format'

interface DatasetTableProps {
  datasets: NamedDataset[]
}

/** All named datasets with their latest versions. */
export function DatasetTable({ datasets }: DatasetTableProps) {
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table verticalSpacing={6} fz="sm" aria-label="Datasets" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Latest</Table.Th>
            <Table.Th ta="right">Rows</Table.Th>
            <Table.Th>Published</Table.Th>
            <Table.Th ta="right">Versions</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {datasets.map(({ name, latest, versions, held }) => (
            <Table.Tr key={name}>
              <Table.Td miw={160} style={{ overflowWrap: 'anywhere' }}>
                <Anchor component={Link} to={`/datasets/${encodeURIComponent(name)}`} fz="sm">
                  {name}
                </Anchor>
              </Table.Td>
              <Table.Td>
                <Group gap="xs" wrap="nowrap">
                  {latest === null ? '–' : `v${latest.number}`}
                  {latest !== null && (
                    <Text span size="xs" c="dimmed">
                      {latest.data_version}
                    </Text>
                  )}
                  {held > 0 && (
                    <Badge variant="light" color="orange" radius="sm" miw="max-content">
                      {formatCount(held)} held
                    </Badge>
                  )}
                </Group>
              </Table.Td>
              <Table.Td ta="right">{latest === null ? '–' : formatCount(latest.rows)}</Table.Td>
              <Table.Td>
                <Moment at={latest?.created_at} />
              </Table.Td>
              <Table.Td ta="right">{formatCount(versions)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}
